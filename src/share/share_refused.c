#include "share/share_refused.h"

#include "app.h"
#include "base/url.h"
#include "share/share_rules.h"
#include "share_refused_sql.h"
#include "spam/spam_memory.h"

#define KEPT_MS ((int64_t)REFUSED_DAYS * 86400000)

str share_refused_origin(arena *a, str dest, str referrer, str own, str origins)
{
    str origin = url_origin(a, referrer), clean;
    bool frame = str_eq(dest, S("iframe")) || str_eq(dest, S("frame"));
    if (!frame || origin.len <= 0 || str_eq(origin, own)) return S("");
    /* What could not be allowed is no offer, either; nor is a name that is none. */
    if (origin_normalise(a, origin, &clean) != ORIGIN_OK || clean.len > ORIGIN_MAX_BYTES)
        return S("");
    return str_eq(clean, own) || origins_have(origins, clean) ? S("") : clean;
}

struct note {
    int64_t form_id;
    str origin;
};

static bool note_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct note *n = arg;
    struct refused_forget_in old = {n->form_id, cx->now_ms - KEPT_MS};
    struct refused_again_in again = {n->form_id, n->origin, cx->now_ms};
    struct refused_count_in of = {n->form_id};
    struct refused_count_row row;
    struct refused_add_in add = {n->form_id, n->origin, cx->now_ms};
    int64_t changed;
    if (!q_refused_forget(tx, &old, NULL) || !q_refused_again(tx, &again, &changed)) return false;
    if (changed > 0) return true;
    if (!q_refused_count(tx, &of, &row, NULL)) return false;
    return row.n >= REFUSED_MAX || q_refused_add(tx, &add, NULL);
}

/* A page that is looked at often says nothing new; one network names few websites. */
static bool is_news(struct ctx *cx, const struct note *n, str network)
{
    struct spam_memory *seen = cx->app == NULL ? NULL : cx->app->spam;
    str site = str_printf(cx->a, "%lld %.*s", (long long)n->form_id, STR_ARG(n->origin));
    if (spam_seen(seen, COUNT_FRAME_SITE, cx->workspace_id, site, cx->now_ms) > 1) return false;
    int from = spam_seen(seen, COUNT_FRAME_NETWORK, cx->workspace_id, network, cx->now_ms);
    return !spam_is_often(COUNT_FRAME_NETWORK, from, false);
}

void share_refused_note(struct ctx *cx, int64_t form_id, str origin, str network)
{
    struct note n = {form_id, origin};
    if (origin.len == 0 || !is_news(cx, &n, network)) return;
    if (!db_write(cx, DB_EVENTS, note_write, &n)) err_clear(cx);
}

bool share_refused_forget(struct ctx *cx, struct tx *tx)
{
    struct refused_forget_all_in old = {cx->now_ms - KEPT_MS};
    return q_refused_forget_all(tx, &old, NULL);
}

bool share_refused_list(struct ctx *cx, struct tx *tx, int64_t form_id, str origins,
                        struct share_refused_list *out)
{
    struct refused_list_in in = {form_id, cx->now_ms - KEPT_MS};
    struct refused_list_rows rows;
    if (!q_refused_list(tx, &in, &rows)) return false;
    *out = (struct share_refused_list){NEW(cx->a, struct share_refused, rows.count), 0};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!origins_have(origins, rows.row[i].origin))
            out->row[out->count++] = (struct share_refused){rows.row[i].origin, rows.row[i].at_ms};
    return true;
}

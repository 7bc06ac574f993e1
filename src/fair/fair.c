#include "fair/fair.h"

#include "base/tz.h"
#include "fair/fair_rules.h"
#include "fair_sql.h"
#include "form/form.h"
#include "keys/seal.h"
#include "keys/token.h"
#include "setting/setting.h"

#include <string.h>

static str secret_ad(struct ctx *cx, int64_t id)
{
    return seal_ad(cx->a, "kiosk.secret", cx->workspace_id, id);
}

/* The first day whose kiosks still bring what waited in their tablets. */
static bool first_day(struct ctx *cx, struct tx *tx, int64_t *day)
{
    if (!kiosk_today(cx, tx, day)) return false;
    *day -= KIOSK_LATE_DAYS;
    return true;
}

/* Whoever can make one can also find it again, and revoke it. */
static bool room_left(struct ctx *cx, struct tx *tx, int64_t form_id)
{
    struct kiosk_running_in in = {.form_id = form_id};
    struct kiosk_running_row row;
    if (!first_day(cx, tx, &in.from_day) || !q_kiosk_running(tx, &in, &row, NULL)) return false;
    return row.n < KIOSK_LIST_MAX || fail(cx, ERR_CONFLICT, "kiosk.too_many");
}

bool kiosk_create(struct ctx *cx, struct tx *tx, struct kiosk *in)
{
    struct form form;
    struct pair_public open;
    if (!form_load(cx, tx, in->form_id, &form)) return false;
    if (form.state != FORM_PUBLISHED) return fail(cx, ERR_CONFLICT, "kiosk.not_published");
    if (!room_left(cx, tx, in->form_id)) return false;
    crypto_pair_new(&open, &in->secret);
    in->id = ctx_new_id(cx);
    in->created_ms = cx->now_ms;
    str secret = {(const char *)in->secret.bytes, PAIR_KEY_BYTES};
    struct kiosk_add_in add = {
        .id = in->id,
        .form_id = in->form_id,
        .stand = in->stand,
        .staff = kiosk_staff_text(cx->a, in),
        .campaign = in->campaign,
        .from_day = in->from_day,
        .to_day = in->to_day,
        .idle_s = in->idle_s,
        .signature = in->signature,
        .secret = secret_seal(cx->a, cx->keys, secret, secret_ad(cx, in->id)),
        .user_id = cx->actor.user_id,
        .now_ms = cx->now_ms,
    };
    return q_kiosk_add(tx, &add, NULL);
}

#define KIOSK_FROM(r)                                                                              \
    (struct kiosk)                                                                                 \
    {                                                                                              \
        .id = (r).id, .form_id = (r).form_id, .stand = (r).stand, .campaign = (r).campaign,        \
        .from_day = (r).from_day, .to_day = (r).to_day, .idle_s = (r).idle_s,                      \
        .signature = (r).signature != 0, .created_ms = (r).created_ms, .seen_ms = (r).seen_ms,     \
        .revoked_ms = (r).revoked_ms,                                                              \
    }

bool kiosk_load(struct ctx *cx, struct tx *tx, int64_t id, struct kiosk *out)
{
    struct kiosk_get_in in = {id};
    struct kiosk_get_row row;
    bool found;
    str secret;
    if (!q_kiosk_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = KIOSK_FROM(row);
    kiosk_staff_read(cx->a, row.staff, out);
    if (!secret_open(cx->a, cx->keys, row.secret, secret_ad(cx, id), &secret) ||
        secret.len != PAIR_KEY_BYTES)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a kiosk's key does not open");
    memcpy(out->secret.bytes, secret.ptr, PAIR_KEY_BYTES);
    return true;
}

static bool entries_count(struct tx *tx, struct kiosk *kiosk)
{
    struct kiosk_entries_in in = {kiosk->id};
    struct kiosk_entries_row row;
    if (!q_kiosk_entries(tx, &in, &row, NULL)) return false;
    kiosk->entries = row.n;
    kiosk->entry_ms = row.last_ms;
    return true;
}

bool kiosk_list(struct ctx *cx, struct tx *tx, int64_t form_id, struct kiosks *out)
{
    struct kiosk_list_in in = {.form_id = form_id, .limit = KIOSK_LIST_MAX};
    struct kiosk_list_rows rows;
    if (!first_day(cx, tx, &in.from_day) || !q_kiosk_list(tx, &in, &rows)) return false;
    *out = (struct kiosks){NEW(cx->a, struct kiosk, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        out->row[i] = KIOSK_FROM(rows.row[i]);
        kiosk_staff_read(cx->a, rows.row[i].staff, &out->row[i]);
        if (!entries_count(tx, &out->row[i])) return false;
    }
    return true;
}

bool kiosk_going(struct ctx *cx, struct tx *tx, int limit, struct kiosks *out)
{
    struct kiosk_going_in in = {.limit = limit};
    struct kiosk_going_rows rows;
    if (!kiosk_today(cx, tx, &in.from_day) || !q_kiosk_going(tx, &in, &rows)) return false;
    *out = (struct kiosks){NEW(cx->a, struct kiosk, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct kiosk){.id = rows.row[i].id,
                                     .form_id = rows.row[i].form_id,
                                     .stand = rows.row[i].stand};
    return true;
}

bool kiosk_revoke(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct kiosk_revoke_in in = {id, cx->now_ms};
    return q_kiosk_revoke(tx, &in, NULL);
}

bool kiosk_seen(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct kiosk_seen_in in = {id, cx->now_ms, cx->now_ms - KIOSK_SEEN_EVERY_MS};
    return q_kiosk_seen(tx, &in, NULL);
}

bool kiosk_entry_take(struct ctx *cx, struct tx *tx, int64_t kiosk_id, str key,
                      int64_t submission_id, int64_t claimed_ms, bool *again)
{
    struct kiosk_entry_add_in in = {kiosk_id, key, submission_id, cx->now_ms, claimed_ms};
    int64_t changed = 0;
    if (!q_kiosk_entry_add(tx, &in, &changed)) return false;
    *again = changed == 0;
    return true;
}

bool kiosk_today(struct ctx *cx, struct tx *tx, int64_t *day)
{
    struct settings settings;
    struct tz *zone = NULL;
    if (!setting_load(cx, tx, &settings)) return false;
    if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], &zone)) zone = NULL; /* UTC */
    *day = civil_to_day(tz_civil(zone, cx->now_ms));
    return true;
}

str kiosk_token(struct ctx *cx, const struct kiosk *kiosk)
{
    /* It does not run out by itself: the row says until when, and whether it was revoked. */
    return token_sign(cx->a, cx->keys,
                      (struct token){.use = TOKEN_KIOSK,
                                     .workspace_id = cx->workspace_id,
                                     .subject_id = kiosk->id,
                                     .object_id = kiosk->form_id});
}

int64_t kiosk_of_token(struct ctx *cx, str token)
{
    struct token t = {0};
    if (token_verify(token, cx->keys, TOKEN_KIOSK, cx->now_ms / 1000, &t) != TOKEN_OK ||
        t.workspace_id != cx->workspace_id)
        return 0;
    return t.subject_id;
}

#include "consent/consent.h"

#include "base/crypto.h"
#include "consent_sql.h"

/* A purpose that was first named by a form: its label is its slug until somebody renames it. */
static bool purpose_ensure(struct ctx *cx, struct tx *tx, str slug, int64_t *purpose_id)
{
    struct purpose_by_slug_in in = {slug};
    struct purpose_by_slug_row row;
    bool found;
    if (!q_purpose_by_slug(tx, &in, &row, &found)) return false;
    if (found) {
        *purpose_id = row.id;
        return true;
    }
    str label = str_dup(cx->a, slug);
    char first = label.ptr[0];
    if (first >= 'a' && first <= 'z') ((char *)label.ptr)[0] = (char)(first - 'a' + 'A');
    *purpose_id = ctx_new_id(cx);
    struct purpose_add_in add = {*purpose_id, slug, label, cx->now_ms};
    int64_t changed = 0;
    if (!q_purpose_add(tx, &add, &changed)) return false;
    if (changed == 1) return true;
    if (!q_purpose_by_slug(tx, &in, &row, NULL)) return false; /* what is stored counts */
    *purpose_id = row.id;
    return true;
}

bool wording_ensure(struct ctx *cx, struct tx *tx, str purpose, enum channel channel, str lang,
                    str text, int64_t *wording_id)
{
    int64_t purpose_id;
    if (!purpose_ensure(cx, tx, purpose, &purpose_id)) return false;
    struct wording_newest_in in = {purpose_id, channel, lang};
    struct wording_newest_row row = {0};
    bool found;
    if (!q_wording_newest(tx, &in, &row, &found)) return false;
    if (found && str_eq(row.body, text)) {
        *wording_id = row.id;
        return true;
    }
    uint8_t digest[32];
    int64_t changed = 0;
    crypto_sha256(text, digest);
    struct wording_approved_before_in same = {
        purpose_id, channel, lang, {(const char *)digest, sizeof digest}};
    struct wording_approved_before_row before = {0};
    if (!q_wording_approved_before(tx, &same, &before, &found)) return false;
    *wording_id = ctx_new_id(cx);
    struct wording_add_in add = {
        .id = *wording_id,
        .purpose_id = purpose_id,
        .channel_kind = channel,
        .lang = lang,
        .version_no = row.version_no + 1,
        .body = text,
        .sha256 = {(const char *)digest, sizeof digest},
        .user_id = cx->actor.user_id,
        .now_ms = cx->now_ms,
        .approved_ms = found ? before.approved_ms : 0,
        .approved_user_id = found ? before.approved_user_id : 0,
    };
    if (!q_wording_add(tx, &add, &changed)) return false;
    return changed == 1 || fail(cx, ERR_CONFLICT, "error.conflict");
}

bool wording_load(struct ctx *cx, struct tx *tx, int64_t id, struct wording *out)
{
    struct wording_get_in in = {id};
    struct wording_get_row row;
    bool found;
    if (!q_wording_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct wording){.id = row.id,
                            .purpose_id = row.purpose_id,
                            .version_no = row.version_no,
                            .channel = (enum channel)row.channel_kind,
                            .purpose = row.slug,
                            .purpose_label = row.label,
                            .lang = row.lang,
                            .text = row.body,
                            .approved_ms = row.approved_ms};
    return true;
}

bool wording_text_approved(struct ctx *cx, struct tx *tx, str purpose, enum channel channel,
                           str lang, str text, bool *approved)
{
    (void)cx;
    uint8_t digest[32];
    crypto_sha256(text, digest);
    struct wording_text_approved_in in = {
        purpose, channel, lang, {(const char *)digest, sizeof digest}};
    struct wording_text_approved_row row;
    if (!q_wording_text_approved(tx, &in, &row, NULL)) return false;
    *approved = row.n > 0;
    return true;
}

bool wording_approve(struct ctx *cx, struct tx *tx, int64_t id, bool *changed)
{
    struct wording_approve_in in = {id, cx->now_ms, cx->actor.user_id};
    int64_t rows = 0;
    if (!q_wording_approve(tx, &in, &rows)) return false;
    *changed = rows == 1;
    return true;
}

bool wording_list(struct ctx *cx, struct tx *tx, int limit, struct wordings *out)
{
    struct wording_list_in in = {limit};
    struct wording_list_rows rows;
    if (!q_wording_list(tx, &in, &rows)) return false;
    *out = (struct wordings){NEW(cx->a, struct wording, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct wording_list_row *r = &rows.row[i];
        out->row[i] = (struct wording){.id = r->id,
                                       .purpose_id = r->purpose_id,
                                       .version_no = r->version_no,
                                       .channel = (enum channel)r->channel_kind,
                                       .purpose = r->slug,
                                       .purpose_label = r->label,
                                       .lang = r->lang,
                                       .text = r->body,
                                       .approved_ms = r->approved_ms,
                                       .created_ms = r->created_ms,
                                       .approver = r->approver,
                                       .author = r->author};
    }
    return true;
}

#include "spam/suspect.h"

#include "base/id.h"
#include "base/reach.h"
#include "keys/seal.h"
#include "suspect_sql.h"

/* Of the oldest key, hence the same after a rotation. */
static int64_t email_number(struct ctx *cx, str email)
{
    if (email.len <= 0) return 0;
    str data = str_printf(cx->a, "suspect|%.*s", STR_ARG(email));
    return key_hash_id(cx->keys, KEY_IDENTITY, data);
}

static str body_ad(struct ctx *cx, int64_t id)
{
    return seal_ad(cx->a, "suspect.body", cx->workspace_id, id);
}

static str key_ad(struct ctx *cx, int64_t id)
{
    return seal_ad(cx->a, "suspect.body_key", cx->workspace_id, id);
}

void suspect_seal(struct ctx *cx, const struct suspect *in, struct suspect_sealed *out)
{
    struct seal_key key;
    seal_key_new(&key);
    *out = (struct suspect_sealed){.suspect = *in,
                                   .email_n = email_number(cx, in->email),
                                   .body = seal(cx->a, &key, in->body, body_ad(cx, in->id)),
                                   .body_key =
                                       seal_key_wrap(cx->a, cx->keys, &key, key_ad(cx, in->id))};
    crypto_wipe(&key, sizeof key);
}

bool suspect_add(struct ctx *cx, struct tx *tx, const struct suspect_sealed *in)
{
    const struct suspect *s = &in->suspect;
    struct suspect_insert_in row = {s->id,      s->form_id,  s->form_version_id, s->at_ms,
                                    s->reasons, in->email_n, in->body,           in->body_key, s->mail_id,
                                    s->applicant};
    (void)cx;
    return q_suspect_insert(tx, &row, NULL);
}

bool suspect_note(struct ctx *cx, struct tx *tx, const struct suspect *in, bool *first)
{
    struct suspect_sealed sealed;
    suspect_seal(cx, in, &sealed);
    struct suspect_note_in row = {in->id,      in->form_id,    in->form_version_id, in->at_ms,
                                  in->reasons, sealed.email_n, sealed.body,         sealed.body_key,
                                  in->mail_id, in->applicant};
    int64_t changed;
    if (!q_suspect_note(tx, &row, &changed)) return false;
    *first = changed == 1;
    return true;
}

static struct suspect opened(struct ctx *cx, const struct suspect_get_row *r)
{
    struct suspect out = {.id = r->id,
                          .form_id = r->form_id,
                          .form_version_id = r->form_version_id,
                          .at_ms = r->at_ms,
                          .reasons = (uint32_t)r->reasons_n,
                          .mail_id = r->mail_id};
    struct seal_key key;
    str body;
    if (seal_key_unwrap(cx->keys, r->body_key, key_ad(cx, r->id), &key) &&
        seal_open(cx->a, &key, r->body, body_ad(cx, r->id), &body))
        out.body = body;
    crypto_wipe(&key, sizeof key);
    return out;
}

bool suspect_find(struct ctx *cx, struct tx *tx, int64_t id, struct suspect *out, bool *found)
{
    struct suspect_get_in in = {id, reach_of(&cx->actor).applicants};
    struct suspect_get_row row;
    if (!q_suspect_get(tx, &in, &row, found)) return false;
    if (*found) *out = opened(cx, &row);
    return true;
}

bool suspect_load(struct ctx *cx, struct tx *tx, int64_t id, struct suspect *out)
{
    bool found;
    if (!suspect_find(cx, tx, id, out, &found)) return false;
    return found || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool suspect_drop(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct suspect_delete_in in = {id};
    int64_t changed;
    if (!q_suspect_delete(tx, &in, &changed)) return false;
    return changed > 0 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

#define ROW_OF(r)                                                                                  \
    &(struct suspect_get_row)                                                                      \
    {                                                                                              \
        (r).id, (r).form_id, (r).form_version_id, (r).at_ms, (r).reasons_n, (r).body,              \
            (r).body_key, (r).mail_id                                                              \
    }

bool suspect_page(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t before_id, int limit,
                  struct suspects *out)
{
    int64_t before = before_id > 0 ? before_id : INT64_MAX, all = reach_of(&cx->actor).applicants;
    if (form_id != 0) {
        struct suspect_of_form_in in = {form_id, before, all, limit};
        struct suspect_of_form_rows rows;
        if (!q_suspect_of_form(tx, &in, &rows)) return false;
        *out = (struct suspects){NEW(cx->a, struct suspect, rows.count), rows.count};
        for (ptrdiff_t i = 0; i < rows.count; i++) out->row[i] = opened(cx, ROW_OF(rows.row[i]));
        return true;
    }
    struct suspect_of_all_in in = {before, all, limit};
    struct suspect_of_all_rows rows;
    if (!q_suspect_of_all(tx, &in, &rows)) return false;
    *out = (struct suspects){NEW(cx->a, struct suspect, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) out->row[i] = opened(cx, ROW_OF(rows.row[i]));
    return true;
}

bool suspect_count(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t *count)
{
    int64_t all = reach_of(&cx->actor).applicants;
    if (form_id != 0) {
        struct suspect_count_of_form_in in = {form_id, all, SUSPECTS_COUNTED};
        struct suspect_count_of_form_row row;
        if (!q_suspect_count_of_form(tx, &in, &row, NULL)) return false;
        *count = row.n;
        return true;
    }
    struct suspect_count_of_all_in in = {all, SUSPECTS_COUNTED};
    struct suspect_count_of_all_row row;
    if (!q_suspect_count_of_all(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool suspect_erase(struct ctx *cx, struct tx *tx, str email, bool applicant)
{
    struct suspect_erase_in in = {email_number(cx, email), applicant};
    return in.email_n == 0 || q_suspect_erase(tx, &in, NULL);
}

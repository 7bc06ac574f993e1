#include "post/post.h"

#include "base/reach.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "keys/lead_key.h"
#include "net/mime_write.h"
#include "post/packed.h"
#include "post_sql.h"
#include "web/render.h"

const char *mail_state_name(enum mail_state state)
{
    static const char *const names[MAIL_STATE__COUNT] = {
        [MAIL_QUEUED] = "queued",     [MAIL_IN_FLIGHT] = "in_flight", [MAIL_SENT] = "sent",
        [MAIL_DEAD] = "dead",         [MAIL_HELD] = "held",           [MAIL_IN_DOUBT] = "in_doubt",
        [MAIL_REFUSED] = "refused"};
    return names[state];
}

const char *permit_class_name(enum permit_class permit_class)
{
    static const char *const names[] = {
        [PERMIT_NONE] = "none",       [PERMIT_SYSTEM] = "system",
        [PERMIT_DOI] = "doi",         [PERMIT_TRANSACTIONAL] = "transactional",
        [PERMIT_TEST] = "test",       [PERMIT_ADVERTISING] = "advertising",
        [PERMIT_DISCLOSURE] = "disclosure"};
    return names[permit_class];
}

bool post_prepare(struct ctx *cx, const struct permit *permit, const struct mail_new *mail,
                  struct post_prepared *out)
{
    assert(permit->permit_class != PERMIT_NONE && permit->workspace_id == cx->workspace_id);
    /* Whoever gets advertising can end it from that very mail (Art. 7(3) DSGVO, RFC 8058). */
    if (permit->permit_class == PERMIT_ADVERTISING && mail->unsubscribe_url.len == 0)
        return fail_detail(cx, ERR_INTERNAL, "error.internal",
                           "advertising without an unsubscribe link");
    *out = (struct post_prepared){.permit = *permit, .mail = *mail};
    out->message_id = str_printf(cx->a, "%.*s@%.*s", STR_ARG(id_text(cx->a, ID_MAIL, mail->id)),
                                 STR_ARG(mail->message_id_host));
    struct mime_message m = {
        .from_name = mail->from_name,
        .from_address = mail->from_address,
        .reply_to = mail->reply_to,
        .to_name = mail->to_name,
        .to_address = permit->to_address,
        .subject = mail->subject,
        .text = mail->text,
        .html = mail->html,
        .image = {mail->image.id, mail->image.media_type, mail->image.bytes},
        .message_id = out->message_id,
        .list_unsubscribe_url = mail->unsubscribe_url,
        .date_ms = cx->now_ms,
    };
    if (!mime_write(cx->a, &m, &out->mime))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a mail could not be written");
    struct value envelope = value_map(cx->a);
    value_set_text(envelope, "from", mail->from_address);
    value_set_text(envelope, "to", permit->to_address);
    value_set_text(envelope, "subject", mail->subject);
    out->envelope = json_text(cx->a, envelope);
    crypto_sha256(out->mime, out->mime_sha256);
    out->packed =
        mail_pack(cx->a, out->mime, cx->texts == NULL ? NULL : cx->texts->mail_dictionary);
    return true;
}

/* Mail to a lead is sealed with the lead's key, mail to a colleague with the ring's. */
static bool sealing_key(struct ctx *cx, struct tx *tx, int64_t lead_id, struct seal_key *key,
                        bool *found)
{
    *found = false;
    return lead_id == 0 ? true : lead_key_load(cx, tx, lead_id, key, found);
}

static str seal_part(struct ctx *cx, const struct seal_key *key, int64_t lead_id, const char *what,
                     int64_t id, str plain)
{
    str ad = seal_ad(cx->a, what, cx->workspace_id, id);
    return lead_id == 0 ? secret_seal(cx->a, cx->keys, plain, ad) : seal(cx->a, key, plain, ad);
}

static str open_part(struct ctx *cx, const struct seal_key *key, bool found, int64_t lead_id,
                     const char *what, int64_t id, str sealed)
{
    str ad = seal_ad(cx->a, what, cx->workspace_id, id), plain = {0};
    if (lead_id == 0) return secret_open(cx->a, cx->keys, sealed, ad, &plain) ? plain : (str){0};
    return found && seal_open(cx->a, key, sealed, ad, &plain) ? plain : (str){0};
}

void post_seal_ahead(struct ctx *cx, const struct seal_key *key, int64_t lead_id,
                     struct post_prepared *mail)
{
    int64_t id = mail->mail.id;
    assert(lead_id != 0);
    mail->sealed_lead_id = lead_id;
    mail->sealed_envelope = seal_part(cx, key, lead_id, "mail.envelope", id, mail->envelope);
    mail->sealed_mime = seal_part(cx, key, lead_id, "mail.mime", id, mail->packed);
}

/* Envelope and MIME text as they are stored. */
static bool seal_both(struct ctx *cx, struct tx *tx, const struct post_prepared *mail,
                      int64_t lead_id, str *envelope, str *mime)
{
    struct seal_key key;
    bool            found;
    *envelope = mail->sealed_envelope;
    *mime = mail->sealed_mime;
    if (lead_id != 0 && mail->sealed_lead_id == lead_id) return true;
    if (!sealing_key(cx, tx, lead_id, &key, &found)) return false;
    if (lead_id != 0 && !found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *envelope = seal_part(cx, &key, lead_id, "mail.envelope", mail->mail.id, mail->envelope);
    *mime = seal_part(cx, &key, lead_id, "mail.mime", mail->mail.id, mail->packed);
    return true;
}

bool post_enqueue(struct ctx *cx, struct tx *tx, const struct post_prepared *mail)
{
    const struct permit   *permit = &mail->permit;
    const struct mail_new *m = &mail->mail;
    struct mail_insert_in  in = {
         .id = m->id,
         .lead_id = permit->lead_id,
         .permit_class = permit->permit_class,
         .consent_id = permit->consent_id,
         .confirmation_id = permit->confirmation_id,
         .template = str_of(m->template_name),
         .message_id = mail->message_id,
         .mail_state = MAIL_QUEUED,
         .mime_sha256 = (str){(const char *)mail->mime_sha256, sizeof mail->mime_sha256},
         .now_ms = cx->now_ms,
         .next_ms = mail->next_ms > 0 ? mail->next_ms : cx->now_ms,
    };
    return seal_both(cx, tx, mail, permit->lead_id, &in.envelope, &in.mime) &&
           q_mail_insert(tx, &in, NULL);
}

static void envelope_open(struct ctx *cx, const struct seal_key *key, bool found, str sealed,
                          struct mail *out)
{
    str text = open_part(cx, key, found, out->lead_id, "mail.envelope", out->id, sealed);
    struct value    map;
    struct json_err err;
    if (text.ptr == NULL || !json_parse(cx->a, text, &map, &err)) return;
    out->from = value_str(value_get(map, S("from")));
    out->to = value_str(value_get(map, S("to")));
    out->subject = value_str(value_get(map, S("subject")));
}

/* The columns that both queries share. */
#define MAIL_FROM(r)                                                                               \
    {                                                                                              \
        .id = (r).id, .lead_id = (r).lead_id, .consent_id = (r).consent_id,                        \
        .confirmation_id = (r).confirmation_id,                                                    \
        .permit_class = (enum permit_class)(r).permit_class,                                       \
        .state = (enum mail_state)(r).mail_state, .template_name = (r).template,                   \
        .message_id = (r).message_id, .created_ms = (r).created_ms, .next_ms = (r).next_ms,        \
        .done_ms = (r).done_ms, .attempts = (r).attempts_n,                                        \
    }

bool post_list(struct ctx *cx, struct tx *tx, int64_t before_id, int limit, struct mail_rows *out)
{
    struct reach          reach = reach_of(&cx->actor);
    struct mail_page_in   in = {before_id,       reach.any,        reach.mine,
                                   reach.mine_too, reach.applicants, limit};
    struct mail_page_rows rows;
    if (!q_mail_page(tx, &in, &rows)) return false;
    *out = (struct mail_rows){NEW(cx->a, struct mail, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        struct seal_key key;
        bool            found;
        out->row[i] = (struct mail)MAIL_FROM(rows.row[i]);
        if (!sealing_key(cx, tx, out->row[i].lead_id, &key, &found)) return false;
        envelope_open(cx, &key, found, rows.row[i].envelope, &out->row[i]);
    }
    return true;
}

bool post_load(struct ctx *cx, struct tx *tx, int64_t id, struct mail *out, str *mime)
{
    struct reach        reach = reach_of(&cx->actor);
    struct mail_get_in  in = {id, reach.any, reach.mine, reach.mine_too, reach.applicants};
    struct mail_get_row row;
    bool                found;
    if (!q_mail_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct seal_key key;
    *out = (struct mail)MAIL_FROM(row);
    if (!sealing_key(cx, tx, out->lead_id, &key, &found)) return false;
    envelope_open(cx, &key, found, row.envelope, out);
    *mime = mail_unpack(cx->a, open_part(cx, &key, found, out->lead_id, "mail.mime", id, row.mime));
    return true;
}

bool post_attempts(struct ctx *cx, struct tx *tx, int64_t mail_id, struct mail_attempts *out)
{
    struct mail_attempt_list_in   in = {mail_id};
    struct mail_attempt_list_rows rows;
    if (!q_mail_attempt_list(tx, &in, &rows)) return false;
    *out = (struct mail_attempts){NEW(cx->a, struct mail_attempt_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct mail_attempt_row){rows.row[i].attempt_no, rows.row[i].at_ms,
                                                (enum mail_outcome)rows.row[i].outcome_kind,
                                                rows.row[i].reply};
    return true;
}

bool post_send_again(struct ctx *cx, struct tx *tx, int64_t mail_id)
{
    struct mail_requeue_in in = {mail_id, cx->now_ms};
    int64_t                changed = 0;
    if (!q_mail_requeue(tx, &in, &changed)) return false;
    return changed == 1 ? true : fail(cx, ERR_CONFLICT, "outbox.not_again");
}

bool post_withdraw(struct ctx *cx, struct tx *tx, int64_t mail_id, str why, bool *withdrawn)
{
    struct mail_withdraw_in in = {mail_id, cx->now_ms};
    struct mail_attempt_add_in attempt = {mail_id, cx->now_ms, OUTCOME_REFUSED, why};
    int64_t changed = 0;
    if (!q_mail_withdraw(tx, &in, &changed)) return false;
    *withdrawn = changed == 1;
    return !*withdrawn || q_mail_attempt_add(tx, &attempt, NULL);
}

bool post_let_go(struct ctx *cx, struct tx *tx, int64_t mail_id)
{
    struct mail_let_go_in in = {mail_id, cx->now_ms};
    return q_mail_let_go(tx, &in, NULL);
}

bool post_hurry(struct ctx *cx, struct tx *tx, int64_t mail_id)
{
    struct mail_hurry_in in = {mail_id, cx->now_ms};
    return q_mail_hurry(tx, &in, NULL);
}

static int64_t held_since(const struct ctx *cx)
{
    return cx->now_ms - POST_HELD_DAYS * 86400000LL;
}

bool post_held(struct ctx *cx, struct tx *tx, int64_t *count)
{
    struct mail_held_count_in  in = {held_since(cx), POST_HELD_MANY};
    struct mail_held_count_row row;
    bool                       found;
    if (!q_mail_held_count(tx, &in, &row, &found)) return false;
    *count = row.n;
    return true;
}

bool post_held_queue(struct ctx *cx, struct tx *tx, int64_t *queued)
{
    struct mail_held_queue_in in = {held_since(cx), POST_HELD_STEP, cx->now_ms};
    return q_mail_held_queue(tx, &in, queued);
}

bool post_of_confirmation(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t confirmation_id,
                          struct mail *out, str *mime_sha256, str *reply, bool *found)
{
    (void)cx;
    struct mail_of_confirmation_in  in = {lead_id, confirmation_id};
    struct mail_of_confirmation_row row;
    if (!q_mail_of_confirmation(tx, &in, &row, found)) return false;
    if (!*found) return true;
    *out = (struct mail){.id = row.id, .message_id = row.message_id,
                         .state = (enum mail_state)row.mail_state,
                         .created_ms = row.created_ms, .done_ms = row.done_ms};
    *mime_sha256 = row.mime_sha256;
    *reply = row.reply;
    return true;
}

bool post_count_since(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t since_ms,
                      int64_t *count)
{
    (void)cx;
    struct mail_requested_since_in in = {lead_id, id_first(since_ms)};
    struct mail_requested_since_row row;
    if (!q_mail_requested_since(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool post_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    (void)cx;
    struct mail_attempts_delete_of_lead_in attempts = {lead_id};
    struct mail_delete_of_lead_in          mails = {lead_id};
    return q_mail_attempts_delete_of_lead(tx, &attempts, NULL) &&
           q_mail_delete_of_lead(tx, &mails, NULL);
}

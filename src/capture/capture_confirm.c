/* The confirmation link: what it stands for, and what follows from it. */
#include "capture/capture_inner.h"
#include "capture/correction.h"

#include "base/crypto.h"
#include "base/email.h"
#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "capture_sql.h"
#include "consent/consent.h"
#include "consent/consent_rules.h"
#include "form/form_rules.h"
#include "keys/lead_key.h"
#include "keys/token.h"
#include "lead/lead.h"
#include "lead/lead_history.h"
#include "sales/sales.h"
#include "tally/tally.h"
#include "web/render.h"

enum { DAY_S = 86400 };

struct view {
    str token;
    struct confirmation_view *out;
};

/* The kind of a link by its token alone; *id is 0 unless the token is ours. */
static enum link_kind token_kind(struct ctx *cx, str text, int64_t *id)
{
    struct token token = {0};
    enum token_err err = token_verify(text, cx->keys, TOKEN_CONFIRM, cx->now_ms / 1000, &token);
    *id = 0;
    if (err == TOKEN_MALFORMED) return LINK_UNKNOWN;
    if (err == TOKEN_FORGED) return LINK_FORGED;
    if (err == TOKEN_MISUSED) return LINK_FOREIGN;
    if (token.workspace_id != cx->workspace_id) return LINK_FOREIGN;
    *id = token.object_id;
    return err == TOKEN_EXPIRED ? LINK_EXPIRED : LINK_OPEN;
}

static enum link_kind confirmation_kind(const struct confirmation *c, enum link_kind by_token,
                                        int64_t now_ms)
{
    if (c->state == CONFIRMATION_DONE) return LINK_USED;
    if (c->state == CONFIRMATION_REJECTED) return LINK_REJECTED;
    if (c->state != CONFIRMATION_OPEN || by_token == LINK_EXPIRED || c->expires_ms <= now_ms)
        return LINK_EXPIRED;
    return LINK_OPEN;
}

/* An address that the lead no longer has is past confirming. */
static bool view_kind(struct ctx *cx, struct tx *tx, struct confirmation_view *out)
{
    struct lead lead;
    out->kind = confirmation_kind(&out->confirmation, out->kind, cx->now_ms);
    if (out->kind != LINK_OPEN) return true;
    if (!lead_load(cx, tx, out->confirmation.lead_id, &lead)) return false;
    if (!str_eq(lead.email, out->confirmation.email)) out->kind = LINK_EXPIRED;
    return true;
}

static bool view_form(struct ctx *cx, struct tx *tx, struct confirmation_view *out)
{
    if (!form_live_by_id(cx, tx, out->confirmation.form_id, &out->form)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx); /* archived meanwhile: the confirmation still counts */
        out->form = (struct form_live){0};
        out->download_name = S("");
        return true;
    }
    return download_of(cx, tx, out->form.def.download_id, &out->download_name,
                       &out->download_bytes);
}

static bool has_confirmed(const struct consent_rows *rows, const struct wording *w)
{
    for (ptrdiff_t i = 0; i < rows->count; i++)
        if (rows->row[i].purpose_id == w->purpose_id && rows->row[i].channel == w->channel &&
            rows->row[i].state == CONSENT_CONFIRMED)
            return true;
    return false;
}

/* Whoever confirms a consent that holds already is told so, and only then: until the click nobody
 * has proved that the address is his. */
static bool view_subscribed(struct ctx *cx, struct tx *tx, struct confirmation_view *out)
{
    struct consent_rows rows;
    if (out->kind != LINK_OPEN || out->wording_count == 0) return true;
    if (!consent_list(cx, tx, out->confirmation.lead_id, &rows)) return false;
    out->subscribed = true;
    for (int i = 0; i < out->wording_count; i++)
        out->subscribed = out->subscribed && has_confirmed(&rows, &out->wording[i]);
    return true;
}

static bool view_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct view *v = arg;
    struct confirmation_view *out = v->out;
    int64_t id;
    bool found;
    *out =
        (struct confirmation_view){.kind = token_kind(cx, v->token, &id), .download_name = S("")};
    if (id == 0) return true;
    if (!confirmation_load(cx, tx, id, &out->confirmation, &found)) return false;
    if (!found) {
        out->kind = LINK_UNKNOWN;
        return true;
    }
    return view_kind(cx, tx, out) &&
           confirmation_wordings(cx, tx, id, out->wording, CONSENT_ITEMS_MAX,
                                 &out->wording_count) &&
           view_subscribed(cx, tx, out) && view_form(cx, tx, out);
}

/* Who confirmed may load the file again over the same link, for as long as a download lasts. */
static void give_download(struct ctx *cx, struct confirmation_view *out)
{
    bool again = out->kind == LINK_USED &&
                 cx->now_ms - out->confirmation.answered_ms < (int64_t)DOWNLOAD_DAYS * DAY_S * 1000;
    if ((out->kind != LINK_DONE && !again) || out->form.def.download_id == 0) return;
    struct token token = {.use = TOKEN_DOWNLOAD,
                          .workspace_id = cx->workspace_id,
                          .subject_id = out->confirmation.lead_id,
                          .object_id = out->form.def.download_id,
                          .expires_at_s = cx->now_ms / 1000 + (int64_t)DOWNLOAD_DAYS * DAY_S};
    out->download_token = token_sign(cx->a, cx->keys, token);
}

bool capture_confirmation(struct ctx *cx, str token, struct confirmation_view *out)
{
    struct view v = {token, out};
    if (!db_read(cx, view_read, &v)) return false;
    give_download(cx, out);
    return true;
}

/* What the proof says about the click, and about the mail that carried the link. */
static bool evidence_of_answer(struct ctx *cx, struct tx *tx, const struct confirmation_view *view,
                               const struct contact_context *context, struct evidence *out)
{
    const struct confirmation *c = &view->confirmation;
    struct value facts = value_map(cx->a), network = value_map(cx->a);
    struct mail mail;
    str sha256, reply;
    bool found;
    value_set_text(facts, "at", rfc3339(cx->a, cx->now_ms));
    value_set_text(facts, "method", S("double_opt_in"));
    value_set_text(facts, "address", c->email);
    if (!numbers_put_sent(cx, tx, c, view->wording, view->wording_count, facts)) return false;
    if (!post_of_confirmation(cx, tx, c->lead_id, c->id, &mail, &sha256, &reply, &found))
        return false;
    if (found) {
        struct value m = value_map(cx->a);
        value_set_text(m, "id", id_text(cx->a, ID_MAIL, mail.id));
        value_set_text(m, "message_id", mail.message_id);
        value_set_text(m, "sha256", hex_encode(cx->a, (const uint8_t *)sha256.ptr, sha256.len));
        value_set_text(m, "state", str_of(mail_state_name(mail.state)));
        value_set_text(m, "reply", reply);
        value_set(facts, "mail", m);
    }
    value_set_text(network, "ip", context->ip);
    value_set_text(network, "user_agent", context->user_agent);
    *out = (struct evidence){json_text(cx->a, facts), json_text(cx->a, network)};
    return true;
}

/* What he entered, unless it is older than what is there: links are clicked in any order. What we
 * have changed since stays, also where a colleague has emptied it; where he has confirmed something
 * that he sent later, only gaps are filled. What he sent earlier gives way to it. */
static bool answers_over(struct ctx *cx, struct tx *tx, const struct submission_get_row *of,
                         const struct lead *lead, const struct answers *answers,
                         str text[SLOT__COUNT])
{
    struct submission_newer_confirmed_in in = {lead->id, of->id};
    struct submission_newer_confirmed_row newer;
    bool changed[SLOT__COUNT];
    if (!field_changed_since(cx, tx, lead->id, of->at_ms, changed) ||
        !q_submission_newer_confirmed(tx, &in, &newer, NULL))
        return false;
    for (int i = 0; i < SLOT__COUNT; i++) {
        bool stays = changed[i] || (newer.n > 0 && lead->text[i].len > 0);
        text[i] = stays || answers->text[i].len == 0 ? lead->text[i] : answers->text[i];
    }
    return true;
}

/* Now the person has proved the address: what he entered is taken over, the old goes into the
 * field history. */
static bool apply_answers(struct ctx *cx, struct tx *tx, const struct confirmation *c)
{
    struct submission_get_in in = {c->submission_id};
    struct submission_get_row row;
    struct seal_key key;
    struct lead lead;
    struct answers answers;
    bool found;
    if (!q_submission_get(tx, &in, &row, &found)) return false;
    if (!found) return true;
    struct submission_set_state_in set = {c->submission_id, SUBMISSION_CONFIRMED};
    bool new = row.is_test == 0 && row.state != SUBMISSION_CONFIRMED;
    if (!q_submission_set_state(tx, &set, NULL) ||
        (new && !tally_note(cx, tx, TALLY_FORM, row.form_id, row.at_ms, S(""), 0, 1)) ||
        !lead_key_load(cx, tx, c->lead_id, &key, &found))
        return false;
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, c->submission_id), json;
    if (!found || !seal_open(cx->a, &key, row.answers, ad, &json)) return true;
    if (!answers_parse(cx, json, &answers) || !lead_load(cx, tx, c->lead_id, &lead)) return false;
    /* A try changes nothing in a lead that is somebody's, and nobody in sales hears of it. */
    bool is_try = row.is_test != 0;
    if (is_try && lead.state != LEAD_TEST) return true;
    str text[SLOT__COUNT];
    if (!answers_over(cx, tx, &row, &lead, &answers, text)) return false;
    struct sales_arrival arrival = {.lead_id = c->lead_id,
                                    .submission_id = c->submission_id,
                                    .form_id = c->form_id,
                                    .text = answers.text,
                                    .has_email = true,
                                    .applicant = lead.state == LEAD_APPLICANT};
    return lead_change(cx, tx, &lead, text, lead.phase, lead.version) &&
           (is_try || sales_on_confirmation(cx, tx, &arrival));
}

struct answer {
    struct view view;
    const struct contact_context *context;
    bool reject;
};

static bool answer_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct answer *a = arg;
    struct confirmation_view *out = a->view.out;
    struct evidence evidence;
    bool done;
    if (!view_read(cx, tx, &a->view)) return false;
    if (out->kind != LINK_OPEN) return true;
    if (!evidence_of_answer(cx, tx, out, a->context, &evidence)) return false;
    if (a->reject) {
        out->kind = LINK_REJECTED;
        return confirmation_reject(cx, tx, &out->confirmation, &evidence, &done);
    }
    out->kind = LINK_DONE;
    if (!confirmation_confirm(cx, tx, &out->confirmation, &evidence, &done)) return false;
    if (!done) out->kind = LINK_EXPIRED;
    return !done || apply_answers(cx, tx, &out->confirmation);
}

bool capture_confirm(struct ctx *cx, str token, const struct contact_context *context,
                     struct confirmation_view *out)
{
    struct answer a = {{token, out}, context, false};
    if (!db_write(cx, DB_INTERACTIVE, answer_write, &a)) return false;
    give_download(cx, out);
    return true;
}

bool capture_reject(struct ctx *cx, str token, const struct contact_context *context,
                    struct confirmation_view *out)
{
    struct answer a = {{token, out}, context, true};
    return db_write(cx, DB_INTERACTIVE, answer_write, &a);
}

/* --- a new link --- */

struct again {
    str token, email;
    const struct contact_sender *sender;
    struct confirmation confirmation; /* the old one; id 0: nothing to send */
    struct confirmation_view view;
    struct lead lead;
    struct post_prepared mail;
    struct value facts; /* of a renewal */
    struct evidence evidence;
    bool same;       /* still open: another mail for it, not another request */
    int64_t from_id; /* the newest there was when it was looked up */
};

static int64_t asked_ms(const struct ctx *cx, const struct contact_context *context)
{
    return context->asked_ms > 0 ? context->asked_ms : cx->now_ms;
}

/* What the proof says about a renewed request: when, by whom, and which one it goes on from;
 * `facts` says what that one was about. */
static struct evidence evidence_of_renewal(struct ctx *cx, const struct confirmation *old,
                                           const struct contact_context *context,
                                           struct value facts)
{
    struct value network = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, asked_ms(cx, context)));
    value_set_bool(facts, "renewed", true);
    value_set_text(facts, "first_requested_at", rfc3339(cx->a, old->requested_ms));
    value_set_text(facts, "submission", id_text(cx->a, ID_SUBMISSION, old->submission_id));
    value_set_text(network, "ip", context->ip);
    value_set_text(network, "user_agent", context->user_agent);
    return (struct evidence){json_text(cx->a, facts), json_text(cx->a, network)};
}

static bool again_find(struct ctx *cx, struct tx *tx, struct again *g, int64_t *id)
{
    token_kind(cx, g->token, id);
    str address;
    if (*id != 0 || g->email.len == 0 || email_normalise(cx->a, g->email, &address) != EMAIL_OK)
        return true;
    enum email_state state;
    int64_t lead_id, verified_ms;
    bool found;
    if (!lead_by_email(cx, tx, address, &lead_id, &state, &verified_ms, &found) || !found)
        return cx->err.code == ERR_NONE;
    struct confirmation_newest_of_lead_in in = {lead_id};
    struct confirmation_newest_of_lead_row row;
    if (!q_confirmation_newest_of_lead(tx, &in, &row, &found)) return false;
    if (found) *id = row.id;
    return true;
}

/* What has followed on one that expired; *id 0: nothing. */
static bool newer_of(struct tx *tx, const struct confirmation *c, int64_t than_id, int64_t *id)
{
    struct confirmation_newer_in in = {c->lead_id, c->submission_id, than_id};
    struct confirmation_newer_row row;
    bool found;
    if (!q_confirmation_newer(tx, &in, &row, &found)) return false;
    *id = found ? row.id : 0;
    return true;
}

static bool again_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct again *g = arg;
    int64_t id, newer, today;
    bool found;
    if (!again_find(cx, tx, g, &id)) return false;
    if (id == 0) return true;
    struct confirmation c;
    if (!confirmation_load(cx, tx, id, &c, &found) || !found) return cx->err.code == ERR_NONE;
    /* An old link stands for what has followed on it: there is one that works, not one a press. */
    if (!newer_of(tx, &c, id, &newer)) return false;
    if (newer != 0) id = newer;
    if (newer != 0 && (!confirmation_load(cx, tx, id, &c, &found) || !found))
        return cx->err.code == ERR_NONE;
    bool answered = c.state == CONFIRMATION_DONE || c.state == CONFIRMATION_REJECTED ||
                    c.state == CONFIRMATION_REPLACED;
    if (answered) return true;
    if (!confirmation_count_since(cx, tx, c.lead_id, cx->now_ms - DAY_S * 1000, &today))
        return false;
    if (today >= DOI_MAILS_A_DAY) return true;
    struct confirmation_view *v = &g->view;
    v->confirmation = c;
    g->same = c.state == CONFIRMATION_OPEN && c.expires_ms > cx->now_ms;
    if (!confirmation_wordings(cx, tx, id, v->wording, CONSENT_ITEMS_MAX, &v->wording_count) ||
        !view_form(cx, tx, v) || !lead_load(cx, tx, c.lead_id, &g->lead) ||
        !numbers_put_sent(cx, tx, &c, v->wording, v->wording_count, g->facts))
        return false;
    g->from_id = id;
    if (str_eq(g->lead.email, c.email)) g->confirmation = c; /* else it is not his any more */
    return true;
}

static bool again_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct again *g = arg;
    struct confirmation c = g->confirmation;
    bool allowed = true, there;
    int64_t today, taken_back, newer;
    /* Counted again, one after the other: many may ask at the same moment. */
    if (!lead_turn(cx, tx, c.lead_id, &there)) return false;
    if (!there) return true;
    if (!newer_of(tx, &c, g->from_id, &newer)) return false;
    if (newer != 0) return true; /* somebody was faster: its mail is on its way */
    if (!confirmation_count_since(cx, tx, c.lead_id, cx->now_ms - DAY_S * 1000, &today))
        return false;
    if (!correction_mails_since(cx, tx, c.email, cx->now_ms - DAY_S * 1000, &taken_back))
        return false;
    if (today + taken_back >= DOI_MAILS_A_DAY) return true;
    if (g->same) {
        if (!confirmation_sent_again(cx, tx, c.id, DOI_SENDS_MAX, &allowed)) return false;
        return allowed ? post_enqueue(cx, tx, &g->mail) : true;
    }
    if (!confirmation_open(cx, tx, &c)) return false;
    for (int i = 0; i < g->view.wording_count; i++)
        if (!consent_request(cx, tx, c.lead_id, g->view.wording[i].id, c.id, &g->evidence))
            return false;
    return touchpoint_record(cx, tx, c.lead_id, TOUCH_DOI_REQUESTED, c.id, S("{}")) &&
           post_enqueue(cx, tx, &g->mail);
}

bool capture_send_again(struct ctx *cx, str token, str email, const struct contact_context *context,
                        const struct contact_sender *sender)
{
    struct again g = {.token = token, .email = email, .sender = sender, .facts = value_map(cx->a)};
    if (!db_read(cx, again_read, &g)) return false;
    if (g.confirmation.id == 0) return true;
    g.evidence = evidence_of_renewal(cx, &g.confirmation, context, g.facts);
    if (!g.same) {
        g.confirmation.id = ctx_new_id(cx);
        g.confirmation.state = CONFIRMATION_OPEN;
        g.confirmation.requested_ms = asked_ms(cx, context);
        g.confirmation.expires_ms = cx->now_ms + (int64_t)CONFIRMATION_DAYS * DAY_S * 1000;
    }
    enum lang lang = str_eq(g.lead.lang, S("en")) ? LANG_EN : LANG_DE;
    bool named = g.lead.text[SLOT_FIRST_NAME].len > 0 || g.lead.text[SLOT_LAST_NAME].len > 0;
    /* An address that has not been proved gets no name that somebody else may have entered. */
    str name = named && g.lead.email_state == EMAIL_VERIFIED ? g.lead.display_name : S("");
    struct contact_sender own;
    return contact_sender_load_as(cx, sender->base_url, &g.view.form.def.look, &own) &&
           doi_prepare(cx, &g.confirmation, &own, lang, name, g.view.download_name, g.view.wording,
                       g.view.wording_count, &g.mail) &&
           db_write(cx, DB_INTERACTIVE, again_write, &g);
}

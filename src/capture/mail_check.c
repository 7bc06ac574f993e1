/* After a submission was taken: does the domain take the mail that asks for its confirmation? Where
 * it does not, the mail is withdrawn and somebody decides. Lead and submission stay. */
#include "capture/capture_inner.h"

#include "app.h"
#include "audit/audit.h"
#include "base/email.h"
#include "base/id.h"
#include "base/json.h"
#include "capture_sql.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "lead/lead.h"
#include "lead/lead_applicant.h"
#include "post/post_delivery.h"
#include "spam/domain_check.h"
#include "spam/suspect.h"

bool mail_check_wanted(struct ctx *cx, str email)
{
    return cx->app != NULL && domain_wants_look(cx->app->domains, email_domain(email), cx->now_ms);
}

bool mail_check_add(struct ctx *cx, struct tx *tx, const struct mail_check *in)
{
    str payload = str_printf(cx->a, "%lld %lld %lld", (long long)in->lead_id,
                             (long long)in->submission_id, (long long)in->mail_id);
    return job_add(cx, tx, "mail.check", payload, 0);
}

/* --- asking --- */

struct check {
    struct mail_check of;
    str domain, email; /* empty: nothing to ask any more */
    enum mx_answer answer;
};

/* Only of a mail that has not left and was not decided about before. */
static bool check_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct check *c = arg;
    struct mail mail;
    struct mail_attempts before;
    str mime;
    c->email = S("");
    if (!post_load(cx, tx, c->of.mail_id, &mail, &mime)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (!post_attempts(cx, tx, mail.id, &before)) return false;
    if (before.count > 0 || (mail.state != MAIL_QUEUED && mail.state != MAIL_HELD)) return true;
    c->email = mail.to.ptr == NULL ? S("") : mail.to;
    return true;
}

/* Its page says why no mail went. */
static bool tell(struct ctx *cx, struct tx *tx, const struct check *c)
{
    struct value props = value_map(cx->a);
    value_set_text(props, "template", S("mail/doi"));
    value_set_text(props, "class", S("doi"));
    value_set_text(props, "why", S("domain_no_mail"));
    return touchpoint_record(cx, tx, c->of.lead_id, TOUCH_MAIL_FAILED, c->of.mail_id,
                             json_text(cx->a, props));
}

/* Looked at again, in the lead's turn: while DNS was asked the mail may have left, or another run
 * was faster, and somebody has decided since. */
static bool withdraw(struct ctx *cx, struct tx *tx, struct check *c)
{
    struct submission_get_in in = {c->of.submission_id};
    struct submission_get_row row;
    struct lead lead;
    bool there, found, first, withdrawn;
    if (!lead_turn(cx, tx, c->of.lead_id, &there)) return false;
    if (!there) return true; /* erased meanwhile */
    if (!check_read(cx, tx, c)) return false;
    if (c->email.len == 0) return true;
    if (!lead_load_any(cx, tx, c->of.lead_id, &lead)) return false;
    if (!q_submission_get(tx, &in, &row, &found)) return false;
    if (!found || row.state != SUBMISSION_WAITING) return true;
    struct suspect s = {.id = row.id,
                        .form_id = row.form_id,
                        .form_version_id = row.form_version_id,
                        .at_ms = row.at_ms,
                        .reasons = (uint32_t)1 << SUSPECT_DOMAIN_NO_MAIL,
                        .applicant = lead.state == LEAD_APPLICANT,
                        .email = c->email,
                        .body = S("{}"),
                        .mail_id = c->of.mail_id};
    return post_withdraw(cx, tx, c->of.mail_id, S("the domain takes no mail: nothing was sent"),
                         &withdrawn) &&
           (!withdrawn || (suspect_note(cx, tx, &s, &first) && tell(cx, tx, c)));
}

static bool check_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct check *c = arg;
    return c->answer == MX_NONE ? withdraw(cx, tx, c) : post_hurry(cx, tx, c->of.mail_id);
}

static bool payload_read(str payload, struct mail_check *out)
{
    str rest, last, first = str_cut(payload, ' ', &rest), second = str_cut(rest, ' ', &last);
    return str_to_i64(first, &out->lead_id) && str_to_i64(second, &out->submission_id) &&
           str_to_i64(last, &out->mail_id);
}

bool mail_check_run(struct ctx *cx, const struct job *job)
{
    struct check c = {0};
    if (!payload_read(job->payload, &c.of))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a check says nothing to check");
    if (!db_read(cx, check_read, &c)) return false;
    if (c.email.len == 0) return true;
    c.answer = cx->app == NULL || cx->app->domains == NULL
                   ? MX_UNKNOWN
                   : domain_look(cx->app->domains, email_domain(c.email), cx->now_ms);
    if (!db_write(cx, DB_INTERACTIVE, check_write, &c)) return false;
    if (cx->app != NULL && c.answer != MX_NONE) post_wake(cx->app->delivery);
    if (cx->app != NULL && c.answer == MX_NONE) app_changed(cx->app, cx->workspace_id);
    return true;
}

/* --- deciding --- */

struct decision {
    int64_t submission_id;
    str base_url, link; /* the old link; empty: no new one is wanted */
    struct contact_sender sender;
    enum lang lang;
};

static bool decided(struct ctx *cx, struct tx *tx, const char *action, const struct suspect *s)
{
    struct value detail = value_map(cx->a);
    value_set_text(detail, "form", id_text(cx->a, ID_FORM, s->form_id));
    value_set_text(detail, "why", S("domain_no_mail"));
    return suspect_drop(cx, tx, s->id) &&
           audit_write(cx, tx, action, "submission", s->id, 0, detail);
}

/* Is its link over? Then the mail would lead nowhere, and there is to be a new one. */
static bool link_if_over(struct ctx *cx, struct tx *tx, const struct mail *mail, str *link)
{
    struct confirmation c;
    bool found;
    *link = S("");
    if (!confirmation_load(cx, tx, mail->confirmation_id, &c, &found)) return false;
    bool over = found && (c.state == CONFIRMATION_EXPIRED ||
                          (c.state == CONFIRMATION_OPEN && c.expires_ms <= cx->now_ms));
    if (over) *link = confirm_token(cx, &c);
    return true;
}

static bool release_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct decision *d = arg;
    struct suspect s;
    struct mail mail;
    struct submission_get_in in = {d->submission_id};
    struct submission_get_row row;
    struct lead lead;
    str mime;
    bool found;
    if (!suspect_load(cx, tx, d->submission_id, &s) ||
        !post_load(cx, tx, s.mail_id, &mail, &mime) || !link_if_over(cx, tx, &mail, &d->link) ||
        !q_submission_get(tx, &in, &row, &found))
        return false;
    if (!found) d->link = S("");
    if (d->link.len == 0) return true;
    if (!lead_load(cx, tx, row.lead_id, &lead)) return false;
    d->lang = str_eq(lead.lang, S("en")) ? LANG_EN : LANG_DE;
    return contact_sender_read(cx, tx, d->base_url, &d->sender);
}

static bool release_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct decision *d = arg;
    struct suspect s;
    return suspect_load(cx, tx, d->submission_id, &s) &&
           decided(cx, tx, "submission.release", &s) &&
           (d->link.len > 0 || post_let_go(cx, tx, s.mail_id));
}

bool mail_check_release(struct ctx *cx, int64_t submission_id, str base_url)
{
    struct decision d = {.submission_id = submission_id, .base_url = base_url};
    if (!db_read(cx, release_read, &d)) return false;
    struct contact_context context = {.lang = d.lang, .fill_ms = -1};
    /* First the new link, so that nothing is let go without one; a second time there is none. By
     * the old one: an applicant's address leads to somebody else, or to nobody. */
    if (d.link.len > 0 && !capture_send_again(cx, d.link, S(""), &context, &d.sender)) return false;
    return db_write(cx, DB_INTERACTIVE, release_write, &d);
}

/* What a stranger left with such an address, and nothing else, goes to the trash; an application,
 * for which there is none, is turned down. */
static bool drop_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct decision *d = arg;
    struct suspect s;
    struct submission_get_in in = {d->submission_id};
    struct submission_get_row row;
    struct submission_rows all;
    struct lead lead;
    bool found;
    if (!suspect_load(cx, tx, d->submission_id, &s) || !decided(cx, tx, "submission.delete", &s) ||
        !q_submission_get(tx, &in, &row, &found))
        return false;
    if (!found) return true;
    if (!lead_load(cx, tx, row.lead_id, &lead) || !submission_of_lead(cx, tx, row.lead_id, 0, 2, &all))
        return false;
    if (all.count != 1 || lead.email_state == EMAIL_VERIFIED || lead.state == LEAD_TRASHED)
        return true;
    if (lead.state == LEAD_APPLICANT)
        return applicant_reject(cx, tx, lead.id, true) &&
               audit_write(cx, tx, "applicant.reject", "lead", lead.id, lead.id, value_null());
    if (lead.state == LEAD_TEST) return true; /* goes with the other tries */
    return lead_set_state(cx, tx, lead.id, LEAD_TRASHED) &&
           audit_write(cx, tx, "lead.trash", "lead", lead.id, lead.id, value_null());
}

bool mail_check_drop(struct ctx *cx, int64_t submission_id)
{
    struct decision d = {.submission_id = submission_id};
    return db_write(cx, DB_INTERACTIVE, drop_write, &d);
}

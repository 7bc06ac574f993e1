/* Jobs that tell somebody. A job that runs twice writes its mails once: its mark stands in
 * lead_notice, in the transaction of the mails. */
#include "sales/sales_jobs.h"

#include "access/access.h"
#include "app.h"
#include "base/email.h"
#include "base/id.h"
#include "base/json.h"
#include "base/utf8.h"
#include "bell/bell.h"
#include "consent/consent.h"
#include "keys/lead_key.h"
#include "sales/notice.h"
#include "sales/sales.h"
#include "sales/sales_rules.h"
#include "sales_sql.h"

enum { MAILS_MAX = NOTIFY_MAX * 2 + 1, DAY_MS = 86400000, DUE_PERIOD_MS = 60000 };

struct telling {
    const struct job *job;
    int64_t lead_id, submission_id, form_id, owner_id;
    struct form_handling handling;
    struct notice_words words;
    struct lead lead;
    str form_name, answers; /* JSON; absent: not wanted, or no longer there */
    struct {
        str address, name;
        enum lang lang;
    } to[MAILS_MAX];
    int to_count;
    bool owner_mailed;            /* the first of them is the owner */
    int64_t bell[NOTIFY_MAX + 1]; /* who is told inside the admin */
    int bell_count;
    struct post_prepared mail[MAILS_MAX];
    bool gone; /* the lead was erased, or there is nothing to be told */
};

/* Nobody is no fault. */
static bool owner_of(struct value tree, int64_t *id)
{
    str owner = value_str(value_get(tree, S("owner")));
    return owner.len <= 0 || id_parse(owner, ID_USER, id);
}

static bool payload_read(struct ctx *cx, const struct job *job, struct telling *t)
{
    struct value tree;
    struct json_err err;
    *t = (struct telling){.job = job};
    return json_parse(cx->a, job->payload, &tree, &err) &&
           id_parse(value_str(value_get(tree, S("lead"))), ID_LEAD, &t->lead_id) &&
           id_parse(value_str(value_get(tree, S("submission"))), ID_SUBMISSION,
                    &t->submission_id) &&
           id_parse(value_str(value_get(tree, S("form"))), ID_FORM, &t->form_id) &&
           owner_of(tree, &t->owner_id);
}

static void recipient_add(struct telling *t, str address, str name, enum lang lang)
{
    for (int i = 0; i < t->to_count; i++)
        if (str_eq(t->to[i].address, address)) return;
    if (t->to_count == MAILS_MAX) return;
    t->to[t->to_count].address = address;
    t->to[t->to_count].name = name;
    t->to[t->to_count++].lang = lang;
}

static bool person_add(struct ctx *cx, struct tx *tx, struct telling *t, int64_t user_id)
{
    str name, email;
    enum lang lang;
    bool found, wanted, applicant = t->lead.state == LEAD_APPLICANT;
    if (user_id == 0) return true;
    if (!care_member(cx, tx, user_id, &name, &email, &lang, &found) ||
        !bell_mail_wanted(cx, tx, user_id, BELL_SUBMISSION, &wanted))
        return false;
    if (!found) return true;
    /* Whoever does not see the lead is not told of it either. */
    if (!(applicant ? access_may(cx, tx, cx->workspace_id, user_id, MAY_SEE_APPLICANTS, &found)
                    : care_sees(cx, tx, user_id, t->lead.owner_id, &found)))
        return false;
    if (!found) return true;
    t->bell[t->bell_count++] = user_id; /* twice the same: told once */
    if (wanted) recipient_add(t, email, name, lang);
    return true;
}

static bool answers_read_back(struct ctx *cx, struct tx *tx, struct telling *t)
{
    struct sales_answers_in in = {t->submission_id};
    struct sales_answers_row row;
    struct seal_key key;
    bool found;
    if (!q_sales_answers(tx, &in, &row, &found)) return false;
    if (!found) return true;
    if (!lead_key_load(cx, tx, t->lead_id, &key, &found)) return false;
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, t->submission_id), plain;
    if (found && seal_open(cx->a, &key, row.answers, ad, &plain)) t->answers = plain;
    return true;
}

/* The lead, unless it has gone meanwhile. */
static bool subject_read(struct ctx *cx, struct tx *tx, struct telling *t)
{
    bool found, said;
    if (!lead_load(cx, tx, t->lead_id, &t->lead)) {
        t->gone = cx->err.code == ERR_NOT_FOUND;
        if (t->gone) err_clear(cx);
        return t->gone;
    }
    return sales_form_name(cx, tx, t->form_id, &t->form_name, &found) &&
           notice_words_read(cx, tx, &t->words) &&
           handling_load(cx, tx, t->form_id, &t->handling, &said);
}

static bool notice_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct telling *t = arg;
    t->to_count = t->bell_count = 0;
    if (!subject_read(cx, tx, t) || t->gone) return t->gone;
    const struct form_handling *h = &t->handling;
    if (h->tell_owner && !person_add(cx, tx, t, t->owner_id)) return false;
    t->owner_mailed = t->to_count > 0;
    for (int i = 0; i < h->person_count; i++)
        if (!person_add(cx, tx, t, h->person[i])) return false;
    for (int i = 0; i < h->mailbox_count; i++)
        recipient_add(t, h->mailbox[i], S(""),
                      str_eq(t->words.settings.value[SETTING_LANG], S("en")) ? LANG_EN : LANG_DE);
    /* An application is read here, by those who may: a mail is the link to it. */
    return !h->content || t->lead.state == LEAD_APPLICANT || answers_read_back(cx, tx, t);
}

static struct value lead_url_value(struct ctx *cx, const struct telling *t)
{
    return value_text(str_printf(cx->a, "%.*s/leads/%.*s", STR_ARG(t->words.base_url),
                                 STR_ARG(id_text(cx->a, ID_LEAD, t->lead_id))));
}

static bool notice_make(struct ctx *cx, struct telling *t, int i)
{
    struct value data = value_map(cx->a), tree;
    struct json_err err;
    value_set_text(data, "form", t->form_name);
    value_set(data, "url", lead_url_value(cx, t));
    value_set_bool(data, "yours", t->owner_mailed && i == 0 && t->owner_id == t->lead.owner_id);
    if (t->answers.len > 0 && json_parse(cx->a, t->answers, &tree, &err)) {
        value_set_text(data, "email", t->lead.email);
        value_set(data, "answers", value_get(tree, S("fields")));
    }
    struct notice n = {.template_name = "mail/notice",
                       .subject = "mail.notice.subject",
                       .subject_arg_name = "form",
                       .subject_arg = t->form_name,
                       .to_name = t->to[i].name,
                       .lang = t->to[i].lang,
                       .data = data};
    /* Whoever reads what was written answers it; a link alone gives no address away. */
    if (t->answers.len > 0) n.reply_to = t->lead.email;
    return permit_system(cx, t->to[i].address, &n.permit) &&
           notice_prepare(cx, &t->words, &n, &t->mail[i]);
}

/* *first: this run is the first one to get here. */
static bool mark(struct tx *tx, const struct telling *t, bool *first)
{
    struct notice_add_in in = {t->lead_id, t->job->id, 0};
    int64_t changed = 0;
    if (!q_notice_add(tx, &in, &changed)) return false;
    *first = changed == 1;
    return true;
}

static bool mails_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct telling *t = arg;
    bool first, there;
    if (!lead_turn(cx, tx, t->lead_id, &there)) return false;
    if (!there) return true; /* erased meanwhile */
    if (!mark(tx, t, &first)) return false;
    for (int i = 0; first && i < t->to_count; i++) {
        struct notice_add_in in = {t->lead_id, t->job->id, t->mail[i].mail.id};
        if (!q_notice_add(tx, &in, NULL) || !post_enqueue(cx, tx, &t->mail[i])) return false;
    }
    for (int i = 0; first && i < t->bell_count; i++)
        if (!bell_ring(cx, tx, t->bell[i], BELL_SUBMISSION, t->lead_id, t->submission_id))
            return false;
    return true;
}

bool sales_notice_run(struct ctx *cx, const struct job *job)
{
    struct telling *t = NEW(cx->a, struct telling, 1);
    if (!payload_read(cx, job, t)) return true; /* ours, and no sense in trying again */
    if (!db_read(cx, notice_read, t)) return false;
    if (t->gone || t->to_count + t->bell_count == 0) return true;
    for (int i = 0; i < t->to_count; i++)
        if (!notice_make(cx, t, i)) return false;
    if (!db_write(cx, DB_INTERACTIVE, mails_write, t)) return false;
    app_changed(cx->app, cx->workspace_id);
    return true;
}

/* --- to the sender --- */

static bool received_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct telling *t = arg;
    t->to_count = 0;
    if (!subject_read(cx, tx, t) || t->gone) return t->gone;
    bool here = t->lead.state == LEAD_ACTIVE || t->lead.state == LEAD_APPLICANT;
    if (t->lead.email.len > 0 && here)
        recipient_add(t, t->lead.email, S(""), str_eq(t->lead.lang, S("en")) ? LANG_EN : LANG_DE);
    return true;
}

static bool received_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct telling *t = arg;
    struct acknowledged_count_in in = {utf8_fold(cx->a, t->lead.email),
                                       id_first(cx->now_ms - DAY_MS)};
    struct acknowledged_count_row row;
    bool first, there;
    /* One at a time: whoever sends the form a thousand times has his victim told three times. */
    if (!lead_turn(cx, tx, t->lead_id, &there)) return false;
    if (!there) return true;
    if (!mark(tx, t, &first)) return false;
    if (!first) return true;
    if (!q_acknowledged_count(tx, &in, &row, NULL)) return false;
    return row.n >= RECEIVED_A_DAY || post_enqueue(cx, tx, &t->mail[0]);
}

bool sales_received_run(struct ctx *cx, const struct job *job)
{
    struct telling *t = NEW(cx->a, struct telling, 1);
    if (!payload_read(cx, job, t)) return true;
    if (!db_read(cx, received_read, t)) return false;
    if (t->gone || t->to_count == 0 || !t->handling.acknowledge) return true;
    struct value data = value_map(cx->a);
    value_set_text(data, "form", t->form_name);
    struct notice n = {.template_name = "mail/received",
                       .subject = "mail.received.subject",
                       .subject_arg_name = "workspace",
                       .subject_arg = t->words.workspace.name,
                       .to_name = S(""),
                       .lang = t->to[0].lang,
                       .data = data};
    return permit_transactional(cx, t->lead_id, t->to[0].address, &n.permit) &&
           notice_prepare(cx, &t->words, &n, &t->mail[0]) &&
           db_write(cx, DB_INTERACTIVE, received_write, t);
}

const struct job_kind sales_jobs[] = {
    {JOB_SALES_NOTICE, 0, sales_notice_run, 0},
    {JOB_SALES_RECEIVED, 0, sales_received_run, 0},
    {"sales.due", DUE_PERIOD_MS, sales_due_run, 0},
};
const int sales_job_count = COUNTOF(sales_jobs);

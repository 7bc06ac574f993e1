#include "capture/capture_inner.h"

#include "app.h"
#include "audit/audit.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/reach.h"
#include "base/tz.h"
#include "campaign/campaign.h"
#include "capture/correction.h"
#include "capture_sql.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "keys/lead_key.h"
#include "lead/lead.h"
#include "lead/lead_applicant.h"
#include "lead/lead_trial.h"
#include "sales/sales.h"
#include "spam/suspect.h"
#include "tally/tally.h"
#include "web/render.h"

/* Submissions, the first for each that is wanted; whoever sees some leads only finds his among the
 * last. */
enum { FIRST_LOOKED_AT = 4, LAST_LOOKED_AT = 2000 };

enum { DAY_MS = 86400000 };

/* What a submission writes; made ready before the transaction. */
struct submit {
    const struct submission_new *in;
    struct answers answers;
    int64_t submission_id;
    struct lead_new lead; /* as it is created if nobody has the address */
    struct lead_ready ready;
    struct confirmation confirmation; /* id 0: none */
    struct post_prepared mail;
    struct evidence evidence;
    struct wording wording[FORM_CONSENTS_MAX]; /* of the boxes that were ticked */
    struct consent_proof proof[FORM_CONSENTS_MAX];
    int wording_count;
    struct known known;
    str download_name;
    struct lead_file_taken file[FORM_FILES_MAX]; /* of answers.file */
    str answers_json, answers_sealed, props;     /* sealed: with the new lead's key */
    struct evidence signed_for;                  /* facts absent: nobody signed */
    str note;                                    /* of a stand; empty: none */
    /* what the write found out */
    int64_t lead_id, twin_id; /* another lead that has the address; 0: none */
    bool created, posted, again, checked;
    int64_t campaign_id; /* through which it comes; 0: none */
    str campaign;
};

static str first_contact_json(struct ctx *cx, const struct submission_new *in)
{
    const struct contact_context *context = &in->context;
    struct value map = value_map(cx->a);
    value_set_text(map, "at", rfc3339(cx->a, came_ms(cx, in)));
    value_set_text(map, "reason", S("form"));
    value_set_text(map, "form", id_text(cx->a, ID_FORM, in->form->form.id));
    value_set_text(map, "form_name", in->form->form.name);
    value_set_int(map, "form_version", in->form->version_no);
    value_set_text(map, "page", context->page_url);
    value_set_text(map, "referrer", context->referrer);
    value_set(map, "utm", context->utm);
    value_set_text(map, "language", context->lang == LANG_EN ? S("en") : S("de"));
    value_set_text(map, "device", context->device);
    value_set_text(map, "browser", context->browser);
    value_set_text(map, "os", context->os);
    visit_put(cx, map, in->visit);
    return json_text(cx->a, map);
}

static struct value submitted_map(struct ctx *cx, const struct submit *s)
{
    const struct submission_new *in = s->in;
    struct value map = value_map(cx->a);
    value_set_text(map, "form", in->form->form.name);
    value_set_text(map, "form_id", id_text(cx->a, ID_FORM, in->form->form.id));
    value_set_int(map, "form_version", in->form->version_no);
    value_set_text(map, "source", in->context.source);
    if (s->campaign_id != 0) {
        value_set_text(map, "campaign", s->campaign);
        value_set_text(map, "campaign_id", id_text(cx->a, ID_CAMPAIGN, s->campaign_id));
    }
    if (in->personal != NULL) value_set_bool(map, "personal", true);
    visit_put(cx, map, in->visit);
    return map;
}

static str answers_seal(struct ctx *cx, const struct submit *s, const struct seal_key *key)
{
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, s->submission_id);
    return seal(cx->a, key, s->answers_json, ad);
}

/* A request for mails that could reach nobody, and that nobody could confirm, is none: what was
 * ticked stands in the submission and in the evidence of the others. */
static bool reaches(const struct answers *answers, const struct form_consent *consent)
{
    return consent->channel != CHANNEL_EMAIL || answers->email.len > 0;
}

static bool prepare_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct submit *s = arg;
    const struct form_def *def = &s->in->form->def;
    int64_t bytes;
    str utm = value_str(value_get(s->in->context.utm, S("campaign")));
    s->wording_count = 0;
    bool applicant = def->kind == FORM_KIND_APPLICATION;
    /* A try is counted nowhere, and nobody applies through a campaign. */
    if (!s->in->test && !applicant &&
        !campaign_of_arrival(cx, tx, utm.ptr == NULL ? S("") : utm, s->in->form->form.id,
                             &s->campaign_id, &s->campaign))
        return false;
    for (int i = 0; i < def->consent_count; i++)
        if (s->answers.ticked[i] && reaches(&s->answers, &def->consent[i]) &&
            !wording_load(cx, tx, def->consent[i].wording_id, &s->wording[s->wording_count++]))
            return false;
    if (!download_of(cx, tx, def->download_id, &s->download_name, &bytes)) return false;
    /* A try shows what a stranger gets; at a stand an address is what somebody typed; of an
     * applicant nothing is known. */
    return s->in->test || s->in->visit != NULL || applicant || !def->double_opt_in ||
           known_look(cx, tx, s->answers.email, s->wording, s->wording_count, &s->known);
}

/* Most who submit are new. What a new lead needs is made and sealed here, beside the others, and
 * not in the transaction, for which everybody waits. */
static void prepare_lead(struct ctx *cx, struct submit *s)
{
    const struct submission_new *in = s->in;
    s->lead = (struct lead_new){.id = ctx_new_id(cx),
                                .email = s->answers.email,
                                .lang = in->context.lang == LANG_EN ? S("en") : S("de"),
                                .source = in->context.source,
                                .campaign_id = s->campaign_id,
                                .first_contact = first_contact_json(cx, in)};
    for (int i = 0; i < SLOT__COUNT; i++) s->lead.text[i] = s->answers.text[i];
    lead_make_ready(cx, &s->lead, &s->ready);
    s->answers_sealed = answers_seal(cx, s, &s->ready.key);
    for (int i = 0; i < s->wording_count; i++) consent_prove(cx, &s->evidence, &s->proof[i]);
}

/* A typed name is no signature: it stands in the evidence, and confirms nothing. */
static bool signed_by_hand(const struct submission_new *in)
{
    return in->visit != NULL && value_str(value_get(in->visit->signature, S("path"))).len > 0;
}

static bool prepare(struct ctx *cx, struct submit *s)
{
    const struct submission_new *in = s->in;
    bool asks = in->form->def.double_opt_in && s->answers.email.len > 0;
    s->submission_id = in->released.id != 0 ? in->released.id : ctx_new_id(cx);
    s->answers_json = answers_json(cx, &in->form->def, &s->answers, &in->context, in->visit);
    s->evidence = evidence_of_request(cx, in, &s->answers, S(""));
    if (signed_by_hand(in))
        s->signed_for = evidence_of_request(cx, in, &s->answers, S("signature"));
    if (!db_read(cx, prepare_read, s)) return false;
    s->props = json_text(cx->a, submitted_map(cx, s));
    prepare_lead(cx, s);
    if (!asks) return true;
    s->confirmation = (struct confirmation){
        .id = ctx_new_id(cx),
        .lead_id = s->lead.id,
        .submission_id = s->submission_id,
        .form_id = in->form->form.id,
        .email = s->answers.email,
        .state = CONFIRMATION_OPEN,
        .test = in->test,
        .requested_ms = came_ms(cx, in),
        .expires_ms = cx->now_ms + (int64_t)CONFIRMATION_DAYS * DAY_MS,
    };
    str name = lead_display_name(cx->a, s->answers.text, S(""));
    if (s->answers.text[SLOT_FIRST_NAME].len == 0 && s->answers.text[SLOT_LAST_NAME].len == 0)
        name = S("");
    if (!doi_prepare(cx, &s->confirmation, in->sender, in->context.lang, name, s->download_name,
                     s->wording, s->wording_count, &s->mail))
        return false;
    post_seal_ahead(cx, &s->ready.key, s->lead.id, &s->mail);
    return !s->known.is || known_prepare(cx, in, &s->confirmation, s->download_name, s->wording,
                                         s->wording_count, &s->known);
}

/* Who is known is asked only for what is new: nothing, or some of the consents. Where something has
 * changed since it was looked at, he is asked like a stranger. */
static bool ask_what_is_new(struct ctx *cx, struct tx *tx, struct submit *s)
{
    struct known now = {0};
    if (!s->known.is) return true;
    if (!known_look(cx, tx, s->answers.email, s->wording, s->wording_count, &now)) return false;
    s->known.is = known_same(&s->known, &now, s->wording_count);
    if (!s->known.is) return true;
    s->confirmation = s->known.confirmation;
    s->mail = s->known.ask;
    s->wording_count = known_fresh(&s->known, s->wording, s->wording_count);
    return true;
}

/* Who submits with an address that we know has not proved yet that it is his: nothing that is
 * there is overwritten, and a verified lead is left alone until the link is clicked. Who has a
 * personal link (and may have been passed it) adds what is missing. */
static bool fill_gaps(struct ctx *cx, struct tx *tx, const struct submit *s, int64_t lead_id)
{
    struct lead lead;
    if (!lead_load(cx, tx, lead_id, &lead)) return false;
    /* A try changes nothing in a lead that is somebody's. */
    if (s->in->test && lead.state != LEAD_TEST) return true;
    if (!s->in->test && !lead_take_up(cx, tx, &lead)) return false;
    /* Who was a try until now comes for the first time. */
    if (!s->in->test && lead.state == LEAD_TEST && s->campaign_id != 0 &&
        !lead_set_campaign(cx, tx, lead_id, s->campaign_id))
        return false;
    if (lead.email_state == EMAIL_VERIFIED && s->in->personal == NULL) return true;
    if (!s->in->test && lead.state != LEAD_ACTIVE && !lead_load(cx, tx, lead_id, &lead))
        return false;
    str text[SLOT__COUNT];
    for (int i = 0; i < SLOT__COUNT; i++)
        text[i] = lead.text[i].len > 0 ? lead.text[i] : s->answers.text[i];
    return lead_change(cx, tx, &lead, text, lead.phase, lead.version);
}

/* What was held back leaves the quarantine in the transaction that takes it in, once. */
static bool let_go(struct ctx *cx, struct tx *tx, const struct submission_new *in)
{
    struct value detail = value_map(cx->a);
    value_set_text(detail, "form", id_text(cx->a, ID_FORM, in->form->form.id));
    value_set_text(detail, "came_at", rfc3339(cx->a, in->released.came_ms));
    struct actor nobody = cx->actor;
    cx->actor = in->released.by;
    bool ok = suspect_drop(cx, tx, in->released.id) &&
              audit_write(cx, tx, "submission.release", "submission", in->released.id, 0, detail);
    cx->actor = nobody;
    return ok;
}

/* At a stand many people use one device, and some give an address that somebody has given before:
 * each is a lead of its own, so that nobody's answers get into another's. Of two with the same
 * address the first is recognised by it, and each tells of the other. */
static bool create_apart(struct ctx *cx, struct tx *tx, struct submit *s)
{
    enum email_state state;
    int64_t verified_ms;
    bool found = false, taken;
    if (s->lead.email.len > 0 &&
        !lead_by_email(cx, tx, s->lead.email, &s->twin_id, &state, &verified_ms, &found))
        return false;
    s->lead.twin = found;
    if (!lead_create_ready(cx, tx, &s->lead, &s->ready, &s->lead_id, &taken)) return false;
    s->created = true;
    if (!found) {
        s->twin_id = 0;
        return true;
    }
    struct value props = submitted_map(cx, s), other = value_map(cx->a);
    value_set_text(props, "twin", id_text(cx->a, ID_LEAD, s->twin_id));
    s->props = json_text(cx->a, props);
    value_set_text(other, "twin", id_text(cx->a, ID_LEAD, s->lead_id));
    return touchpoint_record(cx, tx, s->twin_id, TOUCH_TWIN_ADDED, s->submission_id,
                             json_text(cx->a, other));
}

static bool is_application(const struct submit *s)
{
    return s->in->form->def.kind == FORM_KIND_APPLICATION;
}

/* Each application is apart from all leads, also from the one that has its address: nothing is
 * found by it, and nobody in sales hears of it. */
static bool create_applicant(struct ctx *cx, struct tx *tx, struct submit *s)
{
    bool taken;
    s->lead.twin = s->created = true;
    return lead_create_ready(cx, tx, &s->lead, &s->ready, &s->lead_id, &taken) &&
           (s->in->test ? lead_make_test(cx, tx, s->lead_id)
                        : lead_make_applicant(cx, tx, s->lead_id));
}

static bool find_or_create(struct ctx *cx, struct tx *tx, struct submit *s)
{
    bool known;
    if (is_application(s)) return create_applicant(cx, tx, s);
    if (s->in->visit != NULL) return create_apart(cx, tx, s);
    if (s->in->personal != NULL) { /* gone meanwhile: ERR_NOT_FOUND */
        s->lead_id = s->in->personal->id;
        return fill_gaps(cx, tx, s, s->lead_id);
    }
    if (!lead_create_ready(cx, tx, &s->lead, &s->ready, &s->lead_id, &known)) return false;
    s->created = !known;
    if (s->created && s->in->test && !lead_make_test(cx, tx, s->lead_id)) return false;
    return s->created || fill_gaps(cx, tx, s, s->lead_id);
}

static bool touch(struct ctx *cx, struct tx *tx, const struct submit *s, enum touchpoint_kind kind,
                  int64_t object_id, str props)
{
    return s->created ? touchpoint_begin(cx, tx, s->lead_id, kind, object_id, props)
                      : touchpoint_record(cx, tx, s->lead_id, kind, object_id, props);
}

static bool files_write(struct ctx *cx, struct tx *tx, const struct submit *s,
                        const struct seal_key *key)
{
    for (int i = 0; i < s->answers.file_count; i++)
        if (!lead_file_give(cx, tx, &s->file[i], s->lead_id, key, s->submission_id)) return false;
    return true;
}

static bool submission_write(struct ctx *cx, struct tx *tx, const struct submit *s)
{
    struct seal_key key = s->ready.key;
    struct submission_add_in in = {
        .id = s->submission_id,
        .form_id = s->in->form->form.id,
        .form_version_id = s->in->form->version_id,
        .lead_id = s->lead_id,
        .at_ms = came_ms(cx, s->in),
        .state = s->confirmation.id != 0 ? SUBMISSION_WAITING : SUBMISSION_NEW,
        .answers = s->answers_sealed,
        .is_test = s->in->test,
    };
    if (!s->created) {
        bool found;
        if (!lead_key_load(cx, tx, s->lead_id, &key, &found)) return false;
        if (!found) return fail_detail(cx, ERR_INTERNAL, "error.internal", "a lead has no key");
        in.answers = answers_seal(cx, s, &key);
    }
    return q_submission_add(tx, &in, NULL) &&
           (s->in->test || tally_note(cx, tx, TALLY_FORM, in.form_id, in.at_ms, S(""), 1, 0)) &&
           files_write(cx, tx, s, &key) &&
           touch(cx, tx, s, TOUCH_FORM_SUBMITTED, s->submission_id, s->props);
}

static bool consents_write(struct ctx *cx, struct tx *tx, const struct submit *s)
{
    for (int i = 0; i < s->wording_count; i++) {
        const struct wording *w = &s->wording[i];
        /* A known lead's events follow those that his earlier requests end with, also by id. */
        bool ok =
            s->created
                ? consent_request_ready(cx, tx, s->lead_id, w, s->confirmation.id, &s->proof[i])
                : consent_request(cx, tx, s->lead_id, w->id, s->confirmation.id, &s->evidence);
        if (!ok) return false;
        if (s->signed_for.facts.len > 0 && !consent_sign(cx, tx, s->lead_id, w->id, &s->signed_for))
            return false;
    }
    return true;
}

/* The confirmation and its mail, unless this lead has been sent enough of them today. */
static bool confirmation_write(struct ctx *cx, struct tx *tx, struct submit *s)
{
    int64_t today = 0;
    s->posted = false;
    if (!s->created && !confirmation_count_since(cx, tx, s->lead_id, cx->now_ms - DAY_MS, &today))
        return false;
    if ((s->twin_id != 0 || is_application(s)) &&
        !confirmation_count_of_address(cx, tx, s->confirmation.email, cx->now_ms - DAY_MS, &today))
        return false;
    int64_t taken_back;
    if (!correction_mails_since(cx, tx, s->confirmation.email, cx->now_ms - DAY_MS, &taken_back))
        return false;
    if (today + taken_back >= DOI_MAILS_A_DAY) {
        s->confirmation.id = 0;
        return true;
    }
    struct confirmation c = s->confirmation;
    c.lead_id = s->lead_id;
    struct post_prepared mail = s->mail;
    /* A colleague's try, what a colleague let in, and an address that has proved itself: at once.
     */
    s->checked =
        !s->in->test && s->in->released.id == 0 && !s->known.is && mail_check_wanted(cx, c.email);
    struct mail_check check = {s->lead_id, s->submission_id, mail.mail.id};
    if (s->checked) mail.next_ms = cx->now_ms + MAIL_CHECK_MS;
    bool opened = s->created ? confirmation_open_first(cx, tx, &c) : confirmation_open(cx, tx, &c);
    if (!opened || !permit_doi(cx, &c, &mail.permit) || !post_enqueue(cx, tx, &mail)) return false;
    if (s->checked && !mail_check_add(cx, tx, &check)) return false;
    s->posted = true;
    return touch(cx, tx, s, TOUCH_DOI_REQUESTED, c.id, S("{}"));
}

/* Whoever releases what was held back decides for it: it comes in even where no place is left. */
static bool place_take(struct ctx *cx, struct tx *tx, const struct submission_new *in)
{
    bool taken = in->test || form_take(cx, tx, in->form);
    if (taken || in->released.id == 0 || cx->err.code != ERR_GONE) return taken;
    err_clear(cx);
    return true;
}

/* The place of the one it corrects, or one of its own. */
static bool come_in(struct ctx *cx, struct tx *tx, const struct submit *s)
{
    const struct submission_new *in = s->in;
    bool late = in->visit != NULL && in->visit->late; /* he was there in time */
    bool first = in->corrects != 0, instead = false;
    /* Of two applications with one address each is somebody's own. */
    str same = is_application(s) ? S("") : s->answers.email;
    /* What was held back has been marked when it came. */
    if (first && in->released.id == 0 && !correction_mark(cx, tx, in->corrects, &first))
        return false;
    if (first && !correction_begin(cx, tx, in->corrects, same, &instead)) return false;
    if (!late && !instead && !place_take(cx, tx, in)) return false;
    return in->released.id == 0 || let_go(cx, tx, in);
}

static bool submit_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct submit *s = arg;
    struct submit run = *s; /* the write may be run again */
    s->again = false;
    if (s->in->once != NULL && !s->in->once(cx, tx, s->in->once_arg, s->submission_id, &s->again))
        return false;
    if (s->again) return true;
    if (!come_in(cx, tx, s)) return false;
    if (!ask_what_is_new(cx, tx, &run) || !find_or_create(cx, tx, &run) ||
        !submission_write(cx, tx, &run) || (run.known.is && !known_tell(cx, tx, &run.known)))
        return false;
    bool asked = run.confirmation.id != 0;
    if (asked && !confirmation_write(cx, tx, &run)) return false;
    /* Without the mail nobody could confirm: such a request would only look like one. */
    bool capped = asked && !run.posted;
    if (!capped && !consents_write(cx, tx, &run)) return false;
    struct sales_arrival arrival = {.lead_id = run.lead_id,
                                    .submission_id = run.submission_id,
                                    .form_id = run.in->form->form.id,
                                    .text = run.answers.text,
                                    .created = run.created,
                                    .waits = asked,
                                    /* One mail is enough. */
                                    .has_email = run.answers.email.len > 0 && !run.known.is,
                                    .applicant = is_application(s)};
    if (!s->in->test && !sales_on_submission(cx, tx, &arrival)) return false;
    int64_t note_id;
    if (s->note.len > 0 && !lead_note_add(cx, tx, run.lead_id, s->note, &note_id)) return false;
    s->lead_id = run.lead_id;
    s->posted = run.posted;
    s->checked = run.checked;
    return true;
}

/* What staff wrote down, and what was put in but is no answer, for whoever looks after the lead. */
static str stand_note(struct ctx *cx, const struct stand_visit *visit, str left)
{
    struct buf b = buf_new(cx->a, 16 * LIMIT_TEXT_BYTES);
    if (visit == NULL || (visit->note.len == 0 && left.len == 0)) return S("");
    buf_printf(&b, "%.*s%s%.*s\n", STR_ARG(visit->stand), visit->staff.len > 0 ? ", " : "",
               STR_ARG(visit->staff));
    if (visit->note.len > 0) buf_printf(&b, "%.*s\n", STR_ARG(visit->note));
    if (left.len > 0)
        buf_printf(&b, "%.*s\n%.*s\n",
                   STR_ARG(render_text(cx, cx->lang, "kiosk.note_left", NULL, 0)), STR_ARG(left));
    return str_trim(buf_str(&b));
}

bool capture_submit(struct ctx *cx, const struct submission_new *in, struct submission_done *out)
{
    struct submit s = {.in = in};
    const struct form_def *def = &in->form->def;
    str left = S("");
    bool again = in->released.id != 0, late = in->visit != NULL && in->visit->late;
    if (late ? !answers_read_late(cx, def, in->body, &s.answers, &left)
             : !(again ? answers_read_again : answers_read)(cx, def, in->body, &s.answers))
        return false;
    s.note = stand_note(cx, in->visit, left);
    if (in->personal != NULL) s.answers.email = in->personal->email;
    uint32_t reasons = suspicion_of(cx, in, &s.answers);
    if (reasons != 0) return suspect_take(cx, in, &s.answers, reasons, out);
    if (!sent_files_take(cx, in, &s.answers, s.file)) return false;
    if (!prepare(cx, &s) || !db_write(cx, DB_INTERACTIVE, submit_write, &s)) return false;
    if (s.checked || (in->corrects != 0 && cx->app != NULL)) jobs_wake(cx->app->jobs);
    *out = (struct submission_done){.again = true};
    if (s.again) return true;
    *out = (struct submission_done){.id = s.submission_id,
                                    .lead_id = s.lead_id,
                                    .confirm = s.confirmation.id != 0,
                                    .email = s.answers.email};
    return true;
}

bool download_of(struct ctx *cx, struct tx *tx, int64_t file_id, str *name, int64_t *bytes)
{
    (void)cx;
    struct file file = {0};
    bool found;
    if (file_id > 0 && !file_find(cx, tx, file_id, &file, &found)) return false;
    *name = file.name;
    *bytes = file.size_bytes;
    return true;
}

const char *submission_state_name(enum submission_state state)
{
    static const char *const names[SUBMISSION_STATE__COUNT] = {"new", "waiting", "confirmed",
                                                               "unconfirmed"};
    return names[state];
}

bool submission_list(struct ctx *cx, struct tx *tx, int limit, struct submission_rows *out)
{
    struct reach reach = reach_of(&cx->actor);
    /* Who sees all finds his mostly among the first few. */
    int look = reach.any != 0 ? limit * FIRST_LOOKED_AT : LAST_LOOKED_AT;
    struct submission_last_in in = {reach.any, reach.mine, reach.mine_too, look, limit};
    struct submission_last_rows rows;
    if (!q_submission_last(tx, &in, &rows)) return false;
    in.look = LAST_LOOKED_AT;
    if (rows.count < limit && look < LAST_LOOKED_AT && !q_submission_last(tx, &in, &rows))
        return false;
    *out = (struct submission_rows){NEW(cx->a, struct submission_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct submission_last_row *r = &rows.row[i];
        out->row[i] = (struct submission_row){.id = r->id,
                                              .at_ms = r->at_ms,
                                              .lead_id = r->lead_id,
                                              .form_id = r->form_id,
                                              .state = (enum submission_state)r->state,
                                              .name = r->display_name,
                                              .email = r->email,
                                              .company = r->company,
                                              .form_name = r->form_name};
    }
    return true;
}

bool submission_count(struct ctx *cx, struct tx *tx, int64_t since_ms, int64_t *count)
{
    struct reach reach = reach_of(&cx->actor);
    struct submission_count_since_in in = {id_first(since_ms)};
    struct submission_count_since_row row;
    struct submission_count_reach_in within = {id_first(since_ms), reach.mine, reach.mine_too};
    struct submission_count_reach_row seen;
    if (reach.any == 0) {
        if (!q_submission_count_reach(tx, &within, &seen, NULL)) return false;
        *count = seen.n;
        return true;
    }
    if (!q_submission_count_since(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool submission_of_lead(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_id,
                        int limit, struct submission_rows *out)
{
    struct submission_of_lead_in in = {lead_id, before_id == 0 ? INT64_MAX : before_id, limit};
    struct submission_of_lead_rows rows;
    struct seal_key key;
    bool found;
    if (!q_submission_of_lead(tx, &in, &rows) || !lead_key_load(cx, tx, lead_id, &key, &found))
        return false;
    *out = (struct submission_rows){NEW(cx->a, struct submission_row, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct submission_of_lead_row *r = &rows.row[i];
        str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, r->id), plain;
        out->row[i] = (struct submission_row){.id = r->id,
                                              .at_ms = r->at_ms,
                                              .lead_id = lead_id,
                                              .form_id = r->form_id,
                                              .form_version = r->form_version_no,
                                              .state = (enum submission_state)r->state,
                                              .form_name = r->form_name};
        if (found && seal_open(cx->a, &key, r->answers, ad, &plain)) out->row[i].answers = plain;
    }
    return true;
}

#include "capture/correction.h"

#include "capture/submission.h"
#include "capture_sql.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "keys/token.h"
#include "lead/lead.h"
#include "spam/suspect.h"

enum { DAY_MS = 86400000, TOUCHES = 30 };

str correction_token(struct ctx *cx, int64_t submission_id, int64_t form_id)
{
    struct token t = {.use = TOKEN_CHANGE,
                      .workspace_id = cx->workspace_id,
                      .subject_id = submission_id,
                      .object_id = form_id,
                      .expires_at_s = cx->now_ms / 1000 + CORRECTION_S};
    return token_sign(cx->a, cx->keys, t);
}

static bool token_open(struct ctx *cx, str text, int64_t form_id, int64_t *submission_id)
{
    struct token t;
    if (text.len <= 0 ||
        token_verify(text, cx->keys, TOKEN_CHANGE, cx->now_ms / 1000, &t) != TOKEN_OK ||
        t.workspace_id != cx->workspace_id || t.object_id != form_id)
        return false;
    *submission_id = t.subject_id;
    return true;
}

bool correction_is_token(struct ctx *cx, str token, int64_t form_id)
{
    int64_t id;
    return token_open(cx, token, form_id, &id);
}

/* --- what was typed --- */

struct opening {
    const struct form_live *form;
    int64_t submission_id;
    bool found;
    struct submission_item item;
};

static bool opening_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct opening *o = arg;
    struct correction_get_in in = {o->submission_id};
    struct correction_get_row row;
    bool used;
    o->found = false;
    if (!q_correction_get(tx, &in, &row, &used)) return false;
    if (used) return true;
    o->found = submission_find(cx, tx, o->form->form.id, o->submission_id, &o->item);
    if (o->found || cx->err.code != ERR_NOT_FOUND) return o->found;
    err_clear(cx);
    return true;
}

/* A browser gives no file back, and a box is ticked by the visitor himself, each time. */
static struct value typed_again(struct ctx *cx, const struct form_def *def, struct value fields)
{
    struct value map = value_map(cx->a);
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        str text = value_str(value_get(fields, str_of(f->def->key)));
        if (text.len <= 0) continue;
        value_set_str(map, str_of(f->def->key),
                      f->type == FIELD_FILE ? value_map(cx->a) : value_text(text));
    }
    return map;
}

static str told(struct value answers, const char *key)
{
    str text = value_str(value_get(answers, str_of(key)));
    return text.ptr == NULL ? S("") : text;
}

bool correction_read(struct ctx *cx, str token, const struct form_live *form,
                     struct correction *out)
{
    struct opening o = {.form = form};
    *out = (struct correction){0};
    if (!token_open(cx, token, form->form.id, &o.submission_id)) return true;
    if (!db_read(cx, opening_read, &o)) return false;
    if (!o.found || o.item.test) return true;
    struct value answers = o.item.answers, utm = value_get(answers, S("utm"));
    if (answers.type != VALUE_MAP) return true;
    *out =
        (struct correction){.submission_id = o.submission_id,
                            .typed = typed_again(cx, &form->def, value_get(answers, S("fields"))),
                            .page = told(answers, "page"),
                            .referrer = told(answers, "referrer"),
                            .source = told(answers, "source"),
                            .utm = utm.type == VALUE_MAP ? utm : value_map(cx->a)};
    return true;
}

/* --- in its place --- */

/* Until the click nobody may learn from a full form whether an address was known. Whoever has
 * clicked has the place for good; and what he sends with the same address is the same person's. */
static bool hands_on(struct ctx *cx, struct tx *tx, const struct submission_get_row *row, str email,
                     bool *place)
{
    struct lead lead;
    bool there;
    *place = row->state != SUBMISSION_CONFIRMED;
    if (!lead_turn(cx, tx, row->lead_id, &there)) return false; /* he may be clicking just now */
    if (*place || email.len == 0) return true;
    if (!lead_load_any(cx, tx, row->lead_id, &lead)) return false;
    *place = str_eq(lead.email, email);
    return true;
}

bool correction_mark(struct ctx *cx, struct tx *tx, int64_t submission_id, bool *first)
{
    struct correction_add_in in = {submission_id, cx->now_ms};
    int64_t changed;
    if (!q_correction_add(tx, &in, &changed)) return false;
    *first = changed != 0;
    return true;
}

static bool take_back_soon(struct ctx *cx, struct tx *tx, int64_t submission_id)
{
    return job_add(cx, tx, "submission.take_back",
                   str_printf(cx->a, "%lld", (long long)submission_id), 0);
}

/* What was taken in, behind those that are held back and were each to replace the one before. */
static bool accepted_before(struct ctx *cx, struct tx *tx, int64_t submission_id,
                            struct submission_get_row *row, bool *found)
{
    struct suspect held;
    for (int64_t id = submission_id, before; id != 0; id = before) {
        struct submission_get_in of = {id};
        if (!q_submission_get(tx, &of, row, found)) return false;
        if (*found) return true;
        if (!suspect_find(cx, tx, id, &held, found)) return false;
        before = *found ? suspect_corrects(cx, held.body) : 0;
    }
    *found = false;
    return true;
}

bool correction_begin(struct ctx *cx, struct tx *tx, int64_t submission_id, str email, bool *place)
{
    struct submission_get_row row;
    bool found;
    *place = false;
    if (!accepted_before(cx, tx, submission_id, &row, &found) ||
        (found && !hands_on(cx, tx, &row, email, place)))
        return false;
    return take_back_soon(cx, tx, submission_id);
}

static int64_t email_number(struct ctx *cx, str email)
{
    return key_hash_id(cx->keys, KEY_IDENTITY, str_printf(cx->a, "taken|%.*s", STR_ARG(email)));
}

bool correction_mails_since(struct ctx *cx, struct tx *tx, str email, int64_t since_ms,
                            int64_t *count)
{
    struct correction_mails_in in = {email_number(cx, email), since_ms};
    struct correction_mails_row row;
    if (!q_correction_mails(tx, &in, &row, NULL)) return false;
    *count = row.n;
    return true;
}

/* --- what the first sending has made --- */

/* What a sending leaves by itself: its own arrival, its mails, and the owner that a rule names in
 * the same moment. All else is somebody's work, or shows that the address is in use. */
static bool touch_is_own(const struct touchpoint *t, int64_t created_ms)
{
    return t->kind == TOUCH_FORM_SUBMITTED || t->kind == TOUCH_DOI_REQUESTED ||
           t->kind == TOUCH_MAIL_SENT || t->kind == TOUCH_MAIL_FAILED ||
           (t->kind == TOUCH_OWNER_CHANGED && t->at_ms == created_ms);
}

static bool touches_are_own(struct ctx *cx, struct tx *tx, const struct lead *lead, bool *own)
{
    struct touchpoints all;
    if (!touchpoint_list(cx, tx, lead->id, 0, 0, TOUCHES, &all)) return false;
    *own = all.count < TOUCHES;
    for (ptrdiff_t i = 0; i < all.count; i++)
        *own = *own && touch_is_own(&all.row[i], lead->created_ms);
    return true;
}

static bool consents_only_asked(struct ctx *cx, struct tx *tx, int64_t lead_id, bool *asked)
{
    struct consent_rows all;
    if (!consent_list(cx, tx, lead_id, &all)) return false;
    *asked = true;
    for (ptrdiff_t i = 0; i < all.count; i++)
        *asked = *asked && all.row[i].state == CONSENT_REQUESTED;
    return true;
}

bool correction_lead(struct ctx *cx, struct tx *tx, int64_t submission_id, int64_t *lead_id)
{
    struct submission_get_in in = {submission_id};
    struct submission_get_row row;
    struct submission_rows all;
    struct lead lead;
    bool found, there, own, asked;
    *lead_id = 0;
    if (!q_submission_get(tx, &in, &row, &found)) return false;
    if (!found || row.is_test != 0 || row.state != SUBMISSION_WAITING) return true;
    if (!lead_turn(cx, tx, row.lead_id, &there)) return false;
    if (!there) return true;
    if (!lead_load_any(cx, tx, row.lead_id, &lead) ||
        !submission_of_lead(cx, tx, row.lead_id, 0, 2, &all) ||
        !touches_are_own(cx, tx, &lead, &own) || !consents_only_asked(cx, tx, row.lead_id, &asked))
        return false;
    /* Not every change stands in the timeline; a mail that came back is one, and nobody's work. */
    bool changed = lead.updated_ms != lead.created_ms && lead.email_state != EMAIL_BOUNCING;
    bool fresh = lead.created_ms == row.at_ms && !changed && lead.phase == PHASE_LEAD &&
                 (lead.state == LEAD_ACTIVE || lead.state == LEAD_APPLICANT) &&
                 lead.rejected_ms == 0 && lead.handling == HANDLING_NEW &&
                 lead.email_state != EMAIL_VERIFIED &&
                 cx->now_ms - lead.created_ms < (int64_t)2 * CORRECTION_S * 1000;
    if (fresh && own && asked && all.count == 1) *lead_id = row.lead_id;
    return true;
}

bool correction_done(struct ctx *cx, struct tx *tx, int64_t submission_id, int64_t lead_id)
{
    struct lead lead;
    struct suspect held;
    bool found;
    if (!suspect_find(cx, tx, submission_id, &held, &found)) return false;
    int64_t before = found ? suspect_corrects(cx, held.body) : 0;
    if ((found && !suspect_drop(cx, tx, submission_id)) ||
        (before != 0 && !take_back_soon(cx, tx, before)))
        return false;
    if (lead_id == 0) return true;
    struct correction_set_in in = {.submission_id = submission_id};
    if (!lead_load_any(cx, tx, lead_id, &lead) ||
        !confirmation_count_since(cx, tx, lead_id, 0, &in.mails_n))
        return false;
    in.email_n = email_number(cx, lead.email);
    return q_correction_set(tx, &in, NULL);
}

bool correction_forget(struct ctx *cx, struct tx *tx)
{
    struct correction_forget_in old = {cx->now_ms - DAY_MS};
    return q_correction_forget(tx, &old, NULL);
}

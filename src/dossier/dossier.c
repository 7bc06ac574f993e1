#include "dossier/dossier.h"

#include "audit/audit.h"
#include "backup/erasures.h"
#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "bell/bell.h"
#include "importer/import.h"
#include "lead/lead_history.h"
#include "post/post.h"
#include "sales/sales.h"
#include "setting/setting.h"
#include "spam/suspect.h"

bool dossier_load(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t before_ms,
                  int64_t before_id, struct dossier *out)
{
    struct settings settings;
    *out = (struct dossier){0};
    if (!lead_load(cx, tx, lead_id, &out->lead) ||
        !lead_identities(cx, tx, lead_id, &out->identities) ||
        !consent_list(cx, tx, lead_id, &out->consents) ||
        !consent_events(cx, tx, lead_id, &out->events) ||
        !submission_of_lead(cx, tx, lead_id, 0, DOSSIER_SUBMISSIONS, &out->submissions) ||
        !lead_file_list(cx, tx, lead_id, &out->files) ||
        !lead_note_list(cx, tx, lead_id, &out->notes) ||
        !touchpoint_list(cx, tx, lead_id, before_ms, before_id, DOSSIER_TOUCHPOINTS + 1,
                         &out->touchpoints) ||
        !setting_load(cx, tx, &settings))
        return false;
    out->more = out->touchpoints.count > DOSSIER_TOUCHPOINTS;
    if (out->more) out->touchpoints.count = DOSSIER_TOUCHPOINTS;
    out->time_zone = settings.value[SETTING_TIME_ZONE];
    out->legal_name = settings.value[SETTING_LEGAL_NAME];
    out->applicant_months = setting_number(&settings, SETTING_APPLICANT_KEEP_MONTHS);
    int64_t gone_ms = setting_number(&settings, SETTING_TOUCHPOINTS_GONE_MS);
    if (out->lead.created_ms < gone_ms) out->gone_ms = gone_ms;
    return true;
}

/* The id behind a slug, by what this lead has consented to over the channel. */
static bool purpose_id_of(struct ctx *cx, struct tx *tx, const struct withdrawal *in, int64_t *id)
{
    struct consent_rows rows;
    *id = 0;
    if (in->purpose.len == 0) return true;
    if (!consent_list(cx, tx, in->lead_id, &rows)) return false;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct consent_row *c = &rows.row[i];
        struct wording w;
        if (c->channel != in->channel || !str_eq(c->purpose, in->purpose)) continue;
        if (!wording_load(cx, tx, c->wording_id, &w)) return false;
        *id = w.purpose_id;
        return true;
    }
    return fail_field(cx, S("purpose"), "error.choice_invalid");
}

bool dossier_withdraw(struct ctx *cx, struct tx *tx, const struct withdrawal *in)
{
    struct lead lead;
    int64_t purpose_id;
    if (!lead_load(cx, tx, in->lead_id, &lead) || !purpose_id_of(cx, tx, in, &purpose_id))
        return false;
    struct value facts = value_map(cx->a), detail = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, cx->now_ms));
    value_set_text(facts, "method", S("by_hand"));
    value_set_text(facts, "user", id_text(cx->a, ID_USER, cx->actor.user_id));
    value_set_text(facts, "note", in->note.len > 0 ? in->note : (str){0});
    /* No address of whoever types it in: that would prove nothing about the person. */
    struct evidence evidence = {json_text(cx->a, facts), S("{}")};
    value_set_text(detail, "purpose", in->purpose.len > 0 ? in->purpose : S("*"));
    value_set_text(detail, "channel", str_of(channel_name(in->channel)));
    return consent_withdraw(cx, tx, in->lead_id, purpose_id, in->channel, &evidence) &&
           audit_write(cx, tx, "consent.withdraw", "lead", in->lead_id, in->lead_id, detail);
}

/* Two leads may have one address (a stand): it is that of the one that is recognised by it. */
static bool address_of_another(struct ctx *cx, struct tx *tx, const struct lead *lead, bool *is)
{
    enum email_state state;
    int64_t holder, verified_ms;
    *is = false;
    if (lead->email.len == 0) return true;
    if (!lead_by_email(cx, tx, lead->email, &holder, &state, &verified_ms, is)) return false;
    *is = *is && holder != lead->id;
    return true;
}

/* Rows of files may name an address that the lead had before: gone, too, unless it is another's by
 * now. */
static bool former_go(struct ctx *cx, struct tx *tx, const struct lead *lead)
{
    struct addresses former = {0};
    do {
        if (!lead_former_addresses(cx, tx, lead->id, former.before_id, &former)) return false;
        for (ptrdiff_t i = 0; i < former.count; i++) {
            str email = former.email[i];
            enum email_state state;
            int64_t holder, verified_ms;
            bool held;
            if (!lead_by_email(cx, tx, email, &holder, &state, &verified_ms, &held)) return false;
            if (held && holder != lead->id) continue;
            if (lead->state != LEAD_TEST && !import_forbid(cx, tx, email)) return false;
            if (!import_erase(cx, tx, email)) return false;
        }
    } while (former.before_id != 0);
    return true;
}

bool dossier_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct lead lead;
    bool another;
    if (!lead_load(cx, tx, lead_id, &lead) || !address_of_another(cx, tx, &lead, &another))
        return false;
    /* The address may come back by an import or a list: it is not written to then, until the
     * person asks for it. */
    bool own = lead.state == LEAD_TEST; /* a colleague's, who will try again */
    /* What a customer has agreed to does not end with an application from his address, nor with a
     * second lead that had it. */
    bool applicant = lead.state == LEAD_APPLICANT, named = lead.email.len > 0;
    if (named && !own && !applicant && !another &&
        !consent_suppress(cx, tx, lead.email, CAUSE_ERASURE))
        return false;
    if (named && !suspect_erase(cx, tx, lead.email, applicant)) return false;
    if (named && !applicant && !another && !own && !import_forbid(cx, tx, lead.email)) return false;
    if (named && !applicant && !import_erase(cx, tx, lead.email)) return false;
    if (!applicant && !former_go(cx, tx, &lead)) return false;
    if (!import_erase_lead(cx, tx, lead_id)) return false;
    return post_erase(cx, tx, lead_id) && capture_erase(cx, tx, lead_id) &&
           consent_erase(cx, tx, lead_id) && sales_erase(cx, tx, lead_id) &&
           bell_erase(cx, tx, lead_id) && lead_erase(cx, tx, lead_id) &&
           audit_write(cx, tx, "lead.erase", "lead", lead_id, 0, value_null());
}

static bool is_there(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    return lead_load(cx, tx, *(const int64_t *)arg, &lead);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, *(const int64_t *)arg);
}

bool dossier_erase_noted(struct ctx *cx, int64_t lead_id)
{
    return db_read(cx, is_there, &lead_id) && erasure_note(cx, lead_id, false) &&
           erasure_end(cx, lead_id, db_write(cx, DB_INTERACTIVE, erase_write, &lead_id), true);
}

/* --- the trash --- */

struct purge {
    int64_t before_ms, lead_id;
    int limit;
    struct lead_refs due;
    bool erased;
};

static bool purge_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct purge *p = arg;
    return lead_trash_overdue(cx, tx, p->before_ms, p->limit, &p->due);
}

/* Asked again: somebody may have taken it out of the trash in the meantime. */
static bool purge_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct purge *p = arg;
    struct lead lead;
    p->erased = false;
    if (!lead_load(cx, tx, p->lead_id, &lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (lead.state != LEAD_TRASHED || lead.trashed_ms > p->before_ms) return true;
    p->erased = true;
    return dossier_erase(cx, tx, p->lead_id);
}

bool dossier_purge(struct ctx *cx, int limit, int64_t *erased)
{
    int64_t workspace_id = cx->workspace_id;
    struct purge p = {.before_ms = cx->now_ms - (int64_t)LEAD_TRASH_DAYS * 86400000,
                      .limit = limit};
    struct err first = {.code = ERR_NONE};
    int failed = 0;
    *erased = 0;
    if (!db_read(cx, purge_read, &p)) return false;
    for (ptrdiff_t i = 0; i < p.due.count && failed < ERASURES_FAIL_MAX; i++) {
        cx->workspace_id = p.due.row[i].workspace_id;
        p.lead_id = p.due.row[i].id;
        bool ok = erasure_note(cx, p.lead_id, false);
        /* Taken out of the trash in the last moment: a restore must not take it away. */
        if (ok) {
            bool written = db_write(cx, DB_BULK, purge_write, &p);
            ok = erasure_end(cx, p.lead_id, written, p.erased);
        }
        if (ok && p.erased) (*erased)++;
        if (ok) continue;
        failed++;
        erasure_failed(cx, p.lead_id, &first);
    }
    cx->workspace_id = workspace_id;
    cx->err = first;
    return first.code == ERR_NONE;
}

/* The unsubscribe link: what it stands for, and what follows from it. */
#include "consent/unsubscribe.h"

#include "base/email.h"
#include "base/json.h"
#include "base/tz.h"
#include "keys/token.h"
#include "lead/lead.h"

const char *const unsubscribe_reasons[] = {"too_often", "not_relevant", "not_requested", "other"};
const int unsubscribe_reason_count = (int)COUNTOF(unsubscribe_reasons);

str unsubscribe_url(struct ctx *cx, str base_url, int64_t lead_id, int64_t purpose_id)
{
    str token = token_sign(cx->a, cx->keys,
                           (struct token){.use = TOKEN_UNSUBSCRIBE,
                                          .workspace_id = cx->workspace_id,
                                          .subject_id = lead_id,
                                          .object_id = purpose_id});
    return str_printf(cx->a, "%.*s/u/%.*s", STR_ARG(base_url), STR_ARG(token));
}

static enum unsubscribe_kind token_kind(struct ctx *cx, str text, struct token *token)
{
    enum token_err err = token_verify(text, cx->keys, TOKEN_UNSUBSCRIBE, cx->now_ms / 1000, token);
    if (err == TOKEN_MALFORMED) return UNSUBSCRIBE_UNKNOWN;
    if (err == TOKEN_FORGED) return UNSUBSCRIBE_FORGED;
    if (err == TOKEN_MISUSED || token->workspace_id != cx->workspace_id) return UNSUBSCRIBE_FOREIGN;
    return UNSUBSCRIBE_OPEN; /* these never expire */
}

static bool stands(const struct consent_row *row)
{
    return row->state == CONSENT_CONFIRMED || row->state == CONSENT_REQUESTED;
}

/* What would end: the consents over e-mail that stand; where none does, what was withdrawn. */
static void items_of(const struct consent_rows *rows, struct unsubscribe_view *out)
{
    for (int pass = 0; pass < 2 && out->item_count == 0; pass++) {
        out->kind = pass == 0 ? UNSUBSCRIBE_OPEN : UNSUBSCRIBE_DONE;
        for (ptrdiff_t i = 0; i < rows->count; i++) {
            const struct consent_row *row = &rows->row[i];
            bool meant = out->purpose_id == 0 || out->purpose_id == row->purpose_id;
            bool shown = pass == 0 ? stands(row) : row->state == CONSENT_WITHDRAWN;
            if (row->channel != CHANNEL_EMAIL) continue;
            if (!meant && stands(row)) out->others = true;
            if (meant && shown && out->item_count < CONSENT_ITEMS_MAX)
                out->item[out->item_count++] = *row;
        }
    }
}

struct job {
    str token;
    const struct unsubscribe_request *request; /* NULL: look only */
    struct evidence evidence;
    str reason_props;
    struct unsubscribe_view *out;
};

static bool view_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *job = arg;
    struct unsubscribe_view *out = job->out;
    struct token token = {0};
    struct lead lead;
    struct consent_rows rows;
    *out = (struct unsubscribe_view){.kind = token_kind(cx, job->token, &token)};
    if (out->kind != UNSUBSCRIBE_OPEN) return true;
    if (!lead_load(cx, tx, token.subject_id, &lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx); /* erased meanwhile: nothing reaches that address any more */
        out->kind = UNSUBSCRIBE_UNKNOWN;
        return true;
    }
    if (!consent_list(cx, tx, lead.id, &rows)) return false;
    bool all = job->request != NULL && job->request->all;
    out->lead_id = lead.id;
    out->purpose_id = all ? 0 : token.object_id;
    out->lang = lead.lang;
    out->email_masked = email_mask(cx->a, lead.email);
    items_of(&rows, out);
    return true;
}

bool unsubscribe_look(struct ctx *cx, str token, struct unsubscribe_view *out)
{
    struct job job = {.token = token, .out = out};
    return db_read(cx, view_read, &job);
}

/* What the proof says about this withdrawal. */
static struct evidence evidence_of(struct ctx *cx, const struct unsubscribe_request *request)
{
    struct value facts = value_map(cx->a), network = value_map(cx->a);
    value_set_text(facts, "at", rfc3339(cx->a, cx->now_ms));
    value_set_text(facts, "method", S("link"));
    value_set_bool(facts, "one_click", request->one_click);
    value_set_bool(facts, "all_purposes", request->all);
    value_set_text(network, "ip", request->ip);
    value_set_text(network, "user_agent", request->user_agent);
    return (struct evidence){json_text(cx->a, facts), json_text(cx->a, network)};
}

/* Withdraws even where nothing stands: then the address is on the list of suppressions. */
static bool withdraw_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *job = arg;
    struct unsubscribe_view *out = job->out;
    if (!view_read(cx, tx, job)) return false;
    if (out->lead_id == 0) return true;
    out->kind = UNSUBSCRIBE_DONE;
    return consent_withdraw(cx, tx, out->lead_id, out->purpose_id, CHANNEL_EMAIL, &job->evidence);
}

bool unsubscribe_do(struct ctx *cx, str token, const struct unsubscribe_request *request,
                    struct unsubscribe_view *out)
{
    struct job job = {
        .token = token, .request = request, .evidence = evidence_of(cx, request), .out = out};
    return db_write(cx, DB_INTERACTIVE, withdraw_write, &job);
}

static bool reason_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *job = arg;
    if (!view_read(cx, tx, job)) return false;
    if (job->out->lead_id == 0) return true;
    return touchpoint_record(cx, tx, job->out->lead_id, TOUCH_REASON_GIVEN, 0, job->reason_props);
}

bool unsubscribe_reason(struct ctx *cx, str token, str reason, struct unsubscribe_view *out)
{
    const char *known = NULL;
    for (int i = 0; i < unsubscribe_reason_count; i++)
        if (str_eq(reason, str_of(unsubscribe_reasons[i]))) known = unsubscribe_reasons[i];
    if (known == NULL) return unsubscribe_look(cx, token, out);
    struct value props = value_map(cx->a);
    value_set_text(props, "reason", str_of(known));
    struct job job = {.token = token, .reason_props = json_text(cx->a, props), .out = out};
    return db_write(cx, DB_INTERACTIVE, reason_write, &job);
}

/* Somebody asks for a new link: what he typed is put off, whoever it is, and looked at by a job. So
 * neither the answer nor what it costs tells whether the address is known. */
#include "app.h"
#include "base/email.h"
#include "base/json.h"
#include "base/log.h"
#include "capture/capture_inner.h"
#include "jobs/jobs.h"
#include "keys/seal.h"
#include "keys/token.h"
#include "post/post_delivery.h"

enum {
    STALE_MS = 24 * 3600 * 1000, /* who has waited so long has asked anew, or given up */
};

static str place(struct ctx *cx)
{
    return seal_ad(cx->a, "job.link_again", cx->workspace_id, 0);
}

/* Sealed: an address that nobody knows stays known to nobody. */
str again_payload(struct ctx *cx, str token, str email, str base_url,
                  const struct contact_context *context)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "token", token);
    value_set_text(map, "email", email);
    value_set_text(map, "base_url", base_url);
    value_set_text(map, "ip", context->ip);
    value_set_text(map, "user_agent", context->user_agent);
    value_set_int(map, "asked_ms", cx->now_ms);
    str sealed = secret_seal(cx->a, cx->keys, json_text(cx->a, map), place(cx));
    return base64url_encode(cx->a, (const uint8_t *)sealed.ptr, sealed.len);
}

/* What somebody made up is not worth a row. */
static bool is_ours(struct ctx *cx, str token)
{
    struct token t = {0};
    enum token_err err = token_verify(token, cx->keys, TOKEN_CONFIRM, cx->now_ms / 1000, &t);
    return (err == TOKEN_OK || err == TOKEN_EXPIRED) && t.workspace_id == cx->workspace_id;
}

static bool ask_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_add(cx, tx, JOB_LINK_AGAIN, *(const str *)arg, 0);
}

bool capture_ask_again(struct ctx *cx, str token, str email, str base_url,
                       const struct contact_context *context)
{
    str address;
    if (!is_ours(cx, token)) token = S("");
    if (email.len <= 0 || email_normalise(cx->a, email, &address) != EMAIL_OK) address = S("");
    if (token.len == 0 && address.len == 0) return true; /* nobody's, as its writing says */
    str payload = again_payload(cx, token, address, base_url, context);
    if (!db_write(cx, DB_INTERACTIVE, ask_write, &payload)) return false;
    if (cx->app != NULL) jobs_wake(cx->app->jobs);
    return true;
}

static str text_of(struct value map, const char *name)
{
    str text = value_str(value_get(map, str_of(name)));
    return text.ptr == NULL ? S("") : text;
}

static int64_t number_of(struct value map, const char *name)
{
    struct value number = value_get(map, str_of(name));
    return number.type == VALUE_INT ? number.as.integer : 0;
}

static bool payload_read(struct ctx *cx, str payload, struct value *out)
{
    ptrdiff_t len = payload.len / 4 * 3 + (payload.len % 4 > 0 ? payload.len % 4 - 1 : 0);
    uint8_t *sealed = NEW(cx->a, uint8_t, len);
    str plain;
    struct json_err err;
    return base64url_decode(payload, sealed, len) &&
           secret_open(cx->a, cx->keys, (str){(const char *)sealed, len}, place(cx), &plain) &&
           json_parse(cx->a, plain, out, &err);
}

bool link_again_run(struct ctx *cx, const struct job *job)
{
    struct value asked;
    struct contact_sender sender;
    if (!payload_read(cx, job->payload, &asked)) {
        /* Its key is gone from the ring: he asks anew. */
        log_line(LOG_LEVEL_WARN, "link_again.unreadable", "job=%lld", (long long)job->id);
        return true;
    }
    struct contact_context context = {.ip = text_of(asked, "ip"),
                                      .user_agent = text_of(asked, "user_agent"),
                                      .utm = value_map(cx->a),
                                      .fill_ms = -1,
                                      .asked_ms = number_of(asked, "asked_ms")};
    if (cx->now_ms - context.asked_ms > STALE_MS) return true;
    bool ok =
        contact_sender_load(cx, text_of(asked, "base_url"), &sender) &&
        capture_send_again(cx, text_of(asked, "token"), text_of(asked, "email"), &context, &sender);
    if (!ok && job->attempt < LINK_AGAIN_TRIES) return false;
    if (!ok) /* given up, and told: a dead letter would keep his address for ever */
        log_line(LOG_LEVEL_WARN, "link_again.given_up", "job=%lld error=%s", (long long)job->id,
                 cx->err.key != NULL ? cx->err.key : "unexplained");
    if (cx->app == NULL) return true;
    post_wake(cx->app->delivery);
    app_changed(cx->app, cx->workspace_id);
    return true;
}

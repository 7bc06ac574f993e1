/* What the page and the request tell suspicion: stamp, hidden field, proof of work. */
#include "capture/capture_http.h"
#include "capture/capture_inner.h"
#include "capture/cross_http.h"

#include "app.h"
#include "base/crypto.h"
#include "base/useragent.h"
#include "keys/token.h"
#include "spam/spam_rules.h"

enum { STAMP_HOURS = 24, STALE_HOURS = 7 * 24 };

/* The field that people do not see: a name that many forms have, and no browser fills in. */
static const char HONEYPOT[] = "your-subject";

/* --- the page --- */

static const uint8_t *proof_secret(const struct key *key)
{
    return key->secret.bytes;
}

void stamp_put(struct ctx *cx, const struct form_live *form, struct value map)
{
    uint32_t random;
    crypto_random((uint8_t *)&random, sizeof random);
    struct token stamp = {.use = TOKEN_STAMP,
                          .workspace_id = cx->workspace_id,
                          /* Two pages of one moment are two pages; which moment, to the ms. */
                          .subject_id = (int64_t)random << 10 | cx->now_ms % 1000,
                          .object_id = form->form.id,
                          .expires_at_s = cx->now_ms / 1000 + STAMP_HOURS * 3600};
    str text = token_sign(cx->a, cx->keys, stamp);
    value_set_text(map, "stamp", text);
    if (!form->form.proof) return;
    const struct key *key = key_newest(cx->keys, KEY_STAMP);
    value_set_text(map, "proof", proof_challenge(cx->a, text, proof_secret(key)));
    value_set_int(map, "proof_max", SPAM_PROOF_NUMBERS);
}

/* --- the request --- */

/* The stamp is a signed one of ours, for this form; how long the page was open then. */
static enum stamp_kind stamp_kind_of(struct ctx *cx, str text, int64_t form_id, int64_t *fill_ms)
{
    struct token t;
    *fill_ms = -1;
    if (text.len <= 0) return STAMP_NONE;
    enum token_err err = token_verify(text, cx->keys, TOKEN_STAMP, cx->now_ms / 1000, &t);
    if (err != TOKEN_OK && err != TOKEN_EXPIRED) return STAMP_FORGED;
    if (t.workspace_id != cx->workspace_id || t.object_id != form_id) return STAMP_FORGED;
    int64_t since_s = cx->now_ms / 1000 - (t.expires_at_s - STAMP_HOURS * 3600);
    if (since_s >= STALE_HOURS * 3600) return STAMP_STALE;
    if (err == TOKEN_EXPIRED) return STAMP_OLD;
    int64_t made_ms = (t.expires_at_s - STAMP_HOURS * 3600) * 1000 + (t.subject_id & 1023);
    *fill_ms = cx->now_ms > made_ms ? cx->now_ms - made_ms : 0;
    return STAMP_GOOD;
}

static bool proof_given(struct ctx *cx, str stamp, str number)
{
    const struct key_list *keys = &cx->keys->use[KEY_STAMP];
    for (int i = keys->count - 1; i >= 0; i--)
        if (proof_holds(stamp, proof_secret(&keys->key[i]), number)) return true;
    return false;
}

struct origin origin_of(struct ctx *cx, const struct web_request *rq, const struct form_live *form,
                        const struct contact_sender *sender, bool is_try,
                        struct contact_context *context)
{
    struct origin out = {.domains_allowed = sender->domains_allowed,
                         .domains_denied = sender->domains_denied};
    struct spam_signals *s = &out.signals;
    enum device_class device = ua_parse(rq->user_agent).device;
    str stamp = web_field(rq->body, "stamp");
    s->stamp = stamp_kind_of(cx, stamp, form->form.id, &s->fill_ms);
    context->fill_ms = s->fill_ms;
    /* Trusted origins: a colleague who tries the form. Others that vouch for themselves (a device
     * at a stand with its token) belong here, too. */
    s->trusted = is_try;
    s->honeypot = web_field(rq->body, HONEYPOT).len > 0;
    /* Plain HTML on a listed website has no stamp to send. */
    s->browser = !rq->json && device != DEVICE_BOT && device != DEVICE_UNKNOWN &&
                 !cross_listed(rq, &form->form);
    s->proof_wanted = form->form.proof;
    s->proof_given = s->proof_wanted && (s->stamp == STAMP_GOOD || s->stamp == STAMP_OLD) &&
                     proof_given(cx, stamp, web_field(rq->body, "_proof"));
    if (s->stamp == STAMP_GOOD || s->stamp == STAMP_OLD) out.stamp = stamp;
    bool unlimited = cx->app != NULL && cidr_contains(cx->app->config.unlimited_from,
                                                      cx->app->config.unlimited_from_count, rq->ip);
    out.unlimited = unlimited;
    if (!unlimited) out.network = spam_network(cx->a, rq->ip);
    return out;
}

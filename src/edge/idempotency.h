/* edge/idempotency.h -- a POST with an Idempotency-Key is done once, however often it is sent.
 *
 * The key is taken before the handler runs and its answer kept (sealed) for a day. The same key
 * with another body is refused; while the first is still at work, the second is told to wait.
 *
 * Source: draft-ietf-httpapi-idempotency-key-header.
 */
#pragma once

#include "db/db.h"
#include "jobs/jobs.h"
#include "web/web.h"

struct idempotency {
    bool active; /* there is a key, and it is ours now */
    str key_hash;
    int64_t began_ms;
};

/* Take the key of a request, if it has one. *replayed: the kept answer is in *rp, the handler must
 * not run. False: refused, cx->err says why. */
MUST_USE bool idempotency_begin(struct ctx *cx, const struct web_request *rq,
                                struct idempotency *out, struct web_reply *rp, bool *replayed);
/* The handler is done: keep its answer, or give the key free again where it failed. A fault here
 * is logged and changes nothing for the client. */
void idempotency_end(struct ctx *cx, const struct idempotency *key, bool ok,
                     const struct web_reply *rp);
/* Job: forget answers of yesterday. */
MUST_USE bool idempotency_sweep_run(struct ctx *cx, const struct job *job);

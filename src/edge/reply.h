/* edge/reply.h -- from a handler's outcome to bytes. */
#pragma once

#include "edge/auth.h"
#include "web/web.h"

/* Answer with what the handler described. */
void reply_send(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                const struct identity *who, struct web_reply *rp);
/* Answer with cx->err: problem+json for programs, a page for people. */
void reply_error(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                 const struct identity *who, struct web_reply *rp);
/* The HTTP status of an error. */
int error_status(enum err_code code);
/* Begin the reply of rp->body: its head, and no body yet (net/http_server.h). */
void reply_download_head(struct ctx *cx, struct http_exchange *ex, const struct web_request *rq,
                         const struct web_reply *rp);

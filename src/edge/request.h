/* edge/request.h -- from the wire to what a handler reads. */
#pragma once

#include "app.h"
#include "edge/router.h"
#include "net/http_server.h"

/* The client's address: the socket's, or the last forwarded one that no trusted proxy added. */
str client_address(const struct app *app, const struct http_request *rq);
/* The host name of the request, lower case, without port. */
str request_host(arena *a, const struct http_request *rq);
/* Fill `out` from the request and its route; false with cx->err (ERR_UNREADABLE …). */
MUST_USE bool request_build(struct ctx *cx, const struct http_request *rq,
                            const struct route_match *match, struct web_request *out);
/* Does the client want JSON? */
bool wants_json(const struct http_request *rq);

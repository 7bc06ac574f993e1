/* edge/edge.h -- where HTTP meets the rooms.
 *
 * A request becomes a context (who, which workspace, which language) and a web_request; its route's
 * handler describes the outcome; the outcome becomes JSON or a page. Nothing else in the program
 * knows both sockets and rooms.
 *
 *     loop thread: edge_head, edge_request (assets and probes at once, the rest to a worker)
 *     worker:      request_build -> auth_identify -> handler -> reply_send
 */
#pragma once

#include "app.h"
#include "net/http_server.h"
#include "web/web.h"

struct edge;

/* Start the worker threads; the edge lives in `a`. */
MUST_USE bool edge_start(struct app *app, arena *a, struct edge **out);
/* Finish what is being worked on, end the threads. */
void edge_stop(struct edge *edge);
/* The server's callbacks; user is the edge. */
struct http_admit edge_head(void *user, const struct http_request *rq);
str edge_refusal(void *user, const struct http_request *rq, int status, str *content_type);
void edge_request(void *user, struct http_exchange *ex, const struct http_request *rq);

/* edge/live.h -- tells open pages that something changed, without saying what.
 *
 * One stream a browser (GET /events, server-sent events); an event carries topic and version only,
 * the page then asks for what it shows. Changes of one second are one event.
 */
#pragma once

#include "base/arena.h"
#include "net/http_server.h"

struct live;
struct loop;

/* The set of streams; sends from the loop once a second. */
struct live *live_new(arena *a, struct loop *loop);
/* Any thread: something of this workspace changed. */
void live_changed(struct live *live, int64_t workspace_id);
/* Any thread: what a page that is being made now has seen. Asked before the data is read. */
uint32_t live_version(struct live *live, int64_t workspace_id);
/* Any thread: take over the exchange as a stream of this workspace's events, from those after
 * `seen` on; false if there are too many, and the exchange is still the caller's. */
MUST_USE bool live_join(struct live *live, int64_t workspace_id, uint32_t seen,
                        struct http_exchange *ex);
/* Loop thread, at shutdown: end every stream. */
void live_end(struct live *live);

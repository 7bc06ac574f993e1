/* edge/live.h -- tells open pages that something changed, without saying what.
 *
 * One stream a browser (GET /events, server-sent events); an event carries topic and version only,
 * the page then asks for what it shows. Changes of one second are one event. What changes at other
 * nodes is heard through the database (edge/live_news.h).
 *
 * A version says nothing but "the same as when you looked" to the process that gave it: each begins
 * at a number of its own by chance, so that a page that was made by another node, or before
 * a restart, is told to look again.
 */
#pragma once

#include "base/arena.h"
#include "net/http_server.h"

struct live;
struct loop;

enum { LIVE_UNTOLD = 64 };

/* The set of streams; sends from the loop once a second. crypto_init has run. */
struct live *live_new(arena *a, struct loop *loop);
/* Any thread: something of this workspace changed. */
void live_changed(struct live *live, int64_t workspace_id);
/* Any thread: something of this workspace changed at another node; 0: of any workspace. */
void live_heard(struct live *live, int64_t workspace_id);
/* Any thread: does anybody listen here? */
bool live_listened(struct live *live);
/* Take the workspaces that live_changed named since the last call, each once, at most LIVE_UNTOLD;
 * a single 0 if there were more. How many. One caller. */
int live_untold(struct live *live, int64_t out[LIVE_UNTOLD]);
/* They could not be told after all: they stand in the next live_untold again. */
void live_put_back(struct live *live, const int64_t *workspace_id, int count);
/* Any thread: what a page that is being made now has seen. Asked before the data is read. */
uint32_t live_version(struct live *live, int64_t workspace_id);
/* Any thread: take over the exchange as a stream of this workspace's events, from those after
 * `seen` on; false if there are too many, and the exchange is still the caller's. */
MUST_USE bool live_join(struct live *live, int64_t workspace_id, uint32_t seen,
                        struct http_exchange *ex);
/* Loop thread, at shutdown: end every stream. */
void live_end(struct live *live);

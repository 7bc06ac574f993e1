/* net/loop.h -- the one event loop (libuv) behind which sockets live.
 *
 * One thread runs loop_run. Everything else reaches it through loop_post.
 */
#pragma once

#include "base/base.h"

struct loop;

/* A loop that ignores SIGPIPE for the process; false if the system refuses. */
MUST_USE bool loop_new(struct loop **out);
/* Run until loop_stop. */
void loop_run(struct loop *loop);
/* Any thread, also before loop_run: leave loop_run once all that was posted before has run. */
void loop_stop(struct loop *loop);
/* After loop_run, when no other thread posts any more: free it. What was posted and has not run
 * never runs. Servers on it are closed before (http_server_close). */
void loop_free(struct loop *loop);
/* Any thread: run fn(arg) on the loop thread, in order of posting. */
void loop_post(struct loop *loop, void (*fn)(void *arg), void *arg);
/* Loop thread only: call fn(arg) every `period_ms`. */
void loop_every(struct loop *loop, int64_t period_ms, void (*fn)(void *arg), void *arg);
/* Loop thread only, before loop_run: call fn(arg) on SIGINT or SIGTERM. */
void loop_on_signal(struct loop *loop, void (*fn)(void *arg), void *arg);

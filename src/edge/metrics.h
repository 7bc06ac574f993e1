/* edge/metrics.h -- counters for a monitor, at /metrics.
 *
 * Source: Prometheus text exposition format 0.0.4. Answered only to this machine and to the
 * addresses of --unlimited-from: the numbers tell how much business somebody does.
 */
#pragma once

#include "app.h"
#include "net/http_server.h"

/* Loop thread: answer GET /metrics; false if the asker may not know that it exists. */
bool metrics_answer(struct app *app, struct http_exchange *ex, const struct http_request *rq);

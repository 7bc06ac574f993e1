/* edge/assets.h -- the embedded files that browsers fetch: /assets/NAME. */
#pragma once

#include "app.h"
#include "net/http_server.h"

/* "/assets/zulauf.css?v=…": the version is the file's hash, so that it may be kept for a year. */
str asset_url(arena *a, str name);
/* Loop thread: answer if the path is an asset or a probe (/healthz, /readyz, /robots.txt); false if
 * it is neither. */
bool asset_answer(struct app *app, struct http_exchange *ex, const struct http_request *rq);

/* edge/shell.h -- what every page knows beside its own data: `shell` in the templates. */
#pragma once

#include "edge/auth.h"
#include "web/web.h"

/* Build the map. */
struct value shell_value(struct ctx *cx, const struct web_request *rq, const struct identity *who);

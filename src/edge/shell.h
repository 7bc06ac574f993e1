/* edge/shell.h -- what every page knows beside its own data: `shell` in the templates. */
#pragma once

#include "edge/auth.h"
#include "web/web.h"

/* Build the map. `look`: a form's own; NULL: the workspace's. */
struct value shell_value(struct ctx *cx, const struct web_request *rq, const struct identity *who,
                         const struct brand_own *look);

/* cmd/serve.h -- the server. */
#pragma once

#include "cmd/options.h"

/* Run until SIGTERM or SIGINT; the exit code. */
int cmd_serve(const struct options *options);

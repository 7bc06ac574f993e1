/* net/loop_uv.h -- the loop as the other files of this room see it. Not for other rooms. */
#pragma once

#include "base/str.h"
#include "net/loop.h"

#include <uv.h>

/* The libuv loop inside. */
uv_loop_t *loop_uv(struct loop *loop);
/* True on the thread that runs loop_run. */
bool loop_is_here(const struct loop *loop);
/* Keep a sentence as long as the loop lives (the last one only), as printf. */
str loop_sentence(struct loop *loop, const char *format, ...) __attribute__((format(printf, 2, 3)));

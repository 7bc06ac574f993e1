/* base/png.h -- black and white pictures as PNG.
 *
 * Source: PNG (ISO/IEC 15948), colour type 0, one bit a pixel.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { PNG_DOTS_PER_METRE = 11811 /* 300 a inch, what printers want */ };

/* A square of side * side modules (one byte each: 0 is white), each `scale` pixels wide and high.
 * The absent str if it could not be packed. */
str png_modules(arena *a, const uint8_t *module, int side, int scale);

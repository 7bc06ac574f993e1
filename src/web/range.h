/* web/range.h -- which part of a file a program asks for, so that a broken download goes on.
 *
 * One range of bytes is taken. Several at once, other units and what cannot be read are as if
 * nothing had been asked for: the whole file is always a right answer.
 *
 * Source: RFC 9110 section 14. Pure.
 */
#pragma once

#include "base/base.h"
#include "base/str.h"

enum range_kind {
    RANGE_WHOLE, /* none that we take */
    RANGE_PART,
    RANGE_BEYOND, /* nothing of it is there: 416 */
};

struct range {
    int64_t from, bytes; /* within the file; of a part at least one byte */
};

/* Read a Range header (absent: none) for a file of `size` bytes. *out is written for a part, and is
 * the whole file otherwise. */
enum range_kind range_read(str header, int64_t size, struct range *out);

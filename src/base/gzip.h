/* base/gzip.h -- bytes made smaller for those who understand gzip: browsers, and readers of PNG.
 *
 * A part is a text that stands in many replies (the style of public pages); it is compressed once
 * and put between what is compressed for each. zip.h is for what only we read again.
 *
 * Sources: RFC 1950 (zlib), RFC 1951 (deflate), RFC 1952 (gzip).
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct gzip_part {
    str plain;
    str deflated; /* whole blocks that refer to nothing before them */
    uint32_t crc;
};

/* Compress a text as a part, as small as it gets. */
struct gzip_part gzip_part_make(arena *a, str plain);
/* before + part + after as one gzip member, quickly. `part` may be NULL. The absent str if zlib
 * has failed. */
str gzip_encode(arena *a, str before, const struct gzip_part *part, str after);
/* `plain` as a zlib stream, as PNG wants it; the absent str if zlib has failed. */
str gzip_zlib(arena *a, str plain);
/* The CRC-32 of bytes, as gzip and PNG count it. */
uint32_t gzip_crc(str bytes);
/* Does this Accept-Encoding take gzip? No header: no. */
bool gzip_accepted(str accept_encoding);

/* takeout/zip.h -- a ZIP archive written front to back, entry by entry, nothing kept but the names.
 *
 * Entries are stored as they are; their sizes stand behind them (data descriptors), all in the
 * 64-bit form, so that none is too large.
 *
 * Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3.
 * Pure, but for the function that takes the bytes.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum { ZIP_NAME_MAX = 200 };

struct zip_entry {
    char name[ZIP_NAME_MAX];
    uint32_t crc;
    uint64_t size, at;
};

struct zip {
    bool (*write)(void *to, str bytes); /* false: nobody takes any more */
    void *to;
    uint64_t at; /* bytes written */
    bool failed;
    struct zip_entry *entry; /* the caller's, for `cap` of them */
    int count, cap;
};

/* Begin an entry of that name, which ends the one before. At most `cap`, names shorter than
 * ZIP_NAME_MAX. */
void zip_begin(struct zip *z, str name);
/* Some more of the entry's bytes. */
void zip_put(struct zip *z, str bytes);
/* The directory at the end. False if anything could not be written. */
MUST_USE bool zip_end(struct zip *z);

/* web/embedded.h -- the files of ui/, share/ and sql/migrations inside the program.
 *
 * Made by tools/embed.py into build/gen/embedded.c. With --dev a folder is read instead.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

struct embedded_file {
    const char *path;    /* "ui/pages/lead/show.liquid" */
    const unsigned char *bytes;
    ptrdiff_t   len;
    const char *sha256;  /* hex, for ETag and ?v= */
    const char *type;    /* media type */
    const unsigned char *gzip; /* the same compressed, where a browser asks for it; else NULL */
    ptrdiff_t   gzip_len;
};

extern const struct embedded_file embedded_files[];
extern const ptrdiff_t            embedded_count;

/* The file at `path`, or NULL. */
const struct embedded_file *embedded_find(str path);

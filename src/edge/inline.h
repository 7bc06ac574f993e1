/* edge/inline.h -- public pages carry their style and script, so that a form is one request.
 *
 * Their layout leaves a mark in the head. Style and script of all public pages come in its place,
 * compressed once at the start; then the workspace's own style. The policy of such a page names
 * each by its hash and takes no other, not even from our origin.
 *
 * Source: CSP Level 3, 2.3.1 (hash sources).
 */
#pragma once

#include "base/gzip.h"
#include "base/value.h"

/* Style and script of all public pages. */
struct inlined {
    struct gzip_part part;
    str script, style; /* hash sources: 'sha256-…' */
};

/* A page as it goes out: the part is NULL where nothing is inline. */
struct inlined_page {
    str before, after;
    const struct gzip_part *part;
    str script, style; /* what its policy allows; absent: our origin's files */
};

/* Made at the start; lives in `a`. */
struct inlined *inlined_new(arena *a);
/* Put them, and the workspace's own style, where `html` has the mark, and a small logo in place of
 * its address; shell: edge/shell.h. No mark, or `inlined` NULL: *out is the page as it stands. */
void inlined_put(arena *a, const struct inlined *inlined, str html, struct value shell,
                 struct inlined_page *out);

/* base/multipart.h -- multipart/form-data, as browsers send forms with files.
 *
 * Sources: RFC 7578, RFC 2046 5.1, WHATWG HTML "multipart form data" (names escape only %22, %0D
 * and %0A). Read strictly: no preamble or epilogue, no padding after a boundary.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"
#include "base/value.h"

/* Read a body whose Content-Type field is `content_type` into a map like that of
 * urlencoded_parse; a file is the map {filename, type, bytes}: its name without folders (may be
 * empty), its type as sent (or "application/octet-stream") and its bytes, borrowed from `body`
 * and not text. A file input that was left empty is left out. False if it is not well-formed, a
 * text is not UTF-8, or a limit is passed (max_fields parts, LIMIT_PART_HEAD_BYTES,
 * LIMIT_FORM_BODY_BYTES a text). */
MUST_USE bool multipart_parse(arena *a, str content_type, str body, int max_fields,
                              struct value *out);

/* base/json.h -- JSON in (strict, RFC 8259) and out.
 *
 * In: duplicate keys, invalid UTF-8, U+0000 and numbers beyond int64/18 decimals are refused;
 * nesting, items and bytes are bounded (base/limits.h). jansson parses behind this face.
 */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "base/value.h"

struct json_err {
    int line, column; /* 1-based; 0 if unknown */
    const char *what; /* static English phrase for logs and "detail" */
};

/* Parse one document. True and *out on success, else *err. */
MUST_USE bool json_parse(arena *a, str text, struct value *out, struct json_err *err);
/* Write `v` compactly. "<", ">", "&" and U+2028/9 are escaped, so that the text may stand in HTML.
 */
void json_write(struct buf *b, struct value v);
/* The same into fresh memory, at most LIMIT_JSON_OUT_BYTES. */
str json_text(arena *a, struct value v);

/* trace.h -- what record writes and replay reads: the calls that one writer made to SQLite.
 *
 * A file is a sequence of records, each a struct trace_record, followed by its bytes (if any).
 */
#pragma once

#include <stdint.h>

enum trace_kind {
    TRACE_TEXT,   /* a statement's text; `number` of bytes; its place is `stmt` */
    TRACE_EXEC,   /* BEGIN, SAVEPOINT, COMMIT …: `number` bytes of text */
    TRACE_I64,    /* parameter `at` of `stmt` is `number` */
    TRACE_NULL,   /* parameter `at` of `stmt` is NULL */
    TRACE_STRING, /* … is a text of `number` bytes */
    TRACE_BLOB,   /* … is a blob of `number` bytes */
    TRACE_STEP,   /* `stmt` was stepped */
    TRACE_RESET   /* `stmt` was reset */
};

struct trace_record {
    uint8_t kind, at;
    uint16_t stmt;
    uint32_t spare;
    int64_t number;
};

enum { TRACE_STATEMENTS_MAX = 2000 };

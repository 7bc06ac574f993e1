/* trace.h -- what record… writes and replay… reads: the calls that writers made to their database.
 *
 * A file is a sequence of records, each a struct trace_record, followed by its bytes (if any).
 * SQLite has one writer, whose calls stand as they came. PostgreSQL has many: its transactions
 * stand one behind the other, as they were committed, those that were rolled back left out.
 */
#pragma once

#include <stdint.h>

enum trace_kind {
    TRACE_TEXT,   /* a statement's text; `number` of bytes; its place is `stmt` */
    TRACE_EXEC,   /* BEGIN, SAVEPOINT, COMMIT …: `number` bytes of text */
    TRACE_I64,    /* parameter `at` of `stmt` is `number` */
    TRACE_NULL,   /* parameter `at` of `stmt` is NULL */
    TRACE_STRING, /* … is a text of `number` bytes */
    TRACE_BLOB,   /* … is a blob of `number` bytes; PostgreSQL: whatever it is, as sent */
    TRACE_STEP,   /* `stmt` was stepped; PostgreSQL: it was sent */
    TRACE_RESET,  /* `stmt` was reset */
    TRACE_WRITE,  /* SQLite: one more write of the batch begins */
    TRACE_TYPE,   /* PostgreSQL: parameter `at` of `stmt` is of the type `number` */
    TRACE_SYNC    /* PostgreSQL: what was sent since the last is one round trip */
};

struct trace_record {
    uint8_t kind, at;
    uint16_t stmt;
    uint32_t spare;
    int64_t number;
};

enum { TRACE_STATEMENTS_MAX = 2000 };

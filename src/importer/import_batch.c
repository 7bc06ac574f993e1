#include "importer/import_batch.h"

#include "base/permission.h"
#include "consent/consent.h"
#include "importer/import_rules.h"

#include <string.h>

static bool known_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct import_batch *b = arg;
    str email[BATCH_ROWS];
    for (int i = 0; i < b->count; i++)
        email[i] = b->row[i].refused == NULL ? b->row[i].email : S("");
    if (!lead_by_emails(cx, tx, email, b->count, b->known)) return false;
    int64_t hash[BATCH_ROWS];
    for (int i = 0; i < b->count; i++) hash[i] = b->known[i].hash;
    return import_store_erased(tx, b->im->id, hash, b->count, b->erased) &&
           (!b->checking || consent_erased(cx, tx, email, b->count, b->blocked));
}

const char *import_known_refused(const struct import *im, const struct lead_known *known)
{
    if (im->known == KNOWN_LEAVE) return NULL;
    if (!lead_seen(&im->actor, known->owner_id, known->state)) return "imports.refused_not_yours";
    switch (known->state) {
    case LEAD_TRASHED:
        return "imports.refused_trashed";
    case LEAD_TEST:
    case LEAD_APPLICANT:
        return "imports.refused_apart";
    case LEAD_ACTIVE:
    case LEAD_ARCHIVED:
    case LEAD_STATE__COUNT:
        break;
    }
    /* To bring leads is a right of its own; to change those that are there is another. */
    return (im->actor.permissions & MAY_WRITE_LEADS) != 0 ? NULL : "imports.refused_read_only";
}

/* The next row that is not empty, into the batch. */
static enum csv_result row_next(struct ctx *cx, struct import_scan *scan, struct import_batch *b)
{
    struct csv_row row = {b->cell, 0, IMPORT_COLUMNS_MAX, 0};
    arena before = *cx->a;
    enum csv_result got;
    ptrdiff_t from;
    do {
        *cx->a = before;
        from = scan->reader.at;
        got = csv_read(cx->a, &scan->reader, &row);
    } while (got == CSV_ROW && import_row_blank(row.cell, row.count));
    /* Wherever the window begins: what a check takes, a run that goes on must take, too. */
    if (got == CSV_ROW && scan->reader.at - from > IMPORT_ROW_BYTES) {
        scan->reader.at = from;
        scan->reader.line = row.line;
        return CSV_OPEN_QUOTE;
    }
    if (got != CSV_ROW) return got;
    struct import_row *to = &b->row[b->count++];
    str *cell = NEW(cx->a, str, row.count);
    memcpy(cell, row.cell, (size_t)row.count * sizeof *cell);
    to->line = row.line;
    import_row_read(cx->a, b->plan, cell, row.count, to);
    return CSV_ROW;
}

int import_batch_next(int wanted, int count, int64_t took_ms)
{
    if (count < wanted) return wanted; /* the end of a window says little */
    int64_t next = took_ms > 0 ? count * (int64_t)BATCH_MS / took_ms : BATCH_ROWS;
    if (next > 2 * (int64_t)wanted) next = 2 * (int64_t)wanted;
    return next < BATCH_LEAST ? BATCH_LEAST : next > BATCH_ROWS ? BATCH_ROWS : (int)next;
}

bool import_batch_read(struct ctx *cx, struct import_scan *scan, struct import_batch *b,
                       enum batch_end *end, const char **fault, int64_t *fault_line)
{
    enum csv_result got = CSV_ROW;
    bool fits = true;
    b->count = 0;
    *end = BATCH_FULL;
    *fault = NULL;
    while (b->count < b->wanted) {
        got = row_next(cx, scan, b);
        if (got == CSV_ROW) continue;
        if (got != CSV_MORE || b->count > 0) break; /* rows of the window are written first */
        if (!import_scan_more(cx, scan, &fits)) return false;
        if (!fits) break;
    }
    if (!fits || got == CSV_OPEN_QUOTE || got == CSV_TOO_MANY) {
        *fault = got == CSV_TOO_MANY ? "imports.fault_columns" : "imports.fault_quote";
        *fault_line = scan->reader.line;
    }
    if (*fault != NULL || got == CSV_END) *end = BATCH_LAST;
    b->end_bytes = import_scan_place(scan);
    b->end_line = scan->reader.line;
    return b->count == 0 || db_read(cx, known_read, b);
}

#include "importer/import_batch.h"

#include "base/permission.h"
#include "importer/import_rules.h"

static bool known_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct import_batch *b = arg;
    str email[BATCH_ROWS];
    for (int i = 0; i < b->count; i++)
        email[i] = b->row[i].refused == NULL ? b->row[i].email : S("");
    return lead_by_emails(cx, tx, email, b->count, b->known);
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
    struct csv_row row = {NEW(cx->a, str, IMPORT_COLUMNS_MAX), 0, IMPORT_COLUMNS_MAX, 0};
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
    to->line = row.line;
    import_row_read(cx->a, b->plan, row.cell, row.count, to);
    return CSV_ROW;
}

bool import_batch_read(struct ctx *cx, struct import_scan *scan, struct import_batch *b,
                       enum batch_end *end, const char **fault, int64_t *fault_line)
{
    enum csv_result got = CSV_ROW;
    bool fits = true;
    b->count = 0;
    *end = BATCH_FULL;
    *fault = NULL;
    while (b->count < BATCH_ROWS) {
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

/* lead/lead_export.h -- leads as CSV or JSON lines, written page by page.
 *
 * CSV: UTF-8 with a byte order mark (Excel), CRLF, names of fields as head; a cell that a
 * spreadsheet would run as a formula is defused (base/csv.h). JSON lines: one lead of the API a
 * line. An export shows what is stored; whoever contacts somebody on its strength still needs a
 * permit, hence the columns may_email and may_email_purpose.
 */
#pragma once

#include "base/buf.h"
#include "field/free_field.h"
#include "lead/export_pages.h"
#include "lead/lead.h"

enum export_format { EXPORT_CSV, EXPORT_JSONL };

enum { EXPORT_PAGE = 200 };

/* An export under way: zeroed but for the first four. */
struct lead_export {
    enum export_format format;
    char separator;             /* ',' or ';' */
    bool filtered;              /* else every active lead */
    struct lead_filter filter;  /* sorted by creation, oldest first, unless it has a query */
    int64_t after_id, after_ms; /* of the last one written */
    int64_t rows;               /* written so far */
    struct free_fields own; /* the workspace's own fields, if lead_export_begin was asked */
};

/* The format of that name ("csv", "jsonl"). */
MUST_USE bool export_format_of(str name, enum export_format *out);
/* Read the workspace's own fields, which are columns, too. They are taken from cx->a and must
 * outlive the export. */
MUST_USE bool lead_export_begin(struct ctx *cx, struct tx *tx, struct lead_export *e);
/* Write the head, if the format has one. */
void lead_export_head(const struct lead_export *e, struct buf *b);
/* Up to EXPORT_PAGE leads of a struct lead_export (lead/export_pages.h). */
export_page lead_export_page;

/* lead/export_pages.h -- rows in pages to whoever takes them: the loop of every export.
 *
 * Each page is read in a snapshot and in memory of its own, and handed out when the snapshot is
 * closed: how long the reader takes concerns nobody else, and the log of the database does not grow
 * for it. Whatever is there from the first page to the last is in the export once; what comes, goes
 * or changes meanwhile is in it or not.
 */
#pragma once

#include "base/buf.h"
#include "base/ctx.h"
#include "db/db.h"

/* Append the next page to `b` and move `export` on; *done once nothing is left. What it reads is
 * taken from cx->a, and gone when the next page begins. */
typedef bool export_page(struct ctx *cx, struct tx *tx, void *export, struct buf *b, bool *done);

/* The head and then every page. False with cx->err: ERR_UNAVAILABLE if nobody takes any more or the
 * server is being stopped; what has gone out is not whole. */
MUST_USE bool export_pages(struct ctx *cx, str head, export_page *page, void *export,
                           bytes_out *write, void *to);
/* What every export ends with: its entry in the audit log, also where it broke off (`ok` false)
 * once rows have gone out. Returns `ok`, with cx->err as it was, or false if the entry cannot
 * stand. */
MUST_USE bool export_end(struct ctx *cx, bool ok, int64_t rows, tx_fn *audit, void *arg);

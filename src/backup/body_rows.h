/* backup/body_rows.h -- the body of a backup as rows: every table of one snapshot, for engines
 * whose database is no file. It is put back into a SQLite database, which `zulauf copy` moves on.
 *
 * A stream of records: 1 byte of kind, 4 of length (big-endian), then as many bytes.
 *
 *     'T'  a table begins: name, columns (type, name); names are a length of 1 byte and as many
 *     'R'  a row: a cell for each column: 0 (absent), 1 and 8 bytes, or 2, 4 bytes of length and
 *          as many bytes
 *     'E'  the table is over: number of rows, and their sum (db/bulk.h), 8 bytes each
 *     'Z'  the end: number of tables, 4 bytes
 *
 * Left out is what belongs to a running database and not to the installation: receipts, leases of
 * nodes and their news, as zulauf copy leaves it out (copy/copy.h).
 */
#pragma once

#include "backup/body.h"

/* The functions of BODY_ROWS' row in body.c. */
MUST_USE bool rows_need(struct ctx *cx, int64_t *bytes);
MUST_USE bool rows_open(struct ctx *cx, str archive_path, struct body_dump *dump);
MUST_USE bool rows_pour(struct ctx *cx, struct body_dump *dump, struct archive_writer *to,
                        const struct archive_watch *watch);
void rows_close(struct body_dump *dump);
MUST_USE bool rows_restore(struct ctx *cx, struct archive_reader *from,
                           const struct pair_secret *key, str folder,
                           const struct archive_watch *watch);

/* The wire. */
enum { ROWS_HEAD_BYTES = 5, ROWS_RECORD_MAX_BYTES = 24 << 20 }; /* a kept answer has up to 16 MB */
enum rows_kind { ROWS_TABLE = 'T', ROWS_ROW = 'R', ROWS_TABLE_END = 'E', ROWS_END = 'Z' };
enum rows_cell { CELL_NULL, CELL_I64, CELL_BYTES };

/* db/bulk_inner.h -- what an engine does for bulk work. For db/bulk*.c alone. */
#pragma once

#include "db/bulk.h"

enum { BULK_ANY_ORDER = 1 }; /* of scan: order by nothing, no limit */

struct bulk_engine {
    void (*close)(struct bulk *b);
    bool (*exec)(struct ctx *cx, struct bulk *b, const char *sql);
    bool (*begin)(struct ctx *cx, struct bulk *b);
    bool (*commit)(struct ctx *cx, struct bulk *b);
    bool (*put)(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                const struct bulk_cell *cells, ptrdiff_t count);
    bool (*finish)(struct ctx *cx, struct bulk *b);
    bool (*scan)(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                 const struct bulk_cell *after, int64_t limit, int how, bulk_row_fn *fn, void *arg);
    bool (*has_table)(struct ctx *cx, struct bulk *b, const char *name, bool *has);
    bool (*number)(struct ctx *cx, struct bulk *b, const char *sql, int64_t *out); /* one cell */
};

/* An engine's own begins with this. */
struct bulk {
    const struct bulk_engine *engine;
    enum bulk_use use;
    bool postgres;
};

/* Open a SQLite file; a PostgreSQL database. */
MUST_USE bool bulk_sqlite_open(struct ctx *cx, const struct bulk_options *options,
                               struct bulk **out);
MUST_USE bool bulk_postgres_open(struct ctx *cx, const struct bulk_options *options,
                                 struct bulk **out);
/* "name, name, …" of all columns, or of the key's. */
str bulk_column_list(arena *a, const struct bulk_table *table, bool key_only);

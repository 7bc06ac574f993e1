/* db_thing.h -- a small table and its queries, for the tests of db/ itself. */
#pragma once

#include "store_test.h"

enum thing_query {
    THING_ADD,
    THING_GET,
    THING_BY_NAME,
    THING_ALL,
    THING_RENAME,
    THING_COUNT,
    THING_MAX,
    THING__COUNT
};

struct thing {
    int64_t id;
    str name;
    struct opt_i64 n;
    str sealed;
};

struct thing_count {
    int64_t count;
};

extern const struct sql_text thing_texts[THING__COUNT];
extern const struct migration thing_migrations[2];

#define thing_open(s) store_open_with((s), thing_texts, THING__COUNT, thing_migrations, 2)

/* Transaction functions: `arg` is a struct thing *, a struct thing_count *, a struct sql_rows *. */
bool thing_add(struct ctx *cx, struct tx *tx, void *arg);
bool thing_count(struct ctx *cx, struct tx *tx, void *arg);
bool thing_all(struct ctx *cx, struct tx *tx, void *arg);
/* How many there are, read anew; fails the test if that fails. */
int64_t thing_counted(struct store *s);

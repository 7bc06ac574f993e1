#include "db_thing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct sql_column ROW[] = {
    {SQL_I64, offsetof(struct thing, id)},
    {SQL_TEXT, offsetof(struct thing, name)},
    {SQL_I64_OPT, offsetof(struct thing, n)},
    {SQL_BLOB, offsetof(struct thing, sealed)},
};
static const struct sql_column ADD_IN[] = {{SQL_I64, SQL_WORKSPACE_OFFSET},
                                           {SQL_I64, offsetof(struct thing, id)},
                                           {SQL_TEXT, offsetof(struct thing, name)},
                                           {SQL_I64_OPT, offsetof(struct thing, n)},
                                           {SQL_BLOB, offsetof(struct thing, sealed)}};
static const struct sql_column BY_ID[] = {{SQL_I64, SQL_WORKSPACE_OFFSET},
                                          {SQL_I64, offsetof(struct thing, id)}};
static const struct sql_column BY_NAME[] = {{SQL_I64, SQL_WORKSPACE_OFFSET},
                                            {SQL_TEXT, offsetof(struct thing, name)}};
static const struct sql_column RENAME_IN[] = {{SQL_I64, SQL_WORKSPACE_OFFSET},
                                              {SQL_TEXT, offsetof(struct thing, name)},
                                              {SQL_I64, offsetof(struct thing, id)}};
static const struct sql_column WORKSPACE[] = {{SQL_I64, SQL_WORKSPACE_OFFSET}};
static const struct sql_column COUNT[] = {{SQL_I64, offsetof(struct thing_count, count)}};

enum { ROW_BYTES = (int)sizeof(struct thing), COUNT_BYTES = (int)sizeof(struct thing_count) };

const struct sql_text thing_texts[THING__COUNT] = {
    {"thing_add",
     "INSERT INTO thing (workspace_id, id, name, n, sealed) VALUES (?1, ?2, ?3, ?4, ?5)", NULL,
     ADD_IN, NULL, 5, 0, 0, true, NULL, 0, NULL, 0, false},
    {"thing_get", "SELECT id, name, n, sealed FROM thing WHERE workspace_id = ?1 AND id = ?2", NULL,
     BY_ID, ROW, 2, 4, ROW_BYTES, false, NULL, 0, NULL, 0, false},
    {"thing_by_name", "SELECT id, name, n, sealed FROM thing WHERE workspace_id = ?1 AND name = ?2",
     NULL, BY_NAME, ROW, 2, 4, ROW_BYTES, false, NULL, 0, NULL, 0, false},
    {"thing_all", "SELECT id, name, n, sealed FROM thing WHERE workspace_id = ?1 ORDER BY id", NULL,
     WORKSPACE, ROW, 1, 4, ROW_BYTES, false, NULL, 0, NULL, 0, false},
    {"thing_rename",
     "UPDATE thing SET name = ?2 WHERE workspace_id = ?1 AND id >= ?3 RETURNING id, name, n, "
     "sealed",
     NULL, RENAME_IN, ROW, 3, 4, ROW_BYTES, true, NULL, 0, NULL, 0, false},
    {"thing_count", "SELECT count(*) FROM thing WHERE workspace_id = ?1", NULL, WORKSPACE, COUNT, 1,
     1, COUNT_BYTES, false, NULL, 0, NULL, 0, false},
    {"thing_max", "SELECT max(n) FROM thing WHERE workspace_id = ?1", NULL, WORKSPACE, COUNT, 1, 1,
     COUNT_BYTES, false, NULL, 0, NULL, 0, false},
};

static const char FIRST[] =
    "CREATE TABLE thing (workspace_id BIGINT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL, "
    "n BIGINT, PRIMARY KEY (workspace_id, id)); -- one; and two\n";
static const char SECOND[] = "ALTER TABLE thing ADD COLUMN sealed BYTEA;\n"
                             "CREATE TABLE part (thing_ws BIGINT NOT NULL, thing_id BIGINT NOT "
                             "NULL, FOREIGN KEY (thing_ws, thing_id) REFERENCES thing);";

const struct migration thing_migrations[2] = {
    {1, "0001_first.sql", FIRST, sizeof FIRST - 1},
    {2, "0002_second.sql", SECOND, sizeof SECOND - 1},
};

bool thing_add(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_exec(tx, THING_ADD, arg, NULL);
}

bool thing_count(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_one(tx, THING_COUNT, NULL, arg, NULL);
}

bool thing_all(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_many(tx, THING_ALL, NULL, arg);
}

int64_t thing_counted(struct store *s)
{
    struct thing_count count;
    if (!db_read(&s->cx, thing_count, &count)) fail_msg("%.*s", STR_ARG(s->cx.err.detail));
    return count.count;
}

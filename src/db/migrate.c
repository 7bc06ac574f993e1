#include "db/migrate.h"

#include "base/crypto.h"
#include "base/limits.h"
#include "base/log.h"
#include "db/engine.h"

#include <string.h>

struct run {
    const struct migration *list;
    int count;
    int applied, first; /* steps 1..applied are in the database; 1..first were before */
    struct buf *plan;   /* not NULL: only write down what would run */
};

static const char TABLE[] =
    "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT NOT NULL PRIMARY KEY, "
    "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

enum { HISTORY_BYTES = 256 << 10 };

static bool fail_step(struct tx *tx, const char *key, str name, const char *why)
{
    fail_detail(tx_ctx(tx), ERR_STORAGE, key, "%.*s: %s", STR_ARG(name), why);
    return false;
}

static str sql_of(const struct migration *m)
{
    return (str){m->sql, m->sql_len};
}

str migration_sql(struct ctx *cx, const struct migration *m)
{
    str other = db_is_shared(cx->db) ? S("sqlite") : S("postgres");
    struct buf out = buf_new(cx->a, m->sql_len + 1);
    bool skip = false;
    for (str rest = sql_of(m), line; rest.len > 0;) {
        line = str_cut(rest, '\n', &rest);
        if (str_starts(line, S("-- only: ")))
            skip = str_starts(str_slice(line, 9, line.len), other);
        else if (str_starts(line, S("-- all engines")))
            skip = false;
        if (skip) continue;
        buf_put(&out, line);
        buf_char(&out, '\n');
    }
    return buf_str(&out);
}

/* One recorded step against ours. */
static bool compare(struct tx *tx, struct run *r, int64_t version, str name, str sha256)
{
    if (version > r->count)
        return fail_step(tx, "error.db_newer", name,
                         "The database was made by a newer Zulauf. Install that version, or put "
                         "back the backup made before the update.");
    if (version != r->applied + 1)
        return fail_step(tx, "error.db_open", name, "A step before this one is not recorded.");
    if (!str_eq(sha256, crypto_sha256_hex(tx_ctx(tx)->a, sql_of(&r->list[version - 1]))))
        return fail_step(tx, "error.db_open", name,
                         "This step of the schema ran with another text than ours. Install the "
                         "version that the database was made with.");
    r->applied++;
    return true;
}

static bool read_history(struct ctx *cx, struct tx *tx, struct run *r)
{
    struct buf lines = buf_new(cx->a, HISTORY_BYTES);
    r->applied = 0;
    if (!sql_lines(tx, "SELECT version, sha256, name FROM schema_migration ORDER BY version",
                   &lines))
        return false;
    for (str rest = buf_str(&lines); rest.len > 0;) {
        str line = str_cut(rest, '\n', &rest), tail, name;
        str version = str_cut(line, ' ', &tail), sha256 = str_cut(tail, ' ', &name);
        int64_t number;
        if (!str_to_i64(version, &number))
            return fail_step(tx, "error.db_open", name, "Its number cannot be read.");
        if (!compare(tx, r, number, name, sha256)) return false;
    }
    return true;
}

static bool apply(struct ctx *cx, struct tx *tx, const struct migration *m)
{
    if (!sql_script(tx, str_cstr(cx->a, migration_sql(cx, m)))) {
        cx->err.detail = str_printf(cx->a, "migration %s: %.*s", m->name, STR_ARG(cx->err.detail));
        return false;
    }
    str note = str_printf(cx->a, "INSERT INTO schema_migration VALUES (%d, '%s', '%.*s', %lld)",
                          m->version, m->name, STR_ARG(crypto_sha256_hex(cx->a, sql_of(m))),
                          (long long)cx->now_ms);
    return sql_script(tx, str_cstr(cx->a, note));
}

static bool table_there(struct ctx *cx, struct tx *tx, bool *there)
{
    struct buf out = buf_new(cx->a, 64);
    const char *seek = db_is_shared(cx->db)
                           ? "SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL"
                           : "SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'";
    if (!sql_lines(tx, seek, &out)) return false;
    *there = buf_str(&out).len > 0;
    return true;
}

/* Looked at first: IF NOT EXISTS wants the right to make tables even where there is nothing to
 * make. */
static bool make_table(struct ctx *cx, struct tx *tx, void *arg)
{
    bool there;
    (void)arg;
    return table_there(cx, tx, &there) && (there || sql_script(tx, TABLE));
}

static bool migrate(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *r = arg;
    /* A node that starts at the same moment waits here (for longer than a request would wait for
     * a lock), and then finds the work done: LOCK takes no snapshot, so that what is read after it
     * is what the other has left. */
    if (db_is_shared(cx->db) && !sql_script(tx, "SET LOCAL lock_timeout = '10min'; "
                                                "LOCK TABLE schema_migration IN EXCLUSIVE MODE; "
                                                "SET LOCAL lock_timeout = '5s'"))
        return false;
    if (!read_history(cx, tx, r)) return false;
    r->first = r->applied;
    for (; r->applied < r->count; r->applied++)
        if (!apply(cx, tx, &r->list[r->applied])) return false;
    return true;
}

static bool plan(struct ctx *cx, struct tx *tx, void *arg)
{
    struct run *r = arg;
    bool there;
    if (!table_there(cx, tx, &there) || (there && !read_history(cx, tx, r))) return false;
    for (int i = r->applied; i < r->count; i++) {
        buf_put(r->plan, str_printf(cx->a, "-- %s\n", r->list[i].name));
        buf_put(r->plan, migration_sql(cx, &r->list[i]));
    }
    return true;
}

bool db_migrate(struct ctx *cx, const struct migration *list, int count)
{
    for (int i = 0; i < count; i++)
        assert(list[i].version == i + 1 && "migrations count from 1 without gaps");
    struct run r = {.list = list, .count = count};
    if (!db_write(cx, DB_INTERACTIVE, make_table, NULL) ||
        !db_write(cx, DB_INTERACTIVE, migrate, &r))
        return false;
    for (int i = r.first; i < count; i++)
        log_line(LOG_LEVEL_INFO, "db.migrated", "step=%s", log_str(str_of(list[i].name)).text);
    return true;
}

bool db_migrate_plan(struct ctx *cx, const struct migration *list, int count, str *sql)
{
    ptrdiff_t bytes = 64;
    for (int i = 0; i < count; i++) bytes += list[i].sql_len + 80;
    struct buf text = buf_new(cx->a, bytes);
    struct run r = {.list = list, .count = count, .plan = &text};
    if (!db_read(cx, plan, &r)) return false;
    *sql = buf_str(&text);
    return true;
}

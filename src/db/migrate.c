#include "db/migrate.h"

#include "base/crypto.h"
#include "base/log.h"
#include "db/sqlite.h"

#include <string.h>

struct step {
    const struct migration *migration;
    int64_t now_ms;
};

/* What the database says about the steps it has seen. */
struct history {
    const struct migration *list;
    int count;
    int applied; /* steps 1..applied ran */
};

static const char TABLE[] =
    "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT NOT NULL PRIMARY KEY, "
    "name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_ms BIGINT NOT NULL)";

static bool fail_step(struct tx *tx, const char *key, const char *name, const char *why)
{
    fail_detail(tx_ctx(tx), ERR_STORAGE, key, "%s: %s", name, why);
    return false;
}

static str sql_of(const struct migration *m)
{
    return (str){m->sql, m->sql_len};
}

/* One recorded step against ours. */
static bool compare(struct tx *tx, struct history *h, int version, const char *name, str sha256)
{
    if (version > h->count)
        return fail_step(tx, "error.db_newer", name,
                         "The database was made by a newer Zulauf. Install that version, or put "
                         "back the backup made before the update.");
    if (version != h->applied + 1)
        return fail_step(tx, "error.db_open", name, "A step before this one is not recorded.");
    if (!str_eq(sha256, crypto_sha256_hex(tx_ctx(tx)->a, sql_of(&h->list[version - 1]))))
        return fail_step(tx, "error.db_open", name,
                         "This step of the schema ran with another text than ours. Install the "
                         "version that the database was made with.");
    h->applied = version;
    return true;
}

static bool read_history(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    struct history *h = arg;
    sqlite3_stmt *stmt = NULL;
    h->applied = 0;
    if (!sql_script(tx, TABLE)) return false;
    int code = sqlite3_prepare_v2(
        tx->conn->handle, "SELECT version, name, sha256 FROM schema_migration ORDER BY version", -1,
        &stmt, NULL);
    bool good = code == SQLITE_OK;
    while (good && (code = sqlite3_step(stmt)) == SQLITE_ROW)
        good =
            compare(tx, h, sqlite3_column_int(stmt, 0), (const char *)sqlite3_column_text(stmt, 1),
                    str_of((const char *)sqlite3_column_text(stmt, 2)));
    sqlite3_finalize(stmt);
    if (good && code != SQLITE_DONE)
        return fail_step(tx, "error.storage", "schema_migration", sqlite3_errstr(code));
    return good;
}

static bool apply(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct step *step = arg;
    const struct migration *m = step->migration;
    if (!sql_script(tx, str_cstr(cx->a, sql_of(m)))) {
        cx->err.detail = str_printf(cx->a, "migration %s: %.*s", m->name, STR_ARG(cx->err.detail));
        return false;
    }
    char *note = sqlite3_mprintf(
        "INSERT INTO schema_migration VALUES (%d, %Q, %Q, %lld)", m->version, m->name,
        str_cstr(cx->a, crypto_sha256_hex(cx->a, sql_of(m))), (long long)step->now_ms);
    bool good = note != NULL && sql_script(tx, note);
    sqlite3_free(note);
    return good;
}

bool db_migrate(struct ctx *cx, const struct migration *list, int count)
{
    for (int i = 0; i < count; i++)
        assert(list[i].version == i + 1 && "migrations count from 1 without gaps");
    struct history h = {.list = list, .count = count};
    if (!db_write(cx, DB_INTERACTIVE, read_history, &h)) return false;
    for (int i = h.applied; i < count; i++) {
        struct step step = {&list[i], cx->now_ms};
        if (!db_write(cx, DB_INTERACTIVE, apply, &step)) return false;
        log_line(LOG_LEVEL_INFO, "db.migrated", "step=%s", log_str(str_of(list[i].name)).text);
    }
    return true;
}

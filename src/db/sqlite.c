#include "db/sqlite.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

enum fault fault_of(int sqlite_code)
{
    switch (sqlite_code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return FAULT_NONE;
    case SQLITE_CONSTRAINT:
        return sqlite_code == SQLITE_CONSTRAINT_UNIQUE ||
                       sqlite_code == SQLITE_CONSTRAINT_PRIMARYKEY ||
                       sqlite_code == SQLITE_CONSTRAINT_ROWID
                   ? FAULT_CONFLICT
                   : FAULT_OURS;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS:
        return FAULT_STORAGE;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return FAULT_BUSY;
    case SQLITE_TOOBIG:
        return FAULT_TOO_LARGE;
    default:
        return FAULT_OURS;
    }
}

const char *fault_storage_key(int sqlite_code)
{
    int code = sqlite_code & 0xff;
    if (code == SQLITE_FULL) return "error.disk_full";
    return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? "error.db_corrupt" : "error.storage";
}

/* --- a connection --- */

int conn_exec(struct conn *c, const char *text)
{
    int code = sqlite3_exec(c->handle, text, NULL, NULL, NULL);
    return code == SQLITE_OK ? code : sqlite3_extended_errcode(c->handle);
}

int conn_step(struct conn *c, enum conn_step step)
{
    static const char *const texts[CONN_STEP__COUNT] = {
        [CONN_BEGIN] = "BEGIN",
        [CONN_BEGIN_WRITE] = "BEGIN IMMEDIATE",
        [CONN_COMMIT] = "COMMIT",
        [CONN_SAVEPOINT] = "SAVEPOINT one",
        [CONN_ROLLBACK_TO] = "ROLLBACK TO one",
        [CONN_RELEASE] = "RELEASE one",
    };
    if (c->step[step] == NULL) {
        int code = sqlite3_prepare_v3(c->handle, texts[step], -1, SQLITE_PREPARE_PERSISTENT,
                                      &c->step[step], NULL);
        if (code != SQLITE_OK) return code;
    }
    int code = sqlite3_step(c->step[step]);
    sqlite3_reset(c->step[step]);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

int64_t conn_i64(struct conn *c, const char *text, int64_t otherwise)
{
    sqlite3_stmt *stmt = NULL;
    int64_t value = otherwise;
    if (sqlite3_prepare_v2(c->handle, text, -1, &stmt, NULL) == SQLITE_OK &&
        sqlite3_step(stmt) == SQLITE_ROW)
        value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static int configure(struct conn *c, enum conn_kind kind, int64_t cache_bytes)
{
    char cache[64];
    sqlite3_snprintf(sizeof cache, cache, "PRAGMA cache_size = -%lld",
                     (long long)(cache_bytes >> 10));
    /* page_size counts only before the first page is written, and before WAL is chosen. */
    const char *pragmas[] = {
        kind == CONN_WRITER ? "PRAGMA page_size = 8192" : "",
        kind == CONN_WRITER ? "PRAGMA journal_mode = WAL" : "",
        "PRAGMA synchronous = FULL",
        "PRAGMA wal_autocheckpoint = 0", /* a thread of its own does that */
        "PRAGMA journal_size_limit = 67108864",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON", /* what was erased shall be gone */
        "PRAGMA temp_store = MEMORY",
        "PRAGMA mmap_size = 0", /* an I/O error shall be an error and not a SIGBUS */
        "PRAGMA trusted_schema = OFF",
        cache,
        kind == CONN_READER ? "PRAGMA query_only = ON" : "",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(pragmas); i++) {
        int code = conn_exec(c, pragmas[i]);
        if (code != SQLITE_OK) return code;
    }
    /* The header and the schema are read here: a file that is no database shows itself. */
    return conn_exec(c, "SELECT count(*) FROM sqlite_schema");
}

int conn_open(struct conn *c, const char *path, enum conn_kind kind,
              const struct db_options *options, int64_t cache_bytes)
{
    *c = (struct conn){.texts = options->texts, .text_count = options->text_count};
    int code = sqlite3_open_v2(path, &c->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (c->handle == NULL) return SQLITE_NOMEM;
    if (code != SQLITE_OK) return sqlite3_extended_errcode(c->handle);
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, DB_BUSY_MS);
    /* A misspelt column in double quotes is an error and not a text. */
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (sqlite3_db_readonly(c->handle, "main") == 1) return SQLITE_READONLY;
    c->stmt = calloc((size_t)options->text_count * 2 + 1, sizeof *c->stmt);
    if (c->stmt == NULL) return SQLITE_NOMEM;
    return configure(c, kind, cache_bytes);
}

void conn_close(struct conn *c)
{
    for (int i = 0; c->stmt != NULL && i < c->text_count * 2; i++) sqlite3_finalize(c->stmt[i]);
    for (int i = 0; i < CONN_STEP__COUNT; i++) sqlite3_finalize(c->step[i]);
    free(c->stmt);
    sqlite3_close(c->handle);
    *c = (struct conn){0};
}

static bool is_kept(const struct conn *c, const sqlite3_stmt *stmt)
{
    bool kept = false;
    for (int i = 0; i < c->text_count * 2 && !kept; i++) kept = c->stmt[i] == stmt;
    for (int i = 0; i < CONN_STEP__COUNT && !kept; i++) kept = c->step[i] == stmt;
    return kept;
}

void conn_settle(struct conn *c)
{
    sqlite3_stmt *next;
    for (sqlite3_stmt *s = sqlite3_next_stmt(c->handle, NULL); s != NULL; s = next) {
        next = sqlite3_next_stmt(c->handle, s);
        if (is_kept(c, s))
            sqlite3_reset(s);
        else
            sqlite3_finalize(s); /* of conn_lines; closing would fail for it */
    }
}

static bool prepare(struct ctx *cx, struct conn *c, int query, bool many, sqlite3_stmt **out)
{
    assert(query >= 0 && query < c->text_count);
    const struct sql_text *text = &c->texts[query];
    sqlite3_stmt **kept = &c->stmt[many ? c->text_count + query : query];
    *out = *kept;
    if (*out != NULL) return true;
    sqlite3_stmt *stmt = NULL;
    int in_count = many ? text->in_count * text->many_rows : text->in_count;
    int code = sqlite3_prepare_v3(c->handle, many ? text->many : text->sqlite, -1,
                                  SQLITE_PREPARE_PERSISTENT, &stmt, NULL);
    if (code != SQLITE_OK) {
        bool storage = fault_of(code) == FAULT_STORAGE;
        return fail_detail(cx, storage ? ERR_STORAGE : ERR_INTERNAL,
                           storage ? fault_storage_key(code) : "error.internal", "%s: %s",
                           text->name, sqlite3_errmsg(c->handle));
    }
    const char *differs = sqlite3_bind_parameter_count(stmt) != in_count ? "parameters"
                          : sqlite3_column_count(stmt) != text->out_count      ? "columns"
                          : sqlite3_stmt_readonly(stmt) == text->writes        ? "\"writes\""
                                                                               : NULL;
    if (differs != NULL) {
        sqlite3_finalize(stmt);
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "%s: %s of text and table differ",
                           text->name, differs);
    }
    *out = *kept = stmt;
    return true;
}

bool conn_prepare(struct ctx *cx, struct conn *c, int query, sqlite3_stmt **out)
{
    return prepare(cx, c, query, false, out);
}

bool conn_prepare_many(struct ctx *cx, struct conn *c, int query, sqlite3_stmt **out)
{
    return prepare(cx, c, query, true, out);
}

bool conn_lines(struct ctx *cx, struct conn *c, const char *text, struct buf *out)
{
    sqlite3_stmt *stmt = NULL;
    int code = sqlite3_prepare_v2(c->handle, text, -1, &stmt, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(stmt)) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            if (i > 0) buf_char(out, ' ');
            buf_put(out, str_of((const char *)sqlite3_column_text(stmt, i)));
        }
        buf_char(out, '\n');
        code = SQLITE_OK;
    }
    sqlite3_finalize(stmt);
    if (code == SQLITE_DONE) return true;
    return fail_detail(cx, ERR_STORAGE, fault_storage_key(code), "%s: %s", text,
                       sqlite3_errmsg(c->handle));
}

#include "cmd/database.h"

#include "base/buf.h"
#include "copy/copy.h"
#include "db/migrate.h"
#include "sql.h"
#include "web/embedded.h"

#include <string.h>

enum { MIGRATIONS_MAX = 500, READERS = 6 };

static struct migration *embedded_migrations(arena *a, int *count)
{
    struct migration *list = NEW(a, struct migration, MIGRATIONS_MAX);
    *count = 0;
    for (ptrdiff_t i = 0; i < embedded_count && *count < MIGRATIONS_MAX; i++) {
        const struct embedded_file *f = &embedded_files[i];
        int64_t version;
        if (!str_starts(str_of(f->path), S("sql/migrations/"))) continue;
        str name = str_of(f->path + strlen("sql/migrations/"));
        if (!str_to_i64(str_slice(name, 0, 4), &version)) continue;
        list[(*count)++] =
            (struct migration){(int)version, name.ptr, (const char *)f->bytes, f->len};
    }
    return list;
}

bool database_open(struct ctx *cx, struct app *app)
{
    const struct config *c = &app->config;
    struct db_options o = {
        .path = str_printf(cx->a, "%.*s/zulauf.db", STR_ARG(c->data_dir)),
        .memory_bytes = c->memory_bytes,
        .readers = READERS,
        .url = c->db_url,
        .pool = c->db_pool,
        .unprepared = c->db_unprepared,
        .commit_delay_ms = c->commit_delay_ms,
        .texts = sql_texts,
        .text_count = SQL__COUNT,
    };
    if (!db_open(cx, &o, &app->db)) return false;
    cx->db = app->db;
    return true;
}

/* Before the statements are prepared: a copy that broke off has no indexes yet. */
static bool is_whole(struct ctx *cx, struct tx *tx, void *arg)
{
    struct buf mark = buf_new(cx->a, 200);
    (void)arg;
    if (!sql_lines(tx, "SELECT name FROM installation WHERE name = '" COPY_MARK_NAME "'", &mark))
        return false;
    if (buf_str(&mark).len == 0) return true;
    return fail_detail(cx, ERR_STORAGE, "error.db_open",
                       "A copy into this database has broken off; run the same zulauf copy "
                       "again, and it goes on where it was.");
}

bool database_migrate(struct ctx *cx)
{
    int count;
    struct migration *list = embedded_migrations(cx->a, &count);
    return db_migrate(cx, list, count) && db_read(cx, is_whole, NULL) && db_prepare_all(cx);
}

bool database_plan(struct ctx *cx, str *sql)
{
    int count;
    struct migration *list = embedded_migrations(cx->a, &count);
    return db_migrate_plan(cx, list, count, sql);
}

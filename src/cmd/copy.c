/* zulauf copy: an installation from one database into another, in either direction. */
#include "copy/copy.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/progress.h"
#include "cmd/start.h"
#include "db/db.h"
#include "db/migrate.h"
#include "lead/lead_jobs.h"
#include "web/embedded.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] = "zulauf copy --from URL --to URL\n"
                            "  URL: sqlite:/srv/zulauf/zulauf.db or "
                            "postgresql://user@host/database";

enum { MIGRATIONS_MAX = 500, READERS = 1, CACHE_BYTES = 128 << 20 };

/* One side of it. */
struct side {
    const char *flag;
    str url;
    bool postgres;
    char *path; /* of the SQLite file, else the URL */
    char *dir;  /* of the SQLite file */
    int lock_fd;
    struct bulk *bulk;
};

static bool side_read(arena *a, const char *flag, str url, struct side *out)
{
    *out = (struct side){.flag = flag, .url = url, .lock_fd = -1};
    out->postgres = str_starts(url, S("postgresql://")) || str_starts(url, S("postgres://"));
    if (out->postgres) {
        out->path = str_cstr(a, url);
        return true;
    }
    if (!str_starts(url, S("sqlite:")) || url.len == 7) {
        fprintf(stderr, "zulauf: %s takes sqlite:FILE or postgresql://…; the command reads: %s\n",
                flag, usage);
        return false;
    }
    struct stat st;
    str path = str_slice(url, 7, url.len);
    out->path = str_cstr(a, path);
    if (stat(out->path, &st) == 0 && S_ISDIR(st.st_mode))
        out->path = str_cstr(a, str_printf(a, "%.*s/zulauf.db", STR_ARG(path)));
    char *slash = strrchr(out->path, '/');
    ptrdiff_t len = slash == NULL ? 0 : slash - out->path;
    out->dir = slash == NULL ? str_cstr(a, S("."))
               : len == 0    ? str_cstr(a, S("/"))
                             : str_cstr(a, (str){out->path, len});
    return true;
}

static bool fail_side(struct ctx *cx, const char *path, const char *what)
{
    return fail_detail(cx, ERR_STORAGE, "error.storage", "%s: %s", path, what);
}

/* The folder's lock is the server's: whoever holds it works alone. */
static bool side_lock(struct ctx *cx, struct side *s)
{
    if (s->postgres) return true;
    char *lock = str_cstr(cx->a, str_printf(cx->a, "%s/lock", s->dir));
    s->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) return fail_side(cx, lock, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) return true;
    return fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "A server, or another command, is running on %s; end it first.", s->dir);
}

/* Leases last a while after a node that was killed. */
static bool side_unused(struct ctx *cx, struct side *s, const struct bulk_schema *schema)
{
    bool in_use = false;
    if (!s->postgres) return true;
    if (!copy_in_use(cx, s->bulk, schema, &in_use)) return false;
    return !in_use ||
           fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                       "A server is running on the database of %s; end it first. If it was "
                       "killed, its lease ends within a minute.",
                       s->flag);
}

/* The target's schema, by this program's own steps. */
static bool target_migrate(struct ctx *cx, const struct side *s)
{
    struct migration *list = NEW(cx->a, struct migration, MIGRATIONS_MAX);
    int count = 0;
    for (ptrdiff_t i = 0; i < embedded_count && count < MIGRATIONS_MAX; i++) {
        const struct embedded_file *f = &embedded_files[i];
        if (!str_starts(str_of(f->path), S("sql/migrations/"))) continue;
        const char *name = f->path + strlen("sql/migrations/");
        list[count] = (struct migration){count + 1, name, (const char *)f->bytes, f->len};
        count++;
    }
    struct db_options o = {.readers = READERS, .pool = 2};
    if (s->postgres)
        o.url = str_of(s->path);
    else
        o.path = str_of(s->path);
    if (!db_open(cx, &o, &cx->db)) return false;
    bool good = db_migrate(cx, list, count);
    if (good) touchpoint_partitions_past(cx);
    db_close(cx->db);
    cx->db = NULL;
    return good;
}

static bool source_there(struct ctx *cx, const struct side *s)
{
    struct stat st;
    return s->postgres || stat(s->path, &st) == 0 ||
           fail_side(cx, s->path, "there is no such database");
}

static bool side_open(struct ctx *cx, struct side *s, enum bulk_use use)
{
    struct bulk_options o = {.where = str_of(s->path), .use = use, .memory_bytes = CACHE_BYTES};
    return bulk_open(cx, &o, &s->bulk);
}

/* --- who watches --- */

static void step_begins(void *arg, const char *what, int64_t total)
{
    progress_begin(arg, what, total);
}

static bool step_done(void *arg, int64_t count)
{
    progress_at(arg, count);
    return true;
}

static void step_ends(void *arg, int64_t count)
{
    progress_end(arg, count);
}

static void done(const struct side *to, const struct copy_result *result, int64_t ms)
{
    char rows[32], speed[32];
    printf("%s rows in %lld tables%s in %lld.%lld s, %s a second; the same on both sides, by "
           "count and by sum.\n",
           progress_number(result->rows, rows), (long long)result->tables,
           result->resumed ? " (the rest of a copy that had broken off)" : "",
           (long long)(ms / 1000), (long long)(ms % 1000 / 100),
           progress_number(result->rows * 1000 / (ms > 0 ? ms : 1), speed));
    if (to->postgres)
        printf("Next: start the server with --db and the new URL, on the data folder that it has: "
               "keys.json stays the same file.\n");
    else
        printf("Next: keys.json stays the same file; it belongs into %s, beside the database, and "
               "erasures.jsonl with it. "
               "Start: zulauf serve --data %s\n",
               to->dir, to->dir);
    printf("Then: zulauf check. Do not start the old one any more; keep it until you are sure.\n");
}

static bool copy_all(struct ctx *cx, struct side *from, struct side *to, int delay_ms)
{
    struct bulk_schema schema;
    struct progress progress;
    struct copy_result result;
    int64_t began_ms = clock_mono_ms();
    struct copy_watch watch = {.begins = step_begins,
                               .done = step_done,
                               .ends = step_ends,
                               .arg = &progress,
                               .commit_delay_ms = delay_ms};
    bool good = source_there(cx, from) && side_lock(cx, from) && side_lock(cx, to) &&
                side_open(cx, from, BULK_READ) && bulk_schema_read(cx, &schema) &&
                side_unused(cx, from, &schema) && target_migrate(cx, to) &&
                side_open(cx, to, BULK_WRITE) && side_unused(cx, to, &schema) &&
                copy_run(cx, from->bulk, to->bulk, &schema, &watch, &result);
    if (good) done(to, &result, clock_mono_ms() - began_ms);
    return good;
}

static void side_close(struct side *s)
{
    bulk_close(s->bulk);
    if (s->lock_fd >= 0) close(s->lock_fd);
}

int cmd_copy(const struct options *o)
{
    struct side from, to;
    arena a;
    if (!command_word(o, NULL, usage)) return EXIT_USAGE;
    if (!command_arena(&a)) return EXIT_FAILED;
    if (!side_read(&a, "--from", o->from, &from) || !side_read(&a, "--to", o->to, &to))
        return EXIT_USAGE;
    if (strcmp(from.path, to.path) == 0)
        return command_refuse(EXIT_USAGE, S("--from and --to are the same database."));
    struct ctx cx = {.a = &a, .now_ms = clock_now_ms(), .actor = {.kind = ACTOR_OPERATOR}};
    bool good = crypto_init() && copy_all(&cx, &from, &to, o->config.commit_delay_ms);
    side_close(&to);
    side_close(&from);
    return good ? EXIT_DONE : command_refuse(EXIT_FAILED, operator_sentence(&cx));
}

/* zulauf demo: people who do not exist, in an empty installation.
 *
 * PostgreSQL: one transaction. SQLite: everything is written into a new file without a journal,
 * made durable, and then put in the place of the empty one. A break leaves the empty one as it was.
 */
#include "demo/demo.h"
#include "lead/lead_jobs.h"

#include "base/clock.h"
#include "base/tz.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/progress.h"
#include "cmd/start.h"
#include "copy/copy.h"
#include "db/db.h"
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "zulauf demo --data DIR --leads N [--events N] [--seed N] [--now 2026-01-31T12:00:00Z]";

enum { LEADS_DEFAULT = 5000, CACHE_BYTES = 256 << 20 };

struct demo_run {
    struct app *app;
    struct demo_options demo;
    struct bulk_schema schema;
    struct demo_result result;
    struct progress progress;
    int64_t began_ms;
};

static bool number_read(const char *flag, str text, int64_t least, int64_t most, int64_t otherwise,
                        int64_t *out)
{
    *out = otherwise;
    if (text.ptr == NULL || (str_to_i64(text, out) && *out >= least && *out <= most)) return true;
    fprintf(stderr, "zulauf: %s takes a whole number from %lld to %lld, not \"%.*s\".\n", flag,
            (long long)least, (long long)most, STR_ARG(text));
    return false;
}

static bool wish_read(const struct options *o, struct demo_options *out)
{
    int64_t now_ms = clock_now_ms();
    out->now_ms = now_ms;
    if (!number_read("--leads", o->leads, 1, DEMO_LEADS_MAX, LEADS_DEFAULT, &out->leads) ||
        !number_read("--events", o->events, 0, out->leads * DEMO_EVENTS_PER_LEAD_MAX,
                     out->leads * DEMO_EVENTS_DEFAULT, &out->events) ||
        !number_read("--seed", o->seed, 0, INT64_MAX / 16, 1, &out->seed))
        return false;
    if (o->now.ptr == NULL) return true;
    if (rfc3339_parse(o->now, &out->now_ms) && out->now_ms <= now_ms &&
        out->now_ms > INT64_C(1672531200000))
        return true;
    fprintf(stderr, "zulauf: --now takes a moment of the past since 2023, such as "
                    "2026-01-31T12:00:00Z.\n");
    return false;
}

static bool leads_done(void *arg, int64_t leads)
{
    struct demo_run *run = arg;
    progress_at(&run->progress, leads);
    return true;
}

static bool first_workspace(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace w;
    if (!workspace_by_host(cx, tx, S(""), &w)) return false;
    *(int64_t *)arg = w.id;
    return true;
}

static bool fail_path(struct ctx *cx, const char *path)
{
    return fail_detail(cx, ERR_STORAGE, "error.storage", "%s: %s", path, strerror(errno));
}

/* Put `from` in the place of `to`, and see to it that it stays there. */
static bool replace_file(struct ctx *cx, const char *from, const char *to, const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && rename(from, to) == 0 && fsync(fd) == 0;
    if (!good) fail_path(cx, to);
    if (fd >= 0) close(fd);
    return good;
}

static bool fill(struct ctx *cx, struct demo_run *run, const char *where)
{
    struct bulk_options o = {
        .where = str_of(where), .use = BULK_FRESH, .memory_bytes = run->app->config.memory_bytes};
    struct bulk *b = NULL;
    bool in_use = false;
    if (o.memory_bytes < CACHE_BYTES) o.memory_bytes = CACHE_BYTES;
    if (!bulk_open(cx, &o, &b)) return false;
    bool good = copy_in_use(cx, b, &run->schema, &in_use);
    if (good && in_use && bulk_is_postgres(b))
        good = fail_detail(cx, ERR_UNAVAILABLE, "error.busy",
                           "A server is running on this database; end it first.");
    progress_begin(&run->progress, "leads", run->demo.leads);
    good = good && demo_fill(cx, b, &run->schema, &run->demo, &run->result) && bulk_finish(cx, b);
    bulk_close(b);
    if (good) progress_end(&run->progress, run->demo.leads);
    return good;
}

static bool empty(struct ctx *cx, struct demo_run *run, const char *where)
{
    struct bulk *b;
    struct bulk_options o = {.where = str_of(where), .use = BULK_READ};
    if (!bulk_open(cx, &o, &b)) return false;
    bool good = demo_must_be_empty(cx, b, &run->schema);
    bulk_close(b);
    return good;
}

/* The empty database, byte by byte: accounts and settings that are there already stay. */
static bool copy_file(struct ctx *cx, const char *from, const char *to)
{
    char bytes[64 << 10];
    ssize_t n = -1;
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (write(out, bytes, (size_t)n) != n) break;
    bool good = n == 0 || fail_path(cx, to);
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return good;
}

static bool fill_sqlite(struct ctx *cx, struct demo_run *run)
{
    char *dir = str_cstr(cx->a, run->app->config.data_dir);
    char *path = str_cstr(cx->a, str_printf(cx->a, "%s/zulauf.db", dir));
    char *fresh = str_cstr(cx->a, str_printf(cx->a, "%s/zulauf.db.demo", dir));
    char *log = str_cstr(cx->a, str_printf(cx->a, "%s/zulauf.db-wal", dir));
    struct stat st;
    if (!empty(cx, run, path)) return false;
    /* Who closes last empties the log and takes it away. */
    if (stat(log, &st) == 0)
        return fail_detail(cx, ERR_STORAGE, "error.storage",
                           "Another program holds %s; end it, then run this again.", path);
    (void)unlink(fresh); /* of a run that broke off */
    bool good =
        copy_file(cx, path, fresh) && fill(cx, run, fresh) && replace_file(cx, fresh, path, dir);
    if (!good) (void)unlink(fresh);
    return good;
}

/* At PostgreSQL all of it is one transaction: a break leaves nothing. */
static bool fill_database(struct ctx *cx, struct demo_run *run)
{
    str url = run->app->config.db_url;
    return url.len > 0 ? fill(cx, run, str_cstr(cx->a, url)) : fill_sqlite(cx, run);
}

static int done(struct ctx *cx, const struct demo_run *run)
{
    char leads[32], touchpoints[32], rows[32], speed[32];
    int64_t ms = clock_mono_ms() - run->began_ms;
    printf("%s leads with %s touchpoints: %s rows in %lld.%lld s, %s a second; seed %lld, "
           "now %.*s\n"
           "Nobody in it exists: addresses lie at reserved names such as example.com, where "
           "nothing is ever delivered.\n"
           "Next: zulauf serve --data %.*s%s\n",
           progress_number(run->demo.leads, leads),
           progress_number(run->result.touchpoints, touchpoints),
           progress_number(run->result.rows, rows), (long long)(ms / 1000),
           (long long)(ms % 1000 / 100),
           progress_number(run->result.rows * 1000 / (ms > 0 ? ms : 1), speed),
           (long long)run->demo.seed, STR_ARG(rfc3339(cx->a, run->demo.now_ms)),
           STR_ARG(run->app->config.data_dir), run->app->config.db_url.len > 0 ? " --db URL" : "");
    return EXIT_DONE;
}

int cmd_demo(const struct options *o)
{
    struct demo_run run = {.began_ms = clock_mono_ms()};
    str why;
    arena a;
    if (!command_word(o, NULL, usage) || !wish_read(o, &run.demo)) return EXIT_USAGE;
    if (!command_arena(&a)) return EXIT_FAILED;
    run.app = NEW(&a, struct app, 1);
    if (!app_open(run.app, &a, o, &why)) return command_refuse(EXIT_FAILED, why);
    struct ctx cx = app_ctx(run.app, &a, ACTOR_OPERATOR);
    run.demo.progress = leads_done;
    run.demo.arg = &run;
    run.demo.base_url = run.app->config.public_url;
    bool good = db_read(&cx, first_workspace, &cx.workspace_id);
    if (!good) why = str_dup(&a, operator_sentence(&cx));
    if (good) touchpoint_partitions_past(&cx);
    /* The database is closed, but the folder stays ours: the lock goes with its last descriptor. */
    int lock_fd = dup(run.app->lock_fd);
    app_close(run.app);
    cx.db = NULL;
    cx.now_ms = clock_now_ms(); /* our own lease ended just now */
    if (good) {
        good = lock_fd >= 0 && bulk_schema_read(&cx, &run.schema) && fill_database(&cx, &run);
        why = operator_sentence(&cx);
    }
    int code = good ? done(&cx, &run) : command_refuse(EXIT_FAILED, why);
    if (lock_fd >= 0) close(lock_fd);
    return code;
}

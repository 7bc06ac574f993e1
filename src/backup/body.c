#include "backup/body.h"

#include "app.h"
#include "backup/body_rows.h"
#include "backup/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

/* --- SQLite: the file --- */

static int64_t size_of(arena scratch, str dir, const char *file)
{
    struct stat st;
    const char *name = str_cstr(&scratch, str_printf(&scratch, "%.*s/%s", STR_ARG(dir), file));
    return stat(name, &st) == 0 ? st.st_size : 0;
}

/* The copy, and an archive that is seldom larger than half of it. */
static bool sqlite_need(struct ctx *cx, int64_t *bytes)
{
    str dir = cx->app->config.data_dir;
    int64_t file = size_of(*cx->a, dir, "zulauf.db") + size_of(*cx->a, dir, "zulauf.db-wal");
    *bytes = file + file / 2;
    return true;
}

static bool sqlite_open(struct ctx *cx, str archive_path, struct body_dump *d)
{
    struct stat st;
    d->copy = str_printf(cx->a, "%.*s.copy", STR_ARG(archive_path));
    const char *name = str_cstr(cx->a, d->copy);
    (void)unlink(name);                        /* of a run that was cut off */
    if (!db_backup(cx, d->copy)) return false; /* it has taken away its own */
    d->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool opened = d->fd >= 0 && fstat(d->fd, &st) == 0;
    int error = errno;
    (void)unlink(name); /* it needs no name any more, and nobody finds it should we be killed */
    if (!opened)
        return archive_refuse(cx, ERR_STORAGE, "backup.unreadable", d->copy,
                              disk_reason(cx->a, error));
    d->body_bytes = st.st_size;
    return true;
}

static bool sqlite_pour(struct ctx *cx, struct body_dump *d, struct archive_writer *to,
                        const struct archive_watch *watch)
{
    char *bytes = NEW(cx->a, char, READ_BYTES);
    for (int64_t done = 0; done < d->body_bytes;) {
        ssize_t n = read(d->fd, bytes, READ_BYTES);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            return archive_refuse(cx, ERR_STORAGE, "backup.unreadable", d->copy,
                                  n < 0 ? disk_reason(cx->a, errno) : S("it became shorter"));
        if (!archive_put(cx, to, bytes, n)) return false;
        done += n;
        if (watch != NULL && !watch->go_on(watch->to, done, d->body_bytes))
            return archive_refuse(cx, ERR_UNAVAILABLE, "backup.stopped", d->path, S(""));
    }
    return true;
}

static void sqlite_close(struct body_dump *d)
{
    if (d->fd >= 0) close(d->fd);
    d->fd = -1;
}

struct restored {
    int fd;
    str path;
};

static bool put_file(struct ctx *cx, void *to, const void *bytes, ptrdiff_t len)
{
    struct restored *r = to;
    int error = disk_write(r->fd, bytes, len);
    return error == 0 || archive_refuse(cx, ERR_STORAGE, "backup.not_written", r->path,
                                        disk_reason(cx->a, error));
}

static bool sqlite_restore(struct ctx *cx, struct archive_reader *from,
                           const struct pair_secret *key, str folder,
                           const struct archive_watch *watch)
{
    struct restored r = {.path = str_printf(cx->a, "%.*s/zulauf.db", STR_ARG(folder))};
    struct archive_sink sink = {put_file, &r};
    r.fd = disk_create(*cx->a, r.path);
    if (r.fd < 0)
        return archive_refuse(cx, ERR_STORAGE, "backup.not_written", r.path,
                              disk_reason(cx->a, errno));
    bool ok = archive_read(cx, from, key, &sink, watch);
    int error = ok && fsync(r.fd) != 0 ? errno : 0;
    if (close(r.fd) != 0 && error == 0) error = errno;
    if (ok && error != 0)
        return archive_refuse(cx, ERR_STORAGE, "backup.not_written", r.path,
                              disk_reason(cx->a, error));
    return ok;
}

/* --- the kinds --- */

static const struct body_kind kinds[BODY__COUNT] = {
    [BODY_SQLITE] = {"sqlite", sqlite_need, sqlite_open, sqlite_pour, sqlite_close, sqlite_restore},
    [BODY_ROWS] = {"postgresql", rows_need, rows_open, rows_pour, rows_close, rows_restore},
};

const struct body_kind *body_kind_of(enum archive_body body)
{
    bool known = body >= 0 && body < BODY__COUNT && kinds[body].engine != NULL;
    return known ? &kinds[body] : NULL;
}

enum archive_body body_of_database(struct ctx *cx)
{
    return db_is_shared(cx->db) ? BODY_ROWS : BODY_SQLITE;
}

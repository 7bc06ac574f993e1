#include "backup/erasures.h"

#include "app.h"
#include "backup/archive.h"
#include "backup/disk.h"
#include "base/id.h"
#include "base/json.h"
#include "base/log.h"
#include "base/tz.h"
#include "db/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_BYTES = 64 << 10 };

str erasure_journal_path(struct ctx *cx)
{
    assert(cx->app != NULL);
    return str_printf(cx->a, "%.*s/erasures.jsonl", STR_ARG(cx->app->config.data_dir));
}

str erasure_shared_path(struct ctx *cx)
{
    assert(cx->app != NULL);
    str folder = cx->app->config.backup_dir;
    return folder.len == 0 ? S("") : str_printf(cx->a, "%.*s/erasures.jsonl", STR_ARG(folder));
}

/* --- writing --- */

static str line_of(arena *a, const struct erasure *e)
{
    struct value v = value_map(a);
    value_set_text(v, "at", rfc3339(a, e->at_ms));
    value_set_text(v, "workspace", id_text(a, ID_WORKSPACE, e->workspace_id));
    if (e->lead_id != 0) value_set_text(v, "lead", id_text(a, ID_LEAD, e->lead_id));
    if (e->kept) value_set_bool(v, "kept", true);
    return str_printf(a, "%.*s\n", STR_ARG(json_text(a, v)));
}

/* Where the last whole line ends; -1 if that is no journal. What a crash tore off behind it was
 * never confirmed to anybody. */
static int64_t whole_bytes(int fd, int64_t size)
{
    char tail[ERASURE_LINE_BYTES];
    int64_t from = size > ERASURE_LINE_BYTES ? size - ERASURE_LINE_BYTES : 0;
    ssize_t n = pread(fd, tail, sizeof tail, from);
    if (n < 0 || from + n != size) return -1;
    while (n > 0 && tail[n - 1] != '\n') n--;
    return n > 0 || from == 0 ? from + n : -1;
}

/* Whole lines at the end of a locked journal, or nothing; errno or 0. */
static int append(int fd, str lines)
{
    struct stat st;
    if (fstat(fd, &st) != 0) return errno;
    int64_t whole = whole_bytes(fd, st.st_size);
    if (whole < 0) return EINVAL;
    if (whole < st.st_size && ftruncate(fd, whole) != 0) return errno;
    int error = disk_write(fd, lines.ptr, lines.len);
    if (error == 0 && fsync(fd) != 0) error = errno;
    if (error != 0 && ftruncate(fd, whole) != 0) return error; /* what it was before */
    return error;
}

/* Open to append, alone in it until it is closed; -1 with errno. */
static int open_journal(arena scratch, str path, int flags)
{
    const char *name = str_cstr(&scratch, path);
    int fd = open(name, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | flags, 0600);
    struct stat st;
    if (fd < 0) return -1;
    int error = fstat(fd, &st) != 0 ? errno : S_ISREG(st.st_mode) ? 0 : EINVAL;
    while (error == 0 && flock(fd, LOCK_EX) != 0)
        if (errno != EINTR) error = errno;
    if (error == 0 && st.st_size == 0) error = disk_sync_folder(scratch, path);
    if (error == 0) return fd;
    close(fd);
    errno = error;
    return -1;
}

static bool not_noted(struct ctx *cx, str path, int error)
{
    return archive_refuse(cx, ERR_STORAGE, "erasure.not_noted", path, disk_reason(cx->a, error));
}

static bool add_lines(struct ctx *cx, str path, int flags, str lines)
{
    int fd = open_journal(*cx->a, path, flags);
    if (fd < 0) return not_noted(cx, path, errno);
    int error = lines.len > 0 ? append(fd, lines) : 0;
    if (close(fd) != 0 && error == 0) error = errno;
    return error == 0 || not_noted(cx, path, error);
}

static void share_failed(struct ctx *cx)
{
    log_line(LOG_LEVEL_ERROR, "backup.journal", "error=%s detail=%s",
             cx->err.key != NULL ? cx->err.key : "unexplained", log_str(cx->err.detail).text);
}

/* The other nodes' backups need it at once; what fails here the next carrying makes up for. */
static void share_line(struct ctx *cx, str line)
{
    arena scratch = *cx->a;
    struct ctx own = *cx;
    own.a = &scratch;
    str shared = erasure_shared_path(&own);
    if (shared.len == 0 || disk_folder_error(scratch, shared) != 0) return;
    if (!add_lines(&own, shared, O_NOFOLLOW, line)) share_failed(&own);
}

bool erasure_note(struct ctx *cx, int64_t lead_id, bool kept)
{
    struct erasure e = {cx->now_ms, cx->workspace_id, lead_id, kept};
    str line = line_of(cx->a, &e);
    if (!add_lines(cx, erasure_journal_path(cx), 0, line)) return false;
    share_line(cx, line);
    return true;
}

bool erasure_end(struct ctx *cx, int64_t lead_id, bool written, bool erased)
{
    if (written) return erased || erasure_note(cx, lead_id, true);
    struct err why = cx->err;
    /* What cannot be noted stays as it is: rather erased once more than brought back. */
    if (db_surely_undone(cx) && !erasure_note(cx, lead_id, true)) share_failed(cx);
    cx->err = why;
    return false;
}

bool erasure_journal_make(struct ctx *cx, str path)
{
    return add_lines(cx, path, 0, S(""));
}

/* --- reading --- */

/* One line into *out; false if it is no entry. */
static bool line_read(arena scratch, str line, struct erasure *out)
{
    struct json_err err;
    struct value v, kept;
    if (!json_parse(&scratch, line, &v, &err) || v.type != VALUE_MAP) return false;
    kept = value_get(v, S("kept"));
    out->kept = kept.type == VALUE_BOOL && kept.as.boolean;
    struct value lead = value_get(v, S("lead"));
    bool whole = value_is_null(lead); /* a workspace with all its leads */
    if (whole) out->lead_id = 0;
    return rfc3339_parse(value_str(value_get(v, S("at"))), &out->at_ms) &&
           id_parse(value_str(value_get(v, S("workspace"))), ID_WORKSPACE, &out->workspace_id) &&
           (whole || id_parse(value_str(lead), ID_LEAD, &out->lead_id));
}

struct lines {
    struct ctx *cx;
    str path;
    struct erasures *into;
    char *bytes; /* READ_BYTES */
    ptrdiff_t len;
    int64_t number; /* of the line */
};

static bool unreadable(struct lines *l, str reason)
{
    return archive_refuse(l->cx, ERR_INVALID, "erasure.unreadable", l->path, reason);
}

/* Every whole line of what has come; the rest moves to the front. */
static bool take_lines(struct lines *l)
{
    str rest = {l->bytes, l->len};
    for (ptrdiff_t end; (end = str_find_char(rest, '\n')) >= 0;) {
        str line = str_trim(str_slice(rest, 0, end));
        rest = str_slice(rest, end + 1, rest.len);
        l->number++;
        if (line.len == 0) continue;
        if (l->into->count == l->into->cap)
            return unreadable(l, str_printf(l->cx->a, "more than %d lines", ERASURES_MAX));
        if (!line_read(*l->cx->a, line, &l->into->row[l->into->count]))
            return unreadable(
                l, str_printf(l->cx->a, "line %lld is no entry of one", (long long)l->number));
        l->into->count++;
    }
    memmove(l->bytes, rest.ptr, (size_t)rest.len);
    l->len = rest.len;
    return l->len < ERASURE_LINE_BYTES || unreadable(l, S("a line is too long"));
}

static bool read_lines(struct lines *l, int fd)
{
    for (;;) {
        ssize_t n = read(fd, l->bytes + l->len, (size_t)(READ_BYTES - l->len));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return unreadable(l, disk_reason(l->cx->a, errno));
        if (n == 0) return true;
        l->len += n;
        if (!take_lines(l)) return false;
    }
}

/* Room for as many lines more as a file of that size can hold. */
static void make_room(arena *a, struct erasures *e, int64_t bytes)
{
    enum { SHORTEST = 60 };
    int64_t lines = bytes / SHORTEST + 1;
    e->cap = lines < ERASURES_MAX - e->count ? e->count + (ptrdiff_t)lines : ERASURES_MAX;
    struct erasure *row = NEW(a, struct erasure, e->cap);
    if (e->count > 0) memcpy(row, e->row, (size_t)e->count * sizeof *row);
    e->row = row;
}

bool erasures_read(struct ctx *cx, str path, struct erasures *into)
{
    struct lines l = {.cx = cx, .path = path, .into = into, .bytes = NEW(cx->a, char, READ_BYTES)};
    struct stat st;
    int fd = open(str_cstr(cx->a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return unreadable(&l, disk_reason(cx->a, errno));
    bool ok = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (ok) make_room(cx->a, into, st.st_size);
    ok = ok ? read_lines(&l, fd) : unreadable(&l, S("no regular file"));
    close(fd);
    return ok;
}

/* --- order --- */

static int compare(const void *a, const void *b)
{
    const struct erasure *x = a, *y = b;
    if (x->workspace_id != y->workspace_id) return x->workspace_id < y->workspace_id ? -1 : 1;
    if (x->lead_id != y->lead_id) return x->lead_id < y->lead_id ? -1 : 1;
    if (x->at_ms != y->at_ms) return x->at_ms < y->at_ms ? -1 : 1;
    return x->kept - y->kept;
}

static bool same_lead(const struct erasure *x, const struct erasure *y)
{
    return x->workspace_id == y->workspace_id && x->lead_id == y->lead_id;
}

/* Rows that several journals have in common count once. */
static void drop_doubles(struct erasures *e)
{
    ptrdiff_t n = 0;
    if (e->count > 0) qsort(e->row, (size_t)e->count, sizeof *e->row, compare);
    for (ptrdiff_t i = 0; i < e->count; i++)
        if (n == 0 || compare(&e->row[n - 1], &e->row[i]) != 0) e->row[n++] = e->row[i];
    e->count = n;
}

void erasures_settle(struct erasures *e)
{
    ptrdiff_t n = 0;
    drop_doubles(e);
    for (ptrdiff_t i = 0, next; i < e->count; i = next) {
        ptrdiff_t latest = -1;
        for (next = i; next < e->count && same_lead(&e->row[i], &e->row[next]); next++) {
            bool taken_back = next + 1 < e->count && same_lead(&e->row[next], &e->row[next + 1]) &&
                              e->row[next].at_ms == e->row[next + 1].at_ms;
            if (!e->row[next].kept && !taken_back) latest = next; /* they stand by time */
        }
        if (latest >= 0) e->row[n++] = e->row[latest];
    }
    e->count = n;
}

/* --- from one journal into another --- */

static bool contains(const struct erasures *e, const struct erasure *row)
{
    return e->count > 0 && bsearch(row, e->row, (size_t)e->count, sizeof *row, compare) != NULL;
}

bool erasures_carry(struct ctx *cx, str from, str to, bool follow)
{
    enum { LINES_BYTES = 32 << 10 };
    struct erasures theirs = {0}, ours = {0};
    int flags = follow ? 0 : O_NOFOLLOW;
    if (!add_lines(cx, to, flags, S("")) || !erasures_read(cx, from, &theirs) ||
        !erasures_read(cx, to, &ours))
        return false;
    drop_doubles(&ours);
    drop_doubles(&theirs);
    struct buf lines = buf_new(cx->a, LINES_BYTES + ERASURE_LINE_BYTES);
    for (ptrdiff_t i = 0; i < theirs.count; i++) {
        arena scratch = *cx->a;
        if (contains(&ours, &theirs.row[i])) continue;
        str line = line_of(&scratch, &theirs.row[i]);
        buf_put(&lines, line);
        if (lines.len < LINES_BYTES) continue;
        if (!add_lines(cx, to, flags, buf_str(&lines))) return false;
        lines.len = 0;
    }
    return lines.len == 0 || add_lines(cx, to, flags, buf_str(&lines));
}

void erasures_share(struct ctx *cx)
{
    arena scratch = *cx->a;
    struct ctx own = *cx;
    own.a = &scratch;
    str from = erasure_journal_path(&own), shared = erasure_shared_path(&own);
    bool ok = erasure_journal_make(&own, from);
    if (ok && shared.len > 0 && disk_folder_error(scratch, shared) == 0)
        ok = erasures_carry(&own, from, shared, false);
    if (!ok) share_failed(&own);
}

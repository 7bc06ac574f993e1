#include "keys/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What can be said of a file: the sentence's {path} and {reason}. */
static bool refuse(struct ctx *cx, enum err_code code, const char *key, str path, str reason)
{
    bool ok = fail_detail(cx, code, key,
                          "The key file %.*s cannot be used (%.*s). Put it right, or back from a "
                          "backup: without its keys nothing that is stored can be read.",
                          STR_ARG(path), STR_ARG(reason));
    fail_arg(cx, "path", path);
    fail_arg(cx, "reason", reason);
    return ok;
}

/* The system's reason. `error` is an errno. */
static bool refuse_errno(struct ctx *cx, const char *key, str path, int error)
{
    char text[128];
    return refuse(cx, ERR_STORAGE, key, path,
                  str_dup(cx->a, str_of(strerror_r(error, text, sizeof text))));
}

/* --- reading --- */

/* A file as it was found: its text, or an errno or phrase why not. */
struct found {
    char *text; /* KEY_FILE_MAX_BYTES + 1: one more than may be, to notice more */
    ptrdiff_t len;
    int error;
    bool open_to_others;
    const char *phrase;
};

static void read_all(int fd, struct found *f)
{
    while (f->len <= KEY_FILE_MAX_BYTES) {
        ssize_t n = read(fd, f->text + f->len, (size_t)(KEY_FILE_MAX_BYTES + 1 - f->len));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) f->error = errno;
        if (n <= 0) return;
        f->len += n;
    }
    f->error = EFBIG;
}

/* Check what was opened (not what the name says a moment later) and read it. Takes no memory:
 * an arena that is full must not leave the file open. */
static void read_checked(const char *name, struct found *f)
{
    struct stat st;
    /* Not blocking, or a FIFO in its place would hang the start. */
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        f->error = errno;
        return;
    }
    if (fstat(fd, &st) != 0)
        f->error = errno;
    else if (!S_ISREG(st.st_mode))
        f->phrase = "not a regular file";
    else if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        f->open_to_others = true;
    else
        read_all(fd, f);
    close(fd);
}

bool key_ring_load(struct ctx *cx, str path, struct key_ring **out)
{
    struct key_ring *ring = NEW(cx->a, struct key_ring, 1);
    arena scratch = *cx->a;
    struct found f = {.text = NEW(&scratch, char, KEY_FILE_MAX_BYTES + 1)};
    read_checked(str_cstr(&scratch, path), &f);

    if (f.error == ENOENT)
        return refuse(cx, ERR_NOT_FOUND, "keys.missing", path, S("no such file"));
    if (f.error != 0) return refuse_errno(cx, "keys.unreadable", path, f.error);
    if (f.phrase != NULL) return refuse(cx, ERR_STORAGE, "keys.unreadable", path, str_of(f.phrase));
    if (f.open_to_others)
        return refuse(cx, ERR_STORAGE, "keys.open_to_others", path,
                      S("its mode lets group or others in; chmod 600"));

    str why = {0};
    if (!key_ring_parse(&scratch, (str){f.text, f.len}, ring, &why)) {
        *cx->a = scratch; /* keep the phrase */
        return refuse(cx, ERR_STORAGE, "keys.damaged", path, why);
    }
    *out = ring;
    return true;
}

/* --- writing --- */

static int write_all(int fd, str text)
{
    for (ptrdiff_t at = 0; at < text.len;) {
        ssize_t n = write(fd, text.ptr + at, (size_t)(text.len - at));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return errno;
        at += n;
    }
    return 0;
}

/* A new file of mode 0600, whatever the umask, that is on the disk; an errno, or 0. */
static int write_synced(const char *name, str text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0) return errno;
    int error = fchmod(fd, S_IRUSR | S_IWUSR) == 0 ? 0 : errno;
    if (error == 0) error = write_all(fd, text);
    if (error == 0 && fsync(fd) != 0) error = errno;
    if (close(fd) != 0 && error == 0) error = errno;
    return error;
}

/* A name is durable once its folder is. */
static int sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

static const char *folder_of(arena *a, str path)
{
    for (ptrdiff_t i = path.len - 1; i >= 0; i--)
        if (path.ptr[i] == '/') return str_cstr(a, str_slice(path, 0, i == 0 ? 1 : i));
    return ".";
}

/* Write `ring` beside `path`, then give it the name; an errno, or 0. Without `replace` a file that
 * is there already stays (EEXIST): link refuses where rename would not. */
static int put_file(arena scratch, str path, const struct key_ring *ring, bool replace)
{
    uint8_t random[12]; /* two processes must not write the same file */
    crypto_random(random, sizeof random);
    str suffix = base64url_encode(&scratch, random, sizeof random);
    const char *name = str_cstr(&scratch, path);
    const char *folder = folder_of(&scratch, path);
    str temporary = str_printf(&scratch, "%.*s.new-%.*s", STR_ARG(path), STR_ARG(suffix));
    const char *beside = str_cstr(&scratch, temporary);

    int error = write_synced(beside, key_ring_text(&scratch, ring));
    if (error == 0 && (replace ? rename(beside, name) : link(beside, name)) != 0) error = errno;
    if (error != 0 || !replace) unlink(beside);
    return error == 0 ? sync_folder(folder) : error;
}

bool key_ring_save(struct ctx *cx, str path, const struct key_ring *ring)
{
    int error = put_file(*cx->a, path, ring, true);
    return error == 0 || refuse_errno(cx, "keys.not_written", path, error);
}

bool key_ring_open(struct ctx *cx, str path, struct key_ring **out)
{
    if (key_ring_load(cx, path, out)) return true;
    if (cx->err.code != ERR_NOT_FOUND) return false;
    err_clear(cx);

    struct key_ring *ring = NEW(cx->a, struct key_ring, 1);
    key_ring_new(ring, cx->now_ms);
    int error = put_file(*cx->a, path, ring, false);
    if (error != 0 && error != EEXIST) return refuse_errno(cx, "keys.not_written", path, error);
    return key_ring_load(cx, path, out); /* as the next start will: ours, or another process's */
}

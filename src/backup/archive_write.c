#include "backup/archive_part.h"
#include "backup/disk.h"
#include "backup/pair.h"
#include "base/bytes.h"

#include <errno.h>
#include <unistd.h>

struct archive_writer {
    int fd; /* -1: closed */
    str path, part;
    const char *part_name;
    struct zip_packer *packer;
    struct digest digest;
    bool sealed, committed;
    struct pieces pieces;
    uint8_t binding[SHA256_BYTES]; /* of the head: no piece fits under another */
    uint8_t *plain;                /* ARCHIVE_PIECE_BYTES, filled up to: */
    ptrdiff_t len;
    uint8_t *piece; /* PIECE_ROOM_BYTES: as it goes into the file */
    int64_t body_bytes, file_bytes;
};

bool archive_refuse(struct ctx *cx, enum err_code code, const char *key, str path, str reason)
{
    static const struct {
        const char *key, *english;
    } sentences[] = {
        {"backup.exists", "%.*s is there already%.*s; name a new file, nothing is overwritten."},
        {"backup.not_written", "%.*s could not be written (%.*s); nothing of it was left."},
        {"backup.unreadable", "%.*s cannot be read (%.*s)."},
        {"backup.not_backup", "%.*s is no backup of Zulauf%.*s."},
        {"backup.newer_format",
         "%.*s was made by a newer Zulauf%.*s; use the program that made it, or a later one."},
        {"backup.damaged", "%.*s is damaged (%.*s); use another backup."},
        {"backup.key_wrong", "%.*s is sealed for another key%.*s; give the private key that was "
                             "made with the public key it names."},
        {"backup.stopped", "%.*s was not finished%.*s: the program is being stopped."},
        {"backup.body_unknown",
         "%.*s: this version cannot back up or put back a body of the kind \"%.*s\"."},
        {"backup.folder", "The backup folder %.*s cannot be used (%.*s)."},
        {"erasure.not_noted", "The journal of erasures %.*s could not be written (%.*s); nothing "
                              "was erased."},
        {"erasure.unreadable", "The journal of erasures %.*s cannot be read (%.*s)."},
    };
    const char *english = "%.*s: %.*s";
    for (ptrdiff_t i = 0; i < COUNTOF(sentences); i++)
        if (str_eq(str_of(key), str_of(sentences[i].key))) english = sentences[i].english;
    path = str_dup(cx->a, path);
    reason = str_dup(cx->a, reason);
    fail(cx, code, key);
    cx->err.detail = str_printf(cx->a, english, STR_ARG(path), STR_ARG(reason));
    fail_arg(cx, "path", path);
    fail_arg(cx, "reason", reason);
    return false;
}

static bool refuse_errno(struct ctx *cx, const struct archive_writer *w, int error)
{
    if (error == EEXIST) return archive_refuse(cx, ERR_CONFLICT, "backup.exists", w->path, S(""));
    return archive_refuse(cx, ERR_STORAGE, "backup.not_written", w->path,
                          disk_reason(cx->a, error));
}

/* Everything goes into the file and the hash. */
static int emit(struct archive_writer *w, const void *bytes, ptrdiff_t len)
{
    crypto_digest_add(&w->digest, (str){bytes, len});
    w->file_bytes += len;
    return disk_write(w->fd, bytes, len);
}

static int emit_piece(struct archive_writer *w, bool last)
{
    str plain = {(const char *)w->plain, w->len};
    ptrdiff_t len = w->len;
    if (w->sealed) {
        str binding = {(const char *)w->binding, SHA256_BYTES};
        crypto_piece_seal(&w->pieces, plain, binding, last, w->piece + PIECE_LENGTH_BYTES);
        len += PIECE_OVERHEAD_BYTES;
        put_be32(w->piece, (uint32_t)len);
        w->len = 0;
        return emit(w, w->piece, PIECE_LENGTH_BYTES + len);
    }
    if (len == 0) return 0;
    put_be32(w->piece, (uint32_t)len);
    int error = emit(w, w->piece, PIECE_LENGTH_BYTES);
    if (error == 0) error = emit(w, w->plain, len);
    w->len = 0;
    return error;
}

/* What comes before the body. */
static int emit_head(struct archive_writer *w, arena scratch, const struct manifest *m,
                     const uint8_t *sealed_key, const uint8_t *pieces_head)
{
    str head = archive_head_text(&scratch, m);
    int error = emit(w, head.ptr, head.len);
    if (error == 0 && w->sealed) error = emit(w, sealed_key, SEALED_KEY_BYTES);
    if (error == 0 && w->sealed) error = emit(w, pieces_head, PIECES_HEAD_BYTES);
    struct digest so_far = w->digest;
    crypto_digest_end(&so_far, w->binding);
    return error;
}

static void drop_deferred(void *ptr)
{
    archive_drop(ptr);
}

static struct archive_writer *writer_new(struct ctx *cx, str path)
{
    struct archive_writer *w = NEW(cx->a, struct archive_writer, 1);
    w->fd = -1;
    w->path = path;
    w->part = str_printf(cx->a, "%.*s.part", STR_ARG(path));
    w->part_name = str_cstr(cx->a, w->part);
    w->plain = NEW(cx->a, uint8_t, ARCHIVE_PIECE_BYTES);
    w->piece = NEW(cx->a, uint8_t, PIECE_ROOM_BYTES);
    crypto_digest_begin(&w->digest);
    ctx_defer(cx, drop_deferred, w);
    return w;
}

bool archive_create(struct ctx *cx, str path, const struct manifest *manifest,
                    const struct pair_public *to, struct archive_writer **out)
{
    struct archive_writer *w = writer_new(cx, path);
    struct manifest m = *manifest;
    struct seal_key key = {{0}};
    uint8_t sealed_key[SEALED_KEY_BYTES] = {0}, pieces_head[PIECES_HEAD_BYTES] = {0};
    *out = w;
    w->sealed = m.sealed = to != NULL;
    m.seal_to = to != NULL ? pair_public_text(cx->a, to) : S("");
    if (disk_taken(*cx->a, path)) return refuse_errno(cx, w, EEXIST);
    (void)unlink(w->part_name); /* of a run that was cut off */
    w->fd = disk_create(*cx->a, w->part);
    if (w->fd < 0) return refuse_errno(cx, w, errno);
    w->packer = zip_packer_new();
    if (w->packer == NULL)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no memory to compress in");
    if (w->sealed) {
        crypto_pieces_begin(&w->pieces, &key, pieces_head);
        bool good = crypto_key_seal(to, &key, sealed_key);
        assert(good && "pair_public_read has tried it");
        (void)good;
    }
    int error = emit_head(w, *cx->a, &m, sealed_key, pieces_head);
    crypto_wipe(&key, sizeof key);
    return error == 0 || refuse_errno(cx, w, error);
}

/* Compress what is in `in`; with `end` to the frame's end. */
static bool squeeze(struct ctx *cx, struct archive_writer *w, str in, bool end)
{
    for (;;) {
        bool done;
        if (!zip_packer_step(w->packer, &in, end, w->plain, ARCHIVE_PIECE_BYTES, &w->len, &done))
            return fail_detail(cx, ERR_INTERNAL, "error.internal", "it could not be packed");
        if (w->len == ARCHIVE_PIECE_BYTES && !(done && end)) {
            int error = emit_piece(w, false);
            if (error != 0) return refuse_errno(cx, w, error);
        }
        if (done) return true;
    }
}

bool archive_put(struct ctx *cx, struct archive_writer *w, const void *bytes, ptrdiff_t len)
{
    w->body_bytes += len;
    return squeeze(cx, w, (str){bytes, len}, false);
}

static int finish(struct archive_writer *w)
{
    uint8_t end[PIECE_LENGTH_BYTES + TRAIL_BYTES], hash[SHA256_BYTES];
    put_be32(end, 0);
    put_be64(end + PIECE_LENGTH_BYTES, w->body_bytes);
    int error = emit_piece(w, true);
    if (error == 0) error = emit(w, end, sizeof end);
    crypto_digest_end(&w->digest, hash);
    if (error == 0) error = disk_write(w->fd, hash, sizeof hash);
    w->file_bytes += SHA256_BYTES;
    if (error == 0 && fsync(w->fd) != 0) error = errno;
    if (close(w->fd) != 0 && error == 0) error = errno;
    w->fd = -1;
    return error;
}

bool archive_commit(struct ctx *cx, struct archive_writer *w, int64_t *file_bytes)
{
    if (!squeeze(cx, w, S(""), true)) return false;
    int error = finish(w);
    if (error == 0) error = disk_publish(*cx->a, w->part, w->path);
    w->committed = error == 0;
    archive_drop(w);
    *file_bytes = w->file_bytes;
    return error == 0 || refuse_errno(cx, w, error);
}

void archive_drop(struct archive_writer *w)
{
    bool ours = w->fd >= 0 || w->packer != NULL; /* it has been made by us, and not let go yet */
    if (w->fd >= 0) close(w->fd);
    zip_packer_free(w->packer);
    if (ours && !w->committed) (void)unlink(w->part_name);
    w->fd = -1;
    w->packer = NULL;
}

#include "backup/archive_part.h"
#include "backup/disk.h"
#include "backup/pair.h"
#include "base/bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct archive_reader {
    int fd; /* -1: closed */
    str path;
    struct manifest manifest;
    int64_t file_bytes, done;
    struct digest digest;
    struct zip_unpacker *unpacker;
    uint8_t *piece, *plain, *out; /* PIECE_ROOM_BYTES, ARCHIVE_PIECE_BYTES twice */
    /* while the body is read: */
    bool opens, frame_ended, last;
    struct pieces pieces;
    uint8_t binding[SHA256_BYTES];
    int64_t body_bytes;
    const struct archive_sink *sink;
};

static bool damaged(struct ctx *cx, const struct archive_reader *r, const char *reason)
{
    return archive_refuse(cx, ERR_INVALID, "backup.damaged", r->path, str_of(reason));
}

/* Exactly `len` bytes, which the hash then holds. */
static bool take(struct ctx *cx, struct archive_reader *r, void *to, ptrdiff_t len)
{
    ptrdiff_t got = 0;
    while (got < len) {
        ssize_t n = read(r->fd, (char *)to + got, (size_t)(len - got));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0)
            return archive_refuse(cx, ERR_STORAGE, "backup.unreadable", r->path,
                                  disk_reason(cx->a, errno));
        if (n == 0) return damaged(cx, r, "it was cut off");
        got += n;
    }
    r->done += len;
    crypto_digest_add(&r->digest, (str){to, len});
    return true;
}

/* --- the head --- */

static bool head_fault(struct ctx *cx, const struct archive_reader *r, enum archive_fault fault)
{
    switch (fault) {
    case ARCHIVE_OK:
        return true;
    case ARCHIVE_STRANGE:
        return archive_refuse(cx, ERR_INVALID, "backup.not_backup", r->path, S(""));
    case ARCHIVE_NEWER:
        return archive_refuse(cx, ERR_INVALID, "backup.newer_format", r->path, S(""));
    case ARCHIVE_SHORT:
    case ARCHIVE_DAMAGED:
        break;
    }
    return damaged(cx, r, "its manifest cannot be read");
}

static bool head_read(struct ctx *cx, struct archive_reader *r)
{
    char *bytes = NEW(cx->a, char, ARCHIVE_START_BYTES + ARCHIVE_MANIFEST_BYTES);
    ptrdiff_t need = 0;
    if (r->file_bytes < ARCHIVE_START_BYTES) return head_fault(cx, r, ARCHIVE_STRANGE);
    if (!take(cx, r, bytes, ARCHIVE_START_BYTES)) return false;
    enum archive_fault fault =
        archive_head_read(cx->a, (str){bytes, ARCHIVE_START_BYTES}, &r->manifest, &need);
    if (fault == ARCHIVE_SHORT) {
        if (!take(cx, r, bytes + ARCHIVE_START_BYTES, need - ARCHIVE_START_BYTES)) return false;
        fault = archive_head_read(cx->a, (str){bytes, need}, &r->manifest, &need);
    }
    return head_fault(cx, r, fault);
}

static void close_deferred(void *ptr)
{
    archive_close(ptr);
}

bool archive_open(struct ctx *cx, str path, struct archive_reader **out)
{
    struct archive_reader *r = NEW(cx->a, struct archive_reader, 1);
    struct stat st;
    r->path = path;
    r->piece = NEW(cx->a, uint8_t, PIECE_ROOM_BYTES);
    r->plain = NEW(cx->a, uint8_t, ARCHIVE_PIECE_BYTES);
    r->out = NEW(cx->a, uint8_t, ARCHIVE_PIECE_BYTES);
    crypto_digest_begin(&r->digest);
    *out = r;
    /* Not blocking, or a FIFO in its place would hang us. */
    const char *name = str_cstr(cx->a, path);
    r->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    ctx_defer(cx, close_deferred, r);
    if (r->fd < 0 || fstat(r->fd, &st) != 0)
        return archive_refuse(cx, ERR_NOT_FOUND, "backup.unreadable", path,
                              disk_reason(cx->a, errno));
    if (!S_ISREG(st.st_mode))
        return archive_refuse(cx, ERR_INVALID, "backup.not_backup", path, S(""));
    r->file_bytes = st.st_size;
    return head_read(cx, r);
}

const struct manifest *archive_manifest(const struct archive_reader *r)
{
    return &r->manifest;
}

int64_t archive_bytes(const struct archive_reader *r)
{
    return r->file_bytes;
}

/* --- the body --- */

/* The key behind the head, and what binds the pieces to that head. */
static bool key_read(struct ctx *cx, struct archive_reader *r, const struct pair_secret *secret)
{
    uint8_t sealed_key[SEALED_KEY_BYTES], pieces_head[PIECES_HEAD_BYTES];
    struct seal_key key;
    struct pair_public open;
    if (!take(cx, r, sealed_key, sizeof sealed_key) ||
        !take(cx, r, pieces_head, sizeof pieces_head))
        return false;
    struct digest so_far = r->digest;
    crypto_digest_end(&so_far, r->binding);
    if (secret == NULL) return true;
    crypto_pair_public(secret, &open);
    if (!str_eq(pair_public_text(cx->a, &open), r->manifest.seal_to))
        return archive_refuse(cx, ERR_INVALID, "backup.key_wrong", r->path, S(""));
    if (!crypto_key_open(secret, sealed_key, &key) ||
        !crypto_pieces_resume(&r->pieces, &key, pieces_head))
        return damaged(cx, r, "its key does not open");
    crypto_wipe(&key, sizeof key);
    return true;
}

/* Unpack a piece's content into the sink. */
static bool unpack(struct ctx *cx, struct archive_reader *r, const uint8_t *bytes, ptrdiff_t len)
{
    str in = {(const char *)bytes, len};
    for (bool more = true; more;) {
        ptrdiff_t got;
        if (r->frame_ended && in.len > 0) return damaged(cx, r, "something follows its end");
        if (!zip_unpacker_step(r->unpacker, &in, r->out, ARCHIVE_PIECE_BYTES, &got,
                               &r->frame_ended))
            return damaged(cx, r, "it cannot be unpacked");
        r->body_bytes += got;
        /* Never more than it says: a few bytes can be made to unpack into a full disk. */
        if (r->manifest.body_bytes >= 0 && r->body_bytes > r->manifest.body_bytes)
            return damaged(cx, r, "it holds more than it says");
        if (r->sink != NULL && got > 0 && !r->sink->put(cx, r->sink->to, r->out, got)) return false;
        more = !r->frame_ended && (in.len > 0 || got == ARCHIVE_PIECE_BYTES);
        more = more || (r->frame_ended && in.len > 0);
    }
    return true;
}

/* One piece; *end if there are no more. */
static bool piece_read(struct ctx *cx, struct archive_reader *r, bool *end)
{
    uint8_t length[PIECE_LENGTH_BYTES];
    bool sealed = r->manifest.sealed;
    if (!take(cx, r, length, sizeof length)) return false;
    ptrdiff_t len = (ptrdiff_t)get_be32(length);
    *end = len == 0;
    if (*end) return true;
    if (len > ARCHIVE_PIECE_BYTES + (sealed ? PIECE_OVERHEAD_BYTES : 0) ||
        (sealed && len < PIECE_OVERHEAD_BYTES))
        return damaged(cx, r, "a piece has no possible length");
    if (!take(cx, r, r->piece, len)) return false;
    if (!r->opens) return true;
    if (!sealed) return unpack(cx, r, r->piece, len);
    str binding = {(const char *)r->binding, SHA256_BYTES};
    if (r->last || !crypto_piece_open(&r->pieces, (str){(const char *)r->piece, len}, binding,
                                      r->plain, &r->last))
        return damaged(cx, r, "a sealed piece was altered");
    len -= PIECE_OVERHEAD_BYTES;
    return len == 0 || unpack(cx, r, r->plain, len);
}

/* What stands behind the pieces. */
static bool trail_read(struct ctx *cx, struct archive_reader *r)
{
    uint8_t trail[TRAIL_BYTES], hash[SHA256_BYTES], written[SHA256_BYTES], more;
    if (!take(cx, r, trail, sizeof trail)) return false;
    int64_t said = get_be64(trail);
    struct digest digest = r->digest;
    crypto_digest_end(&digest, hash);
    if (!take(cx, r, written, sizeof written)) return false;
    if (memcmp(hash, written, sizeof hash) != 0) return damaged(cx, r, "its checksum is wrong");
    if (read(r->fd, &more, 1) != 0) return damaged(cx, r, "something follows its end");
    if (r->manifest.body_bytes >= 0 && said != r->manifest.body_bytes)
        return damaged(cx, r, "its lengths contradict each other");
    if (!r->opens) return true;
    if (r->manifest.sealed && !r->last) return damaged(cx, r, "its last piece is missing");
    if (!r->frame_ended) return damaged(cx, r, "its body was cut off");
    return r->body_bytes == said || damaged(cx, r, "its lengths contradict each other");
}

static bool body_read(struct ctx *cx, struct archive_reader *r, const struct archive_watch *watch)
{
    for (bool end = false; !end;) {
        if (!piece_read(cx, r, &end)) return false;
        if (watch != NULL && !watch->go_on(watch->to, r->done, r->file_bytes))
            return archive_refuse(cx, ERR_UNAVAILABLE, "backup.stopped", r->path, S(""));
    }
    if (!trail_read(cx, r)) return false;
    if (watch != NULL) (void)watch->go_on(watch->to, r->file_bytes, r->file_bytes);
    return true;
}

bool archive_read(struct ctx *cx, struct archive_reader *r, const struct pair_secret *key,
                  const struct archive_sink *sink, const struct archive_watch *watch)
{
    r->sink = sink;
    r->opens = !r->manifest.sealed || key != NULL;
    r->unpacker = zip_unpacker_new();
    if (r->unpacker == NULL)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no memory to unpack in");
    bool ok = (!r->manifest.sealed || key_read(cx, r, key)) && body_read(cx, r, watch);
    archive_close(r);
    return ok;
}

void archive_close(struct archive_reader *r)
{
    if (r->fd >= 0) close(r->fd);
    zip_unpacker_free(r->unpacker);
    r->fd = -1;
    r->unpacker = NULL;
}

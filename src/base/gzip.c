#include "base/gzip.h"

#include <string.h>
#include <zlib.h>

enum {
    LEVEL_ONCE = 9,
    LEVEL_EACH = 4, /* of what is made for one reply: twice as fast as 6, 3 % larger */
    SHORT_BYTES = 32 << 10,
    HEAD_BYTES = 10,
    TAIL_BYTES = 8,
};

static void *take(void *user, unsigned count, unsigned size)
{
    return arena_alloc(user, (ptrdiff_t)size, 16, (ptrdiff_t)count);
}

/* Memory goes with the arena. */
static void leave(void *user, void *memory)
{
    (void)user;
    (void)memory;
}

/* Without a wrapper (raw deflate); short texts need no window of 32 KB, which would be cleared
 * first. */
static bool begin(z_stream *z, arena *a, int level, ptrdiff_t bytes)
{
    bool brief = bytes <= SHORT_BYTES;
    *z = (z_stream){.zalloc = take, .zfree = leave, .opaque = a};
    return deflateInit2(z, level, Z_DEFLATED, brief ? -13 : -15, brief ? 6 : 8,
                        Z_DEFAULT_STRATEGY) == Z_OK;
}

/* Whether all of `in` was written behind z->next_out. */
static bool put(z_stream *z, str in, int flush)
{
    union {
        const char *from;
        Bytef *to;
    } text = {in.ptr}; /* zlib reads it only */
    z->next_in = text.to;
    z->avail_in = (uInt)in.len;
    int said = deflate(z, flush);
    return z->avail_in == 0 && z->avail_out > 0 &&
           said == (flush == Z_FINISH ? Z_STREAM_END : Z_OK);
}

uint32_t gzip_crc(str bytes)
{
    return (uint32_t)crc32_z(0, (const Bytef *)bytes.ptr, (size_t)bytes.len);
}

/* More than deflate can make of it, with its flushes. */
static ptrdiff_t bound(ptrdiff_t bytes)
{
    return bytes + bytes / 8 + 256;
}

struct gzip_part gzip_part_make(arena *a, str plain)
{
    z_stream z;
    struct gzip_part part = {.plain = plain, .crc = gzip_crc(plain)};
    ptrdiff_t room = bound(plain.len);
    char *to = NEW(a, char, room);
    bool ok = begin(&z, a, LEVEL_ONCE, plain.len);
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    ok = ok && put(&z, plain, Z_FULL_FLUSH);
    assert(ok); /* there is room, and memory comes from the arena */
    part.deflated = (str){to, (char *)z.next_out - to};
    return part;
}

static char *little(char *at, uint32_t n)
{
    for (int i = 0; i < 4; i++) *at++ = (char)(n >> 8 * i);
    return at;
}

static uint32_t combined(str before, const struct gzip_part *part, str after)
{
    uLong crc = gzip_crc(before);
    if (part != NULL) crc = crc32_combine(crc, part->crc, part->plain.len);
    return (uint32_t)crc32_combine(crc, gzip_crc(after), after.len);
}

str gzip_encode(arena *a, str before, const struct gzip_part *part, str after)
{
    static const unsigned char head[HEAD_BYTES] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255};
    ptrdiff_t fixed = part == NULL ? 0 : part->deflated.len, own = before.len + after.len;
    ptrdiff_t all = own + (part == NULL ? 0 : part->plain.len);
    ptrdiff_t room = HEAD_BYTES + bound(own) + fixed + TAIL_BYTES;
    char *to = NEW(a, char, room);
    arena scratch = *a;
    z_stream z;
    if (all > INT32_MAX || !begin(&z, &scratch, LEVEL_EACH, own)) return (str){0};
    memcpy(to, head, HEAD_BYTES);
    z.next_out = (Bytef *)to + HEAD_BYTES;
    z.avail_out = (uInt)bound(own);
    if (part != NULL) {
        /* The flush ends on a whole byte, and nothing behind it refers to what stands before. */
        if (!put(&z, before, Z_FULL_FLUSH)) return (str){0};
        memcpy(z.next_out, part->deflated.ptr, (size_t)fixed);
        z.next_out += fixed;
    } else if (before.len > 0 && !put(&z, before, Z_NO_FLUSH)) {
        return (str){0};
    }
    if (!put(&z, after, Z_FINISH)) return (str){0};
    char *end = little((char *)z.next_out, combined(before, part, after));
    end = little(end, (uint32_t)all);
    return (str){to, end - to};
}

str gzip_zlib(arena *a, str plain)
{
    uLong len = compressBound((uLong)plain.len) + 1;
    char *to = NEW(a, char, (ptrdiff_t)len);
    arena scratch = *a;
    z_stream z = {.zalloc = take, .zfree = leave, .opaque = &scratch};
    if (deflateInit(&z, LEVEL_ONCE) != Z_OK) return (str){0};
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)len;
    return put(&z, plain, Z_FINISH) ? (str){to, (ptrdiff_t)z.total_out} : (str){0};
}

/* "0", "0.0", "0.000": what is not wanted (RFC 9110 12.4.2). */
static bool is_zero(str q)
{
    for (ptrdiff_t i = 0; i < q.len; i++)
        if (q.ptr[i] != '0' && q.ptr[i] != '.') return false;
    return q.len > 0;
}

static bool is_refused(str parameters)
{
    while (parameters.ptr != NULL) {
        str value, name = str_cut(str_cut(parameters, ';', &parameters), '=', &value);
        name = str_trim(name);
        bool q = str_eq(name, S("q")) || str_eq(name, S("Q"));
        if (q && value.ptr != NULL && is_zero(str_trim(value))) return true;
    }
    return false;
}

/* "*" counts where gzip itself is not named. */
bool gzip_accepted(str accept_encoding)
{
    bool any = false;
    for (str rest = accept_encoding; rest.ptr != NULL;) {
        str parameters, name = str_cut(str_cut(rest, ',', &rest), ';', &parameters);
        name = str_trim(name);
        if (str_eq_nocase(name, S("gzip")) || str_eq_nocase(name, S("x-gzip")))
            return !is_refused(parameters);
        if (str_eq(name, S("*"))) any = !is_refused(parameters);
    }
    return any;
}

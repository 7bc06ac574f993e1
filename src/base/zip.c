#include "base/zip.h"

#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

enum {
    LEVEL = 3,
    CONTEXTS = 4, /* that wait for their next text, about 200 kB each */
    /* A foreign frame may ask for memory; ours at that level needs 2 MB. */
    WINDOW_LOG_MAX = 23,
};

struct zip_dictionary {
    ZSTD_CDict *ready; /* read-only */
    pthread_mutex_t lock;
    int count;
    ZSTD_CCtx *idle[CONTEXTS]; /* under lock: a new one clears a quarter of a megabyte first */
};

struct zip_dictionary *zip_dictionary_new(str text)
{
    struct zip_dictionary *d = calloc(1, sizeof *d);
    if (d == NULL) return NULL;
    d->ready = ZSTD_createCDict(text.ptr, (size_t)text.len, LEVEL);
    if (d->ready == NULL) {
        free(d);
        return NULL;
    }
    pthread_mutex_init(&d->lock, NULL);
    return d;
}

void zip_dictionary_free(struct zip_dictionary *d)
{
    if (d == NULL) return;
    for (int i = 0; i < d->count; i++) ZSTD_freeCCtx(d->idle[i]);
    ZSTD_freeCDict(d->ready);
    pthread_mutex_destroy(&d->lock);
    free(d);
}

static ZSTD_CCtx *context_take(struct zip_dictionary *d)
{
    ZSTD_CCtx *z = NULL;
    pthread_mutex_lock(&d->lock);
    if (d->count > 0) z = d->idle[--d->count];
    pthread_mutex_unlock(&d->lock);
    return z != NULL ? z : ZSTD_createCCtx();
}

static void context_put(struct zip_dictionary *d, ZSTD_CCtx *z)
{
    pthread_mutex_lock(&d->lock);
    bool kept = d->count < CONTEXTS;
    if (kept) d->idle[d->count++] = z;
    pthread_mutex_unlock(&d->lock);
    if (!kept) ZSTD_freeCCtx(z);
}

str zip_pack(arena *a, str plain, struct zip_dictionary *d)
{
    size_t room = ZSTD_compressBound((size_t)plain.len), len;
    char *to = NEW(a, char, (ptrdiff_t)room);
    if (d == NULL) {
        len = ZSTD_compress(to, room, plain.ptr, (size_t)plain.len, LEVEL);
    } else {
        ZSTD_CCtx *z = context_take(d);
        if (z == NULL) return (str){0};
        len = ZSTD_compress_usingCDict(z, to, room, plain.ptr, (size_t)plain.len, d->ready);
        context_put(d, z);
    }
    return ZSTD_isError(len) ? (str){0} : (str){to, (ptrdiff_t)len};
}

/* The frame says how large its text is (we wrote it in one piece), and zstd writes no more than
 * there is room for: what the frame says is no promise that anybody relies on. */
bool zip_unpack(arena *a, str packed, str dictionary, ptrdiff_t max_bytes, str *plain)
{
    unsigned long long says = ZSTD_getFrameContentSize(packed.ptr, (size_t)packed.len);
    *plain = (str){0};
    if (says == ZSTD_CONTENTSIZE_UNKNOWN || says == ZSTD_CONTENTSIZE_ERROR ||
        says > (unsigned long long)max_bytes)
        return false;
    char *to = NEW(a, char, (ptrdiff_t)says + 1);
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (z == NULL) return false;
    size_t len = ZSTD_decompress_usingDict(z, to, (size_t)says, packed.ptr, (size_t)packed.len,
                                           dictionary.ptr, (size_t)dictionary.len);
    ZSTD_freeDCtx(z);
    if (ZSTD_isError(len) || len != says) return false;
    *plain = (str){to, (ptrdiff_t)len};
    return true;
}

/* --- streams --- */

/* The faces are zstd's own contexts under our names. */
static ZSTD_CCtx *packing(struct zip_packer *packer)
{
    return (ZSTD_CCtx *)packer;
}

static ZSTD_DCtx *unpacking(struct zip_unpacker *unpacker)
{
    return (ZSTD_DCtx *)unpacker;
}

struct zip_packer *zip_packer_new(void)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (z != NULL && ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL))) {
        ZSTD_freeCCtx(z);
        z = NULL;
    }
    return (struct zip_packer *)z;
}

void zip_packer_free(struct zip_packer *packer)
{
    ZSTD_freeCCtx(packing(packer));
}

bool zip_packer_step(struct zip_packer *packer, str *in, bool end, uint8_t *to, ptrdiff_t room,
                     ptrdiff_t *len, bool *done)
{
    ZSTD_inBuffer from = {in->ptr, (size_t)in->len, 0};
    ZSTD_outBuffer out = {to, (size_t)room, (size_t)*len};
    size_t left =
        ZSTD_compressStream2(packing(packer), &out, &from, end ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) return false;
    *in = str_slice(*in, (ptrdiff_t)from.pos, in->len);
    *len = (ptrdiff_t)out.pos;
    *done = end ? left == 0 : in->len == 0;
    return true;
}

struct zip_unpacker *zip_unpacker_new(void)
{
    ZSTD_DCtx *z = ZSTD_createDCtx();
    if (z != NULL && ZSTD_isError(ZSTD_DCtx_setParameter(z, ZSTD_d_windowLogMax, WINDOW_LOG_MAX))) {
        ZSTD_freeDCtx(z);
        z = NULL;
    }
    return (struct zip_unpacker *)z;
}

void zip_unpacker_free(struct zip_unpacker *unpacker)
{
    ZSTD_freeDCtx(unpacking(unpacker));
}

bool zip_unpacker_step(struct zip_unpacker *unpacker, str *in, uint8_t *to, ptrdiff_t room,
                       ptrdiff_t *len, bool *ended)
{
    ZSTD_inBuffer from = {in->ptr, (size_t)in->len, 0};
    ZSTD_outBuffer out = {to, (size_t)room, 0};
    size_t left = ZSTD_decompressStream(unpacking(unpacker), &out, &from);
    if (ZSTD_isError(left)) return false;
    *in = str_slice(*in, (ptrdiff_t)from.pos, in->len);
    *len = (ptrdiff_t)out.pos;
    *ended = left == 0;
    return true;
}

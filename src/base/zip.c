#include "base/zip.h"

#include <zstd.h>

enum {
    LEVEL = 3,
    /* A foreign frame may ask for memory; ours at that level needs 2 MB. */
    WINDOW_LOG_MAX = 23,
};

str zip_pack(arena *a, str plain, str dictionary)
{
    size_t room = ZSTD_compressBound((size_t)plain.len), len = 0;
    char *to = NEW(a, char, (ptrdiff_t)room);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (z == NULL) return (str){0};
    len = ZSTD_compress_usingDict(z, to, room, plain.ptr, (size_t)plain.len, dictionary.ptr,
                                  (size_t)dictionary.len, LEVEL);
    ZSTD_freeCCtx(z);
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

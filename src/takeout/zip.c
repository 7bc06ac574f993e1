#include "takeout/zip.h"

#include <string.h>

enum {
    SIGN_LOCAL = 0x04034b50,
    SIGN_DESCRIPTOR = 0x08074b50,
    SIGN_CENTRAL = 0x02014b50,
    SIGN_END64 = 0x06064b50,
    SIGN_LOCATOR64 = 0x07064b50,
    SIGN_END = 0x06054b50,
    VERSION = 45,                 /* ZIP64 */
    FLAGS = 1 << 3 | 1 << 11,     /* sizes behind the bytes; names are UTF-8 */
    DAY = (46 << 9) | 1 << 5 | 1, /* 2026-01-01: the entries say when */
    RECORD_MAX = 160 + ZIP_NAME_MAX,
};

/* One record, little endian. */
struct record {
    char bytes[RECORD_MAX];
    ptrdiff_t len;
};

static void number(struct record *r, uint64_t value, int bytes)
{
    assert(r->len + bytes <= RECORD_MAX);
    for (int i = 0; i < bytes; i++) r->bytes[r->len++] = (char)(value >> (8 * i) & 0xff);
}

static void text(struct record *r, const char *s)
{
    size_t len = strlen(s);
    assert(r->len + (ptrdiff_t)len <= RECORD_MAX);
    memcpy(r->bytes + r->len, s, len);
    r->len += (ptrdiff_t)len;
}

static void out(struct zip *z, str bytes)
{
    if (!z->failed && !z->write(z->to, bytes)) z->failed = true;
    z->at += (uint64_t)bytes.len;
}

static void record_out(struct zip *z, const struct record *r)
{
    out(z, (str){r->bytes, r->len});
}

static uint32_t crc_add(uint32_t crc, str bytes)
{
    crc = ~crc;
    for (ptrdiff_t i = 0; i < bytes.len; i++) {
        crc ^= (uint8_t)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
    }
    return ~crc;
}

/* What stands behind the bytes of the entry that is open. */
static void close_entry(struct zip *z)
{
    if (z->count == 0) return;
    const struct zip_entry *e = &z->entry[z->count - 1];
    struct record r = {.len = 0};
    number(&r, SIGN_DESCRIPTOR, 4);
    number(&r, e->crc, 4);
    number(&r, e->size, 8);
    number(&r, e->size, 8);
    record_out(z, &r);
}

void zip_begin(struct zip *z, str name)
{
    close_entry(z);
    assert(z->count < z->cap && name.len > 0 && name.len < ZIP_NAME_MAX);
    struct zip_entry *e = &z->entry[z->count++];
    *e = (struct zip_entry){.at = z->at};
    memcpy(e->name, name.ptr, (size_t)name.len);
    struct record r = {.len = 0};
    number(&r, SIGN_LOCAL, 4);
    number(&r, VERSION, 2);
    number(&r, FLAGS, 2);
    number(&r, 0, 2); /* stored */
    number(&r, 0, 2);
    number(&r, DAY, 2);
    number(&r, 0, 4);
    number(&r, UINT32_MAX, 4);
    number(&r, UINT32_MAX, 4);
    number(&r, (uint64_t)name.len, 2);
    number(&r, 20, 2);
    text(&r, e->name);
    number(&r, 1, 2); /* sizes of 64 bits, told later */
    number(&r, 16, 2);
    number(&r, 0, 8);
    number(&r, 0, 8);
    record_out(z, &r);
}

void zip_put(struct zip *z, str bytes)
{
    assert(z->count > 0);
    struct zip_entry *e = &z->entry[z->count - 1];
    e->crc = crc_add(e->crc, bytes);
    e->size += (uint64_t)bytes.len;
    out(z, bytes);
}

static void central(struct zip *z, const struct zip_entry *e)
{
    struct record r = {.len = 0};
    number(&r, SIGN_CENTRAL, 4);
    number(&r, VERSION, 2);
    number(&r, VERSION, 2);
    number(&r, FLAGS, 2);
    number(&r, 0, 2);
    number(&r, 0, 2);
    number(&r, DAY, 2);
    number(&r, e->crc, 4);
    number(&r, UINT32_MAX, 4);
    number(&r, UINT32_MAX, 4);
    number(&r, strlen(e->name), 2);
    number(&r, 28, 2);
    number(&r, 0, 2); /* comment */
    number(&r, 0, 2); /* disk */
    number(&r, 0, 2);
    number(&r, 0, 4);
    number(&r, UINT32_MAX, 4);
    text(&r, e->name);
    number(&r, 1, 2);
    number(&r, 24, 2);
    number(&r, e->size, 8);
    number(&r, e->size, 8);
    number(&r, e->at, 8);
    record_out(z, &r);
}

bool zip_end(struct zip *z)
{
    close_entry(z);
    uint64_t from = z->at;
    for (int i = 0; i < z->count; i++) central(z, &z->entry[i]);
    uint64_t end = z->at;
    struct record r = {.len = 0};
    number(&r, SIGN_END64, 4);
    number(&r, 44, 8);
    number(&r, VERSION, 2);
    number(&r, VERSION, 2);
    number(&r, 0, 4);
    number(&r, 0, 4);
    number(&r, (uint64_t)z->count, 8);
    number(&r, (uint64_t)z->count, 8);
    number(&r, end - from, 8);
    number(&r, from, 8);
    number(&r, SIGN_LOCATOR64, 4);
    number(&r, 0, 4);
    number(&r, end, 8);
    number(&r, 1, 4);
    number(&r, SIGN_END, 4);
    number(&r, 0, 4);
    uint64_t told = z->count < UINT16_MAX ? (uint64_t)z->count : UINT16_MAX; /* else see above */
    number(&r, told, 2);
    number(&r, told, 2);
    number(&r, UINT32_MAX, 4);
    number(&r, UINT32_MAX, 4);
    number(&r, 0, 2);
    record_out(z, &r);
    return !z->failed;
}

#include "file/file.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "file_sql.h"

#include <string.h>

enum { CHUNK_BYTES = 256 << 10, DIGEST_BYTES = 32 };

/* What may be given away; anything else is stored as bytes that no browser runs. */
static const struct {
    const char *ending, *media_type;
} known_types[] = {
    {".pdf", "application/pdf"},
    {".zip", "application/zip"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {".txt", "text/plain; charset=utf-8"},
};

static str media_type_of(str name)
{
    for (ptrdiff_t i = 0; i < COUNTOF(known_types); i++) {
        str ending = str_of(known_types[i].ending);
        if (name.len > ending.len &&
            str_eq_nocase(str_slice(name, name.len - ending.len, name.len), ending))
            return str_of(known_types[i].media_type);
    }
    return S("application/octet-stream");
}

struct add {
    int64_t id;
    str name, media_type, bytes, sha256;
};

static bool add_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct add *f = arg;
    struct file_add_in in = {f->id,     f->name,           f->media_type, f->bytes.len,
                             f->sha256, cx->actor.user_id, cx->now_ms};
    for (ptrdiff_t at = 0, no = 0; at < f->bytes.len; at += CHUNK_BYTES, no++) {
        struct blob_add_in chunk = {f->sha256, no, str_slice(f->bytes, at, at + CHUNK_BYTES)};
        if (!q_blob_add(tx, &chunk, NULL)) return false;
    }
    return q_file_add(tx, &in, NULL);
}

bool file_add(struct ctx *cx, str name, str media_type, str bytes, int64_t *id)
{
    uint8_t *digest = NEW(cx->a, uint8_t, DIGEST_BYTES);
    (void)media_type; /* the client's word decides nothing: the name's ending does */
    name = utf8_cut(utf8_clean_line(cx->a, name), LIMIT_NAME_BYTES);
    if (name.len == 0 || bytes.len == 0) return fail_field(cx, S("file"), "error.file_missing");
    if (bytes.len > LIMIT_UPLOAD_BYTES) return fail_field(cx, S("file"), "error.file_too_large");
    crypto_sha256(bytes, digest);
    struct add f = {
        ctx_new_id(cx), name, media_type_of(name), bytes, {(const char *)digest, DIGEST_BYTES}};
    if (!db_write(cx, DB_BULK, add_write, &f)) return false;
    *id = f.id;
    return true;
}

struct open {
    int64_t id;
    struct file *out;
};

static bool open_read(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct open *o = arg;
    bool found;
    if (!file_find(cx, tx, o->id, o->out, &found)) return false;
    return found || fail(cx, ERR_NOT_FOUND, "error.download_unknown");
}

bool file_open(struct ctx *cx, int64_t id, struct file *out)
{
    struct open o = {id, out};
    return db_read(cx, open_read, &o);
}

struct part {
    const struct file *file;
    int64_t from, len;
    str sha256, bytes;
};

static bool part_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct part *p = arg;
    char *to = NEW(cx->a, char, p->len);
    for (int64_t at = 0; at < p->len;) {
        arena scratch = *cx->a;
        int64_t from = p->from + at, no = from / CHUNK_BYTES, skip = from % CHUNK_BYTES;
        struct blob_get_in get = {p->sha256, no};
        struct blob_get_row chunk;
        bool found;
        if (!q_blob_get(tx, &get, &chunk, &found)) return false;
        int64_t left = p->file->size_bytes - no * CHUNK_BYTES;
        if (!found || chunk.bytes.len != (left < CHUNK_BYTES ? left : CHUNK_BYTES))
            return fail_detail(cx, ERR_INTERNAL, "error.internal", "a file's chunks do not add up");
        int64_t bytes = chunk.bytes.len - skip;
        if (bytes > p->len - at) bytes = p->len - at;
        memcpy(to + at, chunk.bytes.ptr + skip, (size_t)bytes);
        at += bytes;
        *cx->a = scratch; /* one chunk at a time */
    }
    p->bytes = (str){to, p->len};
    return true;
}

bool file_read(struct ctx *cx, const struct file *file, int64_t from, int64_t len, str *bytes)
{
    uint8_t *digest = NEW(cx->a, uint8_t, DIGEST_BYTES);
    struct part p = {.file = file, .from = from, .len = len};
    assert(from >= 0 && len >= 0 && len <= file->size_bytes - from);
    if (!hex_decode(file->sha256, digest, DIGEST_BYTES))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a file without a digest");
    p.sha256 = (str){(const char *)digest, DIGEST_BYTES};
    if (!db_read(cx, part_read, &p)) return false;
    *bytes = p.bytes;
    return true;
}

bool file_list(struct ctx *cx, struct tx *tx, struct files *out)
{
    struct file_list_in in = {LIMIT_LIST_PAGE};
    struct file_list_rows rows;
    if (!q_file_list(tx, &in, &rows)) return false;
    *out = (struct files){NEW(cx->a, struct file, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] =
            (struct file){rows.row[i].id,        rows.row[i].size_bytes, rows.row[i].created_ms,
                          rows.row[i].file_name, rows.row[i].media_type, {0}};
    return true;
}

bool file_find(struct ctx *cx, struct tx *tx, int64_t id, struct file *out, bool *found)
{
    struct file_get_in in = {id};
    struct file_get_row row;
    *out = (struct file){0};
    if (!q_file_get(tx, &in, &row, found)) return false;
    if (!*found) return true;
    str sha256 = hex_encode(cx->a, (const uint8_t *)row.sha256.ptr, row.sha256.len);
    *out = (struct file){row.id,        row.size_bytes, row.created_ms,
                         row.file_name, row.media_type, sha256};
    return true;
}

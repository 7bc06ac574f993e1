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

struct read {
    int64_t id;
    struct file *out;
    str *bytes;
};

static bool read_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct read *r = arg;
    struct file_get_in in = {r->id};
    struct file_get_row row;
    bool found;
    if (!q_file_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.download_unknown");
    *r->out = (struct file){row.id, row.size_bytes, row.created_ms, row.file_name, row.media_type};
    char *to = NEW(cx->a, char, row.size_bytes);
    for (int64_t at = 0, no = 0; at < row.size_bytes; no++) {
        arena scratch = *cx->a;
        struct blob_get_in get = {row.sha256, no};
        struct blob_get_row chunk;
        if (!q_blob_get(tx, &get, &chunk, &found)) return false;
        if (!found || chunk.bytes.len == 0 || at + chunk.bytes.len > row.size_bytes)
            return fail_detail(cx, ERR_INTERNAL, "error.internal", "a file's chunks do not add up");
        memcpy(to + at, chunk.bytes.ptr, (size_t)chunk.bytes.len);
        at += chunk.bytes.len;
        *cx->a = scratch; /* one chunk at a time */
    }
    *r->bytes = (str){to, row.size_bytes};
    return true;
}

bool file_read(struct ctx *cx, int64_t id, struct file *out, str *bytes)
{
    struct read r = {id, out, bytes};
    return db_read(cx, read_read, &r);
}

bool file_list(struct ctx *cx, struct tx *tx, struct files *out)
{
    struct file_list_in in = {LIMIT_LIST_PAGE};
    struct file_list_rows rows;
    if (!q_file_list(tx, &in, &rows)) return false;
    *out = (struct files){NEW(cx->a, struct file, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct file){rows.row[i].id, rows.row[i].size_bytes, rows.row[i].created_ms,
                                    rows.row[i].file_name, rows.row[i].media_type};
    return true;
}

bool file_find(struct tx *tx, int64_t id, struct file *out, bool *found)
{
    struct file_get_in in = {id};
    struct file_get_row row;
    *out = (struct file){0};
    if (!q_file_get(tx, &in, &row, found)) return false;
    if (*found)
        *out = (struct file){row.id, row.size_bytes, row.created_ms, row.file_name, row.media_type};
    return true;
}

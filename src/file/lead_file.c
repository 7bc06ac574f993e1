#include "file/lead_file.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/limits.h"
#include "keys/lead_key.h"
#include "lead_file_sql.h"

#include <string.h>

enum { CHUNK_BYTES = 256 << 10, CHUNKS_A_WRITE = 4 };

static str part_ad(struct ctx *cx, int64_t file_id, int64_t no)
{
    str what = str_printf(cx->a, "lead_file_part.%lld", (long long)no);
    return seal_ad(cx->a, str_cstr(cx->a, what), cx->workspace_id, file_id);
}

/* --- taking in --- */

struct taking {
    const struct lead_file_new *in;
    struct lead_file_taken *out;
    ptrdiff_t from; /* this write begins at that chunk */
};

static bool take_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct taking *t = arg;
    struct lead_file_take_in row = {t->out->id,       t->in->field, t->in->media_type,
                                    t->in->bytes.len, S(""),        cx->now_ms};
    if (t->from == 0 && !q_lead_file_take(tx, &row, NULL)) return false;
    for (ptrdiff_t no = t->from; no < t->from + CHUNKS_A_WRITE; no++) {
        arena scratch = *tx_ctx(tx)->a;
        str plain = str_slice(t->in->bytes, no * CHUNK_BYTES, (no + 1) * CHUNK_BYTES);
        if (plain.len == 0) break;
        str sealed = seal(tx_ctx(tx)->a, &t->out->key, plain, part_ad(tx_ctx(tx), t->out->id, no));
        struct lead_file_part_add_in part = {t->out->id, no, sealed};
        if (!q_lead_file_part_add(tx, &part, NULL)) return false;
        *tx_ctx(tx)->a = scratch;
    }
    return true;
}

bool lead_file_take(struct ctx *cx, const struct lead_file_new *in, struct lead_file_taken *out)
{
    *out = (struct lead_file_taken){.id = ctx_new_id(cx), .name = in->name};
    seal_key_new(&out->key);
    struct taking t = {.in = in, .out = out};
    ptrdiff_t chunks = (in->bytes.len + CHUNK_BYTES - 1) / CHUNK_BYTES;
    for (; t.from < chunks || t.from == 0; t.from += CHUNKS_A_WRITE)
        if (!db_write(cx, DB_BULK, take_write, &t)) return false;
    return true;
}

bool lead_file_give(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file,
                    int64_t lead_id, const struct seal_key *lead_key, int64_t submission_id)
{
    str key = {(const char *)file->key.bytes, sizeof file->key.bytes};
    struct lead_file_give_in in = {
        .id = file->id,
        .lead_id = lead_id,
        .submission_id = submission_id,
        .file_name = seal(cx->a, lead_key, file->name,
                          seal_ad(cx->a, "lead_file.name", cx->workspace_id, file->id)),
        .file_key = seal(cx->a, lead_key, key,
                         seal_ad(cx->a, "lead_file.file_key", cx->workspace_id, file->id)),
    };
    int64_t changed = 0;
    if (!q_lead_file_give(tx, &in, &changed)) return false;
    return changed == 1 ? true : fail(cx, ERR_UNAVAILABLE, "error.unavailable");
}

bool lead_file_hold(struct ctx *cx, struct tx *tx, const struct lead_file_taken *file,
                    int64_t submission_id)
{
    struct lead_file_hold_in in = {file->id, submission_id};
    int64_t changed = 0;
    if (!q_lead_file_hold(tx, &in, &changed)) return false;
    return changed == 1 ? true : fail(cx, ERR_UNAVAILABLE, "error.unavailable");
}

/* --- reading --- */

static void row_open(struct ctx *cx, const struct seal_key *key, bool found,
                     const struct lead_file_of_lead_row *row, struct lead_file *out)
{
    *out = (struct lead_file){.id = row->id,
                              .submission_id = row->submission_id,
                              .size_bytes = row->size_bytes,
                              .created_ms = row->created_ms,
                              .field = row->field,
                              .media_type = row->media_type};
    str ad = seal_ad(cx->a, "lead_file.name", cx->workspace_id, row->id), name;
    if (found && seal_open(cx->a, key, row->file_name, ad, &name)) out->name = name;
}

static bool rows_read(struct ctx *cx, struct tx *tx, int64_t lead_id,
                      struct lead_file_of_lead_rows *rows, struct seal_key *key, bool *found)
{
    struct lead_file_of_lead_in in = {lead_id, LEAD_FILES_SHOWN};
    *found = false;
    if (!q_lead_file_of_lead(tx, &in, rows)) return false;
    return rows->count == 0 || lead_key_load(cx, tx, lead_id, key, found);
}

bool lead_file_list(struct ctx *cx, struct tx *tx, int64_t lead_id, struct lead_files *out)
{
    struct lead_file_of_lead_rows rows;
    struct seal_key key;
    bool found;
    if (!rows_read(cx, tx, lead_id, &rows, &key, &found)) return false;
    *out = (struct lead_files){NEW(cx->a, struct lead_file, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        row_open(cx, &key, found, &rows.row[i], &out->row[i]);
    return true;
}

static bool parts_read(struct ctx *cx, struct tx *tx, const struct lead_file *file,
                       const struct seal_key *key, str *bytes)
{
    char *to = NEW(cx->a, char, file->size_bytes + 1);
    for (int64_t at = 0, no = 0; at < file->size_bytes; no++) {
        arena scratch = *cx->a;
        struct lead_file_part_get_in get = {file->id, no};
        struct lead_file_part_get_row part;
        bool found;
        str plain;
        if (!q_lead_file_part_get(tx, &get, &part, &found)) return false;
        if (!found || !seal_open(cx->a, key, part.bytes, part_ad(cx, file->id, no), &plain) ||
            plain.len == 0 || at + plain.len > file->size_bytes)
            return fail_detail(cx, ERR_INTERNAL, "error.internal", "a file's chunks do not add up");
        memcpy(to + at, plain.ptr, (size_t)plain.len);
        at += plain.len;
        *cx->a = scratch; /* one chunk at a time */
    }
    *bytes = (str){to, file->size_bytes};
    return true;
}

bool lead_file_read(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id,
                    struct lead_file *out, str *bytes)
{
    struct lead_file_one_in in = {lead_id, id};
    struct lead_file_one_row r;
    struct seal_key lead_key, key;
    str ad = seal_ad(cx->a, "lead_file.file_key", cx->workspace_id, id), opened;
    bool found, opens;
    if (!q_lead_file_one(tx, &in, &r, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    if (!lead_key_load(cx, tx, lead_id, &lead_key, &opens)) return false;
    struct lead_file_of_lead_row row = {r.id,         r.submission_id, r.field,    r.file_name,
                                        r.media_type, r.size_bytes,    r.file_key, r.created_ms};
    row_open(cx, &lead_key, opens, &row, out);
    if (!opens || !seal_open(cx->a, &lead_key, row.file_key, ad, &opened) ||
        opened.len != (ptrdiff_t)sizeof key.bytes)
        return fail(cx, ERR_NOT_FOUND, "error.not_found");
    memcpy(key.bytes, opened.ptr, sizeof key.bytes);
    return parts_read(cx, tx, out, &key, bytes);
}

bool lead_file_count(struct ctx *cx, struct tx *tx, int64_t *count)
{
    struct lead_file_all_count_row row;
    (void)cx;
    if (!q_lead_file_all_count(tx, &row, NULL)) return false;
    *count = row.n;
    return true;
}

bool lead_file_page(struct ctx *cx, struct tx *tx, int64_t after_lead_id, int64_t after_id,
                    int limit, struct lead_file_refs *out)
{
    struct lead_file_page_in in = {after_lead_id, after_id, limit};
    struct lead_file_page_rows rows;
    if (!q_lead_file_page(tx, &in, &rows)) return false;
    *out = (struct lead_file_refs){NEW(cx->a, struct lead_file_ref, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct lead_file_ref){rows.row[i].lead_id, rows.row[i].id};
    return true;
}

bool lead_file_bytes_since(struct ctx *cx, struct tx *tx, int64_t since_ms, int64_t *bytes)
{
    struct lead_file_bytes_since_in in = {id_first(since_ms)};
    struct lead_file_bytes_since_row row;
    (void)cx;
    if (!q_lead_file_bytes_since(tx, &in, &row, NULL)) return false;
    *bytes = row.sum_bytes;
    return true;
}

/* --- the end --- */

bool lead_file_remove(struct ctx *cx, struct tx *tx, int64_t lead_id, int64_t id)
{
    struct lead_file_delete_in row = {lead_id, id};
    struct lead_file_parts_delete_in parts = {id};
    int64_t changed = 0;
    if (!q_lead_file_delete(tx, &row, &changed)) return false;
    if (changed == 0) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    return q_lead_file_parts_delete(tx, &parts, NULL);
}

bool lead_file_erase(struct ctx *cx, struct tx *tx, int64_t lead_id)
{
    struct lead_file_parts_delete_of_lead_in parts = {lead_id};
    struct lead_file_delete_of_lead_in rows = {lead_id};
    (void)cx;
    return q_lead_file_parts_delete_of_lead(tx, &parts, NULL) &&
           q_lead_file_delete_of_lead(tx, &rows, NULL);
}

bool lead_file_sweep(struct ctx *cx, struct tx *tx, int limit, int64_t *swept)
{
    struct lead_file_stale_in in = {id_first(cx->now_ms - LEAD_FILE_STALE_MS), limit};
    struct lead_file_stale_rows rows;
    if (!q_lead_file_stale(tx, &in, &rows)) return false;
    *swept = rows.count;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        if (!lead_file_remove(cx, tx, 0, rows.row[i].id)) return false;
    return true;
}

#include "importer/import_file.h"

#include "base/utf8.h"
#include "import_sql.h"
#include "importer/import_rules.h"

#include <string.h>

enum { CHUNKS_A_WRITE = 4, WINDOW_BYTES = 2 * IMPORT_CHUNK_BYTES + IMPORT_ROW_BYTES };

static str part_ad(struct ctx *cx, int64_t id, int64_t no)
{
    str what = str_printf(cx->a, "lead_import_part.%lld", (long long)no);
    return seal_ad(cx->a, str_cstr(cx->a, what), cx->workspace_id, id);
}

bool import_key(struct ctx *cx, const struct import *im, struct seal_key *out)
{
    str ad = seal_ad(cx->a, "lead_import.data_key", cx->workspace_id, im->id);
    if (im->kept && seal_key_unwrap(cx->keys, im->key_wrapped, ad, out)) return true;
    return fail_detail(cx, ERR_INTERNAL, "error.key_ring",
                       "the key of an import does not open: is keys.json the right one?");
}

/* --- the head --- */

/* Pass over "sep=;" and empty lines, and read the names of the columns. */
static enum csv_result head_read(arena *a, struct csv_reader *r, struct csv_row *row)
{
    enum csv_result got;
    char said;
    if (r->at == 0) {
        r->at = import_sep_line(r->text, &said);
        if (r->at > 0) r->line++;
    }
    do got = csv_read(a, r, row);
    while (got == CSV_ROW && import_row_blank(row->cell, row->count));
    return got;
}

bool import_look(struct ctx *cx, str bytes, struct import_begin *out)
{
    ptrdiff_t at = 0, len;
    *out = (struct import_begin){0};
    const char *fault = import_bytes_fault(bytes);
    if (fault != NULL) return fail_field(cx, S("file"), fault);
    out->charset = import_charset_of(bytes, &out->skip);
    at = out->skip;
    char *text = NEW(cx->a, char, IMPORT_CHUNK_BYTES);
    len = import_decode(out->charset, bytes, &at, text, IMPORT_CHUNK_BYTES);
    struct csv_reader r = {{text, len}, 0, 1, ',', at >= bytes.len};
    struct csv_row row = {NEW(cx->a, str, IMPORT_COLUMNS_MAX), 0, IMPORT_COLUMNS_MAX, 0};
    if (import_sep_line(r.text, &out->separator) == 0)
        out->separator = import_separator_of(cx->a, r.text, r.last);
    r.separator = out->separator;
    switch (head_read(cx->a, &r, &row)) {
    case CSV_ROW:
        break;
    case CSV_TOO_MANY:
        return fail_field(cx, S("file"), "imports.fault_columns");
    case CSV_END:
        return fail_field(cx, S("file"), "imports.fault_empty");
    case CSV_MORE:
    case CSV_OPEN_QUOTE:
        return fail_field(cx, S("file"), "imports.fault_head");
    }
    if (r.last && r.at == r.text.len) return fail_field(cx, S("file"), "imports.fault_no_rows");
    out->head = row.cell;
    out->head_count = row.count;
    for (ptrdiff_t i = 0; i < row.count; i++)
        row.cell[i] = utf8_cut(utf8_clean_line(cx->a, row.cell[i]), 200);
    return true;
}

/* --- storing --- */

struct storing {
    int64_t id, chunk_no;
    const struct seal_key *key;
    str text; /* whole chunks, but for the file's last */
};

static bool parts_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct storing *s = arg;
    int64_t no = s->chunk_no;
    for (ptrdiff_t at = 0; at < s->text.len; at += IMPORT_CHUNK_BYTES, no++) {
        arena scratch = *cx->a;
        str plain = str_slice(s->text, at, at + IMPORT_CHUNK_BYTES);
        struct import_part_add_in in = {s->id, no, seal(cx->a, s->key, plain, part_ad(cx, s->id, no))};
        if (!q_import_part_add(tx, &in, NULL)) return false;
        *cx->a = scratch;
    }
    return true;
}

bool import_store_file(struct ctx *cx, int64_t id, const struct seal_key *key,
                       const struct import_begin *begin, str bytes, int64_t *text_bytes)
{
    const ptrdiff_t whole = (ptrdiff_t)CHUNKS_A_WRITE * IMPORT_CHUNK_BYTES;
    char *text = NEW(cx->a, char, whole + 4);
    struct storing s = {.id = id, .key = key};
    ptrdiff_t at = begin->skip, len = 0;
    *text_bytes = 0;
    for (bool last = false; !last;) {
        len += import_decode(begin->charset, bytes, &at, text + len, whole + 4 - len);
        last = at >= bytes.len && len <= whole;
        s.text = (str){text, len < whole ? len : whole};
        if (!last && len < whole) continue;
        if (!db_write(cx, DB_BULK, parts_write, &s)) return false;
        s.chunk_no += CHUNKS_A_WRITE;
        *text_bytes += s.text.len;
        len -= s.text.len;
        memmove(text, text + s.text.len, (size_t)len);
    }
    return true;
}

/* --- reading --- */

struct reading {
    struct import_scan *scan;
    int64_t chunk_no;
};

static bool part_read(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct reading *r = arg;
    struct import_scan *s = r->scan;
    struct import_part_get_in in = {s->id, r->chunk_no};
    struct import_part_get_row row;
    bool found;
    str plain;
    arena scratch = *cx->a;
    if (!q_import_part_get(tx, &in, &row, &found)) return false;
    if (!found || !seal_open(cx->a, &s->key, row.bytes, part_ad(cx, s->id, r->chunk_no), &plain) ||
        s->len + plain.len > WINDOW_BYTES)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a chunk of an import is missing");
    memcpy(s->window + s->len, plain.ptr, (size_t)plain.len);
    s->len += plain.len;
    *cx->a = scratch;
    return true;
}

static bool chunk_add(struct ctx *cx, struct import_scan *s)
{
    struct reading r = {s, (s->window_at + s->len) / IMPORT_CHUNK_BYTES};
    if (!db_read(cx, part_read, &r)) return false;
    s->reader.text = (str){s->window, s->len};
    s->reader.last = s->window_at + s->len >= s->text_bytes;
    return true;
}

bool import_scan_more(struct ctx *cx, struct import_scan *s, bool *fits)
{
    ptrdiff_t left = s->len - s->reader.at;
    *fits = left <= IMPORT_ROW_BYTES;
    if (!*fits) return true;
    memmove(s->window, s->window + s->reader.at, (size_t)left);
    s->window_at += s->reader.at;
    s->len = left;
    s->reader.at = 0;
    return chunk_add(cx, s);
}

int64_t import_scan_place(const struct import_scan *scan)
{
    return scan->window_at + scan->reader.at;
}

bool import_scan_open(struct ctx *cx, const struct import *im, struct import_scan *out)
{
    int64_t chunk = im->at_bytes / IMPORT_CHUNK_BYTES;
    *out = (struct import_scan){.id = im->id,
                                .text_bytes = im->text_bytes,
                                .window_at = chunk * IMPORT_CHUNK_BYTES,
                                .window = NEW(cx->a, char, WINDOW_BYTES),
                                .reader = {.line = 1, .separator = im->separator}};
    if (!import_key(cx, im, &out->key)) return false;
    bool over = im->at_bytes >= im->text_bytes;
    if (over) {
        out->window_at = im->at_bytes;
        out->reader.text = S("");
        out->reader.last = true;
    } else if (!chunk_add(cx, out)) {
        return false;
    }
    if (im->at_bytes > 0) {
        out->reader.at = over ? 0 : (ptrdiff_t)(im->at_bytes - out->window_at);
        out->reader.line = im->at_line;
        return true;
    }
    struct csv_row row = {NEW(cx->a, str, IMPORT_COLUMNS_MAX), 0, IMPORT_COLUMNS_MAX, 0};
    if (head_read(cx->a, &out->reader, &row) == CSV_ROW) return true;
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "an import has lost its head");
}

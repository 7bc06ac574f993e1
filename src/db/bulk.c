#include "db/bulk_inner.h"

#include "base/buf.h"
#include "base/bytes.h"

#include <string.h>

enum { LIST_BYTES = 16 << 10, SEEN_ROWS = 20000 };

/* --- the schema --- */

const struct bulk_table *bulk_table_find(const struct bulk_schema *schema, str name)
{
    for (int i = 0; i < schema->table_count; i++)
        if (str_eq(schema->table[i].name, name)) return &schema->table[i];
    return NULL;
}

int bulk_column_find(const struct bulk_table *table, const char *name)
{
    for (int i = 0; i < table->column_count; i++)
        if (str_eq(table->column[i].name, str_of(name))) return i;
    return -1;
}

str bulk_column_list(arena *a, const struct bulk_table *table, bool key_only)
{
    struct buf b = buf_new(a, LIST_BYTES);
    int count = key_only ? table->key_count : table->column_count;
    for (int i = 0; i < count; i++) {
        if (i > 0) buf_put(&b, S(", "));
        buf_put(&b, table->column[key_only ? table->key[i] : i].name);
    }
    assert(!b.full);
    return buf_str(&b);
}

/* --- the face --- */

bool bulk_open(struct ctx *cx, const struct bulk_options *options, struct bulk **out)
{
    bool postgres = str_starts(options->where, S("postgresql://")) ||
                    str_starts(options->where, S("postgres://"));
    *out = NULL;
    return postgres ? bulk_postgres_open(cx, options, out) : bulk_sqlite_open(cx, options, out);
}

void bulk_close(struct bulk *b)
{
    if (b != NULL) b->engine->close(b);
}

bool bulk_is_postgres(const struct bulk *b)
{
    return b->postgres;
}

bool bulk_begin(struct ctx *cx, struct bulk *b)
{
    assert(b->use != BULK_READ);
    return b->engine->begin(cx, b);
}

bool bulk_commit(struct ctx *cx, struct bulk *b)
{
    assert(b->use != BULK_READ);
    return b->engine->commit(cx, b);
}

bool bulk_exec(struct ctx *cx, struct bulk *b, const char *sql)
{
    return b->engine->exec(cx, b, sql);
}

bool bulk_put(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
              const struct bulk_cell *cells, ptrdiff_t count)
{
    assert(b->use != BULK_READ);
    return count == 0 || b->engine->put(cx, b, table, cells, count);
}

bool bulk_index_drop(struct ctx *cx, struct bulk *b, const struct bulk_index *index)
{
    arena scratch = *cx->a;
    str sql = str_printf(&scratch, "DROP INDEX IF EXISTS %.*s", STR_ARG(index->name));
    return b->engine->exec(cx, b, str_cstr(&scratch, sql));
}

/* "CREATE INDEX x …" as "CREATE INDEX IF NOT EXISTS x …". */
bool bulk_index_make(struct ctx *cx, struct bulk *b, const struct bulk_index *index)
{
    arena scratch = *cx->a;
    ptrdiff_t at = str_find(index->sql, S(" INDEX "));
    assert(at > 0);
    str head = str_slice(index->sql, 0, at), tail = str_slice(index->sql, at + 7, index->sql.len);
    str sql = str_printf(&scratch, "%.*s INDEX IF NOT EXISTS %.*s", STR_ARG(head), STR_ARG(tail));
    return b->engine->exec(cx, b, str_cstr(&scratch, sql));
}

bool bulk_finish(struct ctx *cx, struct bulk *b)
{
    return b->engine->finish(cx, b);
}

bool bulk_scan(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
               const struct bulk_cell *after, int64_t limit, bulk_row_fn *fn, void *arg)
{
    return b->engine->scan(cx, b, table, after, limit, 0, fn, arg);
}

bool bulk_count(struct ctx *cx, struct bulk *b, const struct bulk_table *table, const char *where,
                int64_t *rows)
{
    arena scratch = *cx->a;
    str sql = str_printf(&scratch, "SELECT count(*) FROM %.*s%s%s", STR_ARG(table->name),
                         where == NULL ? "" : " WHERE ", where == NULL ? "" : where);
    return b->engine->number(cx, b, str_cstr(&scratch, sql), rows);
}

bool bulk_has_table(struct ctx *cx, struct bulk *b, const char *name, bool *has)
{
    return b->engine->has_table(cx, b, name, has);
}

/* --- sums: MurmurHash3, x64, 128 bits, over tag, length and value of each cell --- */

struct hash {
    uint64_t h1, h2, bytes;
    uint8_t block[16];
    int held;
};

static uint64_t rotl(uint64_t x, int r)
{
    return x << r | x >> (64 - r);
}

static uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static void hash_block(struct hash *h, const uint8_t *block)
{
    const uint64_t c1 = UINT64_C(0x87c37b91114253d5), c2 = UINT64_C(0x4cf5ad432745937f);
    uint64_t k1 = load64(block), k2 = load64(block + 8);
    h->h1 ^= rotl(k1 * c1, 31) * c2;
    h->h1 = (rotl(h->h1, 27) + h->h2) * 5 + 0x52dce729;
    h->h2 ^= rotl(k2 * c2, 33) * c1;
    h->h2 = (rotl(h->h2, 31) + h->h1) * 5 + 0x38495ab5;
}

static void hash_bytes(struct hash *h, const uint8_t *p, size_t len)
{
    h->bytes += len;
    while (len > 0) {
        if (h->held == 0 && len >= sizeof h->block) {
            hash_block(h, p);
            p += sizeof h->block;
            len -= sizeof h->block;
            continue;
        }
        size_t room = sizeof h->block - (size_t)h->held, n = len < room ? len : room;
        memcpy(h->block + h->held, p, n);
        h->held += (int)n;
        p += n;
        len -= n;
        if (h->held < (int)sizeof h->block) break;
        hash_block(h, h->block);
        h->held = 0;
    }
}

static uint64_t mix(uint64_t k)
{
    k = (k ^ k >> 33) * UINT64_C(0xff51afd7ed558ccd);
    k = (k ^ k >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return k ^ k >> 33;
}

/* The last block is filled with zeros, which the length told from real ones. */
static void hash_end(struct hash *h, uint64_t *high, uint64_t *low)
{
    if (h->held > 0) {
        memset(h->block + h->held, 0, sizeof h->block - (size_t)h->held);
        hash_block(h, h->block);
    }
    h->h1 ^= h->bytes;
    h->h2 ^= h->bytes;
    h->h1 += h->h2;
    h->h2 += h->h1;
    h->h1 = mix(h->h1);
    h->h2 = mix(h->h2);
    *high = h->h1 + h->h2;
    *low = h->h2 + *high;
}

static void row_hash(const struct bulk_table *table, const struct bulk_cell *cells, uint64_t *high,
                     uint64_t *low)
{
    struct hash h = {0};
    for (int i = 0; i < table->column_count; i++) {
        enum bulk_type type = table->column[i].type;
        uint8_t head[9] = {cells[i].null ? 0 : (uint8_t)(type + 1)};
        bool number = type == BULK_I64;
        if (!cells[i].null) put_be64(head + 1, number ? cells[i].i64 : cells[i].bytes.len);
        hash_bytes(&h, head, cells[i].null ? 1 : sizeof head);
        if (!cells[i].null && !number && cells[i].bytes.len > 0)
            hash_bytes(&h, (const uint8_t *)cells[i].bytes.ptr, (size_t)cells[i].bytes.len);
    }
    hash_end(&h, high, low);
}

void bulk_sum_add(struct bulk_sum *sum, const struct bulk_table *table,
                  const struct bulk_cell *cells)
{
    uint64_t high, low;
    row_hash(table, cells, &high, &low);
    sum->rows++;
    sum->low += low;
    sum->high += high + (sum->low < low ? 1 : 0);
}

void bulk_sum_remove(struct bulk_sum *sum, const struct bulk_table *table,
                     const struct bulk_cell *cells)
{
    uint64_t high, low;
    row_hash(table, cells, &high, &low);
    sum->rows--;
    sum->high -= high + (sum->low < low ? 1 : 0);
    sum->low -= low;
}

bool bulk_sum_eq(const struct bulk_sum *a, const struct bulk_sum *b)
{
    return a->rows == b->rows && a->high == b->high && a->low == b->low;
}

struct summing {
    const struct bulk_table *table;
    struct bulk_sum sum;
    bool (*seen)(void *arg, int64_t rows);
    void *arg;
    bool ended;
};

static bool sum_row(void *arg, const struct bulk_cell *cells)
{
    struct summing *s = arg;
    bulk_sum_add(&s->sum, s->table, cells);
    if (s->seen != NULL && s->sum.rows % SEEN_ROWS == 0) s->ended = !s->seen(s->arg, s->sum.rows);
    return !s->ended;
}

bool bulk_sum_read(struct ctx *cx, struct bulk *b, const struct bulk_table *table,
                   struct bulk_sum *out, bool (*seen)(void *arg, int64_t rows), void *arg)
{
    struct summing s = {.table = table, .seen = seen, .arg = arg};
    if (!b->engine->scan(cx, b, table, NULL, INT64_MAX, BULK_ANY_ORDER, sum_row, &s)) return false;
    if (s.ended) return fail(cx, ERR_UNAVAILABLE, "error.busy");
    *out = s.sum;
    return true;
}

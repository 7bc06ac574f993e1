/* The tables of a workspace, row by row. */
#include "app.h"
#include "base/crypto.h"
#include "base/tz.h"
#include "db/bulk.h"
#include "takeout/takeout_inner.h"

#include <string.h>

enum { ROWS = 5000, READ_MEMORY_BYTES = 4 << 20, KEY_ROOM = 4096, DAY_MS = 86400000 };

struct some_rows {
    struct ctx *cx;
    const struct bulk_table *table;
    struct takeout_part part;
    struct bulk_cell after[BULK_KEY_MAX]; /* the key of the last */
    char *key_room;                       /* KEY_ROOM for each part of it */
    bool over;                            /* another workspace's come now */
};

/* How a column counts: by its name, as everywhere in the schema. */
enum tells { TELLS_AS_IT_IS, TELLS_MOMENT, TELLS_DAY };

static enum tells column_tells(const struct bulk_column *column)
{
    if (column->type != BULK_I64 || str_eq(column->name, S("idle_ms"))) return TELLS_AS_IT_IS;
    if (str_ends(column->name, S("_ms"))) return TELLS_MOMENT;
    return str_ends(column->name, S("_day")) ? TELLS_DAY : TELLS_AS_IT_IS;
}

/* "at_ms", "created_ms" and "run_at_ms" are "at", "created_at" and "run_at", as in every answer. */
static str column_name(arena *a, const struct bulk_column *column)
{
    if (column_tells(column) != TELLS_MOMENT) return column->name;
    str stem = str_slice(column->name, 0, column->name.len - 3);
    bool said = str_eq(stem, S("at")) || str_ends(stem, S("_at"));
    return said ? stem : str_printf(a, "%.*s_at", STR_ARG(stem));
}

static struct value cell_value(struct ctx *cx, const struct bulk_column *column,
                               const struct bulk_cell *cell)
{
    if (cell->null) return value_null();
    if (column->type == BULK_BLOB) return value_text(base64_encode(cx->a, cell->bytes));
    if (column->type == BULK_TEXT) return value_text(cell->bytes);
    switch (column_tells(column)) {
    case TELLS_MOMENT:
        return instant_value(cx->a, cell->i64);
    case TELLS_DAY:
        if (cell->i64 == 0) return value_null(); /* no end */
        return value_text(str_slice(rfc3339(cx->a, cell->i64 * DAY_MS), 0, 10));
    case TELLS_AS_IT_IS:
        break;
    }
    return value_int(cell->i64);
}

static void key_keep(struct some_rows *s, const struct bulk_cell *cells)
{
    const struct bulk_table *table = s->table;
    for (int k = 0; k < table->key_count; k++) {
        s->after[k] = cells[table->key[k]];
        if (table->column[table->key[k]].type == BULK_I64) continue;
        str bytes = s->after[k].bytes;
        assert(bytes.len <= KEY_ROOM); /* an index holds less */
        char *room = s->key_room + (ptrdiff_t)k * KEY_ROOM;
        if (bytes.len > 0) memcpy(room, bytes.ptr, (size_t)bytes.len);
        s->after[k].bytes = (str){room, bytes.len};
    }
}

static bool row_add(void *arg, const struct bulk_cell *cells)
{
    struct some_rows *s = arg;
    struct ctx *cx = s->cx;
    const struct bulk_table *table = s->table;
    s->over = cells[table->key[0]].i64 != cx->workspace_id;
    if (s->over) return false;
    struct value line = value_map(cx->a);
    for (int c = 0; c < table->column_count; c++)
        value_set_str(line, column_name(cx->a, &table->column[c]),
                      cell_value(cx, &table->column[c], &cells[c]));
    takeout_part_add(cx, &s->part, line);
    key_keep(s, cells);
    return !takeout_part_is_full(cx, &s->part);
}

/* Before the workspace's first key. */
static void before_first(struct ctx *cx, struct some_rows *s)
{
    for (int k = 0; k < s->table->key_count; k++) {
        bool number = s->table->column[s->table->key[k]].type == BULK_I64;
        s->after[k] = (struct bulk_cell){.null = false};
        if (number)
            s->after[k].i64 = k == 0 ? cx->workspace_id : INT64_MIN;
        else
            s->after[k].bytes = S("");
    }
    if (s->table->key_count == 1) s->after[0].i64 = cx->workspace_id - 1;
}

static bool some_rows(struct takeout *t, void *arg, bool *more)
{
    struct ctx *cx = t->cx;
    struct some_rows *s = arg;
    struct bulk_options options = {.use = BULK_READ, .memory_bytes = READ_MEMORY_BYTES};
    struct bulk *b = NULL;
    options.where = cx->app->config.db_url.len > 0
                        ? cx->app->config.db_url
                        : str_printf(cx->a, "%.*s/zulauf.db", STR_ARG(cx->app->config.data_dir));
    s->part = takeout_part_new(cx, ROWS);
    bool ok = bulk_open(cx, &options, &b) && bulk_scan(cx, b, s->table, s->after, ROWS, row_add, s);
    *more = !s->over && takeout_part_is_full(cx, &s->part);
    bulk_close(b);
    t->rows += s->part.count;
    return ok && takeout_part_write(t, &s->part);
}

/* What opens something, or is of the machine. */
static bool is_left_out(str table)
{
    static const str names[] = {S_INIT("lead_key"),       S_INIT("api_token"),
                                S_INIT("idempotency"),    S_INIT("receipt"),
                                S_INIT("lead_file_part"), S_INIT("lead_import_part")};
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++)
        if (str_eq(table, names[i])) return true;
    return false;
}

static bool table_put(struct takeout *t, const struct bulk_table *table)
{
    struct ctx *cx = t->cx;
    struct some_rows s = {.cx = cx, .table = table};
    zip_begin(t->zip, str_printf(cx->a, "tables/%.*s.jsonl", STR_ARG(table->name)));
    s.key_room = NEW(cx->a, char, BULK_KEY_MAX *KEY_ROOM);
    before_first(cx, &s);
    return takeout_parts_run(t, some_rows, &s);
}

bool takeout_tables(struct takeout *t)
{
    struct ctx *cx = t->cx;
    struct bulk_schema schema;
    if (!bulk_schema_read(cx, &schema)) return false;
    for (int i = 0; i < schema.table_count; i++) {
        const struct bulk_table *table = &schema.table[i];
        bool of_workspace =
            table->key_count > 0 && str_eq(table->column[table->key[0]].name, S("workspace_id"));
        if (of_workspace && !is_left_out(table->name) && !table_put(t, table)) return false;
    }
    return true;
}

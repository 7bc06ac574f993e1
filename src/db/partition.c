#include "db/partition.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/tz.h"

#include <stdio.h>

enum { LIST_BYTES = 64 << 10, NAME_BYTES = 64, SCRIPT_BYTES = 2048, MONTHS_MAX = 12 * 60 };

int64_t partition_month(int64_t ms, int months)
{
    struct civil at = tz_civil(NULL, ms);
    return tz_instant_ms(NULL,
                         (struct civil){.year = at.year, .month = at.month + months, .day = 1});
}

static void name_of(const struct partitioned *table, int64_t from_ms, char out[NAME_BYTES])
{
    struct civil at = tz_civil(NULL, from_ms);
    snprintf(out, NAME_BYTES, "%s_%04d_%02d", table->table, at.year, at.month);
}

/* "2026_11" as its first moment; -1 if it is not that. */
static int64_t month_of(str text)
{
    int64_t year, month;
    if (text.len != 7 || text.ptr[4] != '_' || !str_to_i64(str_slice(text, 0, 4), &year) ||
        !str_to_i64(str_slice(text, 5, 7), &month) || month < 1 || month > 12)
        return -1;
    return tz_instant_ms(NULL, (struct civil){.year = (int)year, .month = (int)month, .day = 1});
}

/* --- what there is --- */

struct look {
    const struct partitioned *table;
    struct partitions found;
};

static bool look(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    struct buf lines = buf_new(cx->a, LIST_BYTES);
    str text = str_printf(cx->a,
                          "SELECT substr(c.relname, %d) FROM pg_inherits i JOIN pg_class c ON "
                          "c.oid = i.inhrelid WHERE i.inhparent = to_regclass('%s') ORDER BY 1",
                          (int)str_of(l->table->table).len + 2, l->table->table);
    if (!sql_lines(tx, str_cstr(cx->a, text), &lines)) return false;
    if (lines.full) return fail_detail(cx, ERR_INTERNAL, "error.internal", "too many partitions");
    l->found = (struct partitions){NEW(cx->a, struct partition, MONTHS_MAX), 0};
    for (str rest = buf_str(&lines); rest.len > 0;) {
        int64_t from_ms = month_of(str_cut(rest, '\n', &rest));
        if (from_ms >= 0 && l->found.count < MONTHS_MAX)
            l->found.row[l->found.count++] =
                (struct partition){from_ms, partition_month(from_ms, 1)};
    }
    return true;
}

static bool is_there(const struct partitions *list, int64_t from_ms)
{
    for (ptrdiff_t i = 0; i < list->count; i++)
        if (list->row[i].from_ms == from_ms) return true;
    return false;
}

bool partition_list(struct ctx *cx, const struct partitioned *table, struct partitions *out)
{
    struct look l = {.table = table};
    *out = (struct partitions){0};
    if (!db_is_shared(cx->db)) return true;
    if (!db_read(cx, look, &l)) return false;
    *out = l.found;
    return true;
}

/* --- one more --- */

/* Keeps other nodes' steps out, and nobody else. */
static bool lock_table(struct ctx *cx, struct tx *tx, const struct partitioned *table)
{
    return sql_script(
        tx, str_cstr(cx->a, str_printf(cx->a, "LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE",
                                       table->table)));
}

struct month {
    const struct partitioned *table;
    int64_t from_ms;
    bool made;
};

/* CREATE TABLE … PARTITION OF would lock everybody out of the whole table; ATTACH locks the default
 * partition alone. It is locked from the beginning, before the snapshot: else a row could come into
 * it between the move and ATTACH, which would then refuse. */
static bool make(struct ctx *cx, struct tx *tx, void *arg)
{
    struct month *m = arg;
    struct look l = {.table = m->table};
    const char *t = m->table->table, *column = m->table->column;
    char name[NAME_BYTES];
    m->made = false;
    if (!lock_table(cx, tx, m->table) ||
        !sql_script(
            tx, str_cstr(cx->a,
                         str_printf(cx->a, "LOCK TABLE %s_other IN ACCESS EXCLUSIVE MODE", t))) ||
        !look(cx, tx, &l))
        return false;
    if (is_there(&l.found, m->from_ms)) return true; /* another node was faster */
    long long from = m->from_ms, until = partition_month(m->from_ms, 1);
    struct buf b = buf_new(cx->a, SCRIPT_BYTES);
    name_of(m->table, m->from_ms, name);
    buf_printf(&b, "CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS);\n", name, t);
    buf_printf(&b,
               "WITH moved AS (DELETE FROM %s_other WHERE %s >= %lld AND %s < %lld RETURNING *) "
               "INSERT INTO %s SELECT * FROM moved;\n",
               t, column, from, column, until, name);
    buf_printf(&b, "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%lld) TO (%lld);\n", t,
               name, from, until);
    m->made = true;
    return sql_script(tx, str_cstr(cx->a, buf_str(&b)));
}

static bool make_missing(struct ctx *cx, const struct partitioned *table,
                         const struct partitions *there, int64_t from_ms)
{
    struct month m = {.table = table, .from_ms = from_ms};
    char name[NAME_BYTES];
    if (is_there(there, from_ms)) return true;
    if (!db_write(cx, DB_BULK, make, &m)) return false;
    name_of(table, from_ms, name);
    if (m.made) log_line(LOG_LEVEL_INFO, "db.partition_made", "name=%s", name);
    return true;
}

bool partition_cover(struct ctx *cx, const struct partitioned *table, int64_t from_ms,
                     int64_t until_ms)
{
    struct partitions there;
    if (!db_is_shared(cx->db)) return true;
    if (!partition_list(cx, table, &there)) return false;
    for (int64_t at = partition_month(from_ms, 0); at <= until_ms; at = partition_month(at, 1)) {
        arena start = *cx->a;
        if (!make_missing(cx, table, &there, at)) return false;
        *cx->a = start;
    }
    return true;
}

bool partition_ahead(struct ctx *cx, const struct partitioned *table)
{
    return partition_cover(cx, table, cx->now_ms, partition_month(cx->now_ms, PARTITION_AHEAD));
}

/* --- the default partition --- */

struct strays {
    const struct partitioned *table;
    struct buf lines; /* "2025_03 1234", a month a line */
};

static bool find_strays(struct ctx *cx, struct tx *tx, void *arg)
{
    struct strays *s = arg;
    long long from = partition_month(cx->now_ms, -PARTITION_BACK_MONTHS);
    long long until = partition_month(cx->now_ms, PARTITION_AHEAD + 1);
    const char *column = s->table->column;
    s->lines.len = 0;
    str text = str_printf(cx->a,
                          "SELECT to_char(to_timestamp(%s / 1000) AT TIME ZONE 'UTC', 'YYYY_MM'), "
                          "COUNT(*) FROM %s_other WHERE %s >= %lld AND %s < %lld "
                          "GROUP BY 1 ORDER BY 1",
                          column, s->table->table, column, from, column, until);
    return sql_lines(tx, str_cstr(cx->a, text), &s->lines);
}

bool partition_tidy(struct ctx *cx, const struct partitioned *table)
{
    struct strays s = {.table = table};
    struct partitions there;
    if (!db_is_shared(cx->db)) return true;
    s.lines = buf_new(cx->a, LIST_BYTES);
    if (!db_read(cx, find_strays, &s) || !partition_list(cx, table, &there)) return false;
    for (str rest = buf_str(&s.lines), line; rest.len > 0;) {
        str count;
        line = str_cut(rest, '\n', &rest);
        int64_t from_ms = month_of(str_cut(line, ' ', &count)), rows;
        if (from_ms < 0 || !str_to_i64(count, &rows)) continue;
        if (rows > PARTITION_MOVE_ROWS)
            log_line(LOG_LEVEL_INFO, "db.partition_left", "table=%s_other rows=%lld", table->table,
                     (long long)rows);
        else if (!make_missing(cx, table, &there, from_ms))
            return false;
    }
    return true;
}

/* --- the end of one --- */

struct drop {
    const struct partitioned *table;
    int64_t until_ms;
    int dropped;
};

/* Everybody waits while a partition is dropped, and while this waits for who is at work in it:
 * not for long, then, and another day if it cannot be. */
static bool drop(struct ctx *cx, struct tx *tx, void *arg)
{
    struct drop *d = arg;
    struct look l = {.table = d->table};
    d->dropped = 0;
    if (!lock_table(cx, tx, d->table) || !look(cx, tx, &l) ||
        !sql_script(tx, "SET LOCAL lock_timeout = 1000"))
        return false;
    for (ptrdiff_t i = 0; i < l.found.count; i++) {
        char name[NAME_BYTES];
        if (l.found.row[i].until_ms > d->until_ms) continue;
        name_of(d->table, l.found.row[i].from_ms, name);
        if (!sql_script(tx, str_cstr(cx->a, str_printf(cx->a, "DROP TABLE %s", name))))
            return false;
        d->dropped++;
    }
    return true;
}

bool partition_drop(struct ctx *cx, const struct partitioned *table, int64_t until_ms, int *dropped)
{
    struct drop d = {.table = table, .until_ms = until_ms};
    *dropped = 0;
    if (!db_is_shared(cx->db)) return true;
    if (!db_write(cx, DB_BULK, drop, &d)) return false;
    *dropped = d.dropped;
    if (d.dropped > 0)
        log_line(LOG_LEVEL_INFO, "db.partitions_dropped", "table=%s count=%d", d.table->table,
                 d.dropped);
    return true;
}

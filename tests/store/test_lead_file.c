/* Files that people sent in: sealed in chunks, given to a lead, and gone with it. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "file/lead_file.h"
#include "keys/keys.h"
#include "keys/lead_key.h"
#include "lead_file_sql.h"
#include "sql.h"

#include <string.h>

static struct key_ring ring;
enum { LEAD = 77, OTHER = 78, SUBMISSION = 5, LARGE = (3 << 20) + 17 };

static void open_place(struct store *s)
{
    assert_true(crypto_init());
    store_open(s);
    key_ring_new(&ring, STORE_NOW_MS);
    s->cx.keys = &ring;
}

struct job {
    int64_t lead_id, id;
    struct lead_file_taken taken;
    struct lead_files files;
    struct lead_file file;
    str bytes;
    int64_t n;
};

static bool lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct seal_key key;
    return lead_key_new(cx, tx, *(const int64_t *)arg, &key);
}

static bool give_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *j = arg;
    struct seal_key key;
    bool found;
    return lead_key_load(cx, tx, j->lead_id, &key, &found) &&
           lead_file_give(cx, tx, &j->taken, j->lead_id, &key, SUBMISSION);
}

static bool list_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *j = arg;
    return lead_file_list(cx, tx, j->lead_id, &j->files) &&
           lead_file_bytes_since(cx, tx, cx->now_ms - 1000, &j->n);
}

static bool one_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *j = arg;
    return lead_file_read(cx, tx, j->lead_id, j->id, &j->file, &j->bytes);
}

static bool erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_file_erase(cx, tx, ((struct job *)arg)->lead_id);
}

static bool key_erase_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_key_erase(cx, tx, ((struct job *)arg)->lead_id);
}

static bool remove_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct job *j = arg;
    return lead_file_remove(cx, tx, j->lead_id, j->id);
}

static bool sweep_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_file_sweep(cx, tx, 10, &((struct job *)arg)->n);
}

static str large_bytes(arena *a)
{
    char *to = NEW(a, char, LARGE);
    for (int i = 0; i < LARGE; i++) to[i] = (char)(i * 31 + i / 251);
    return (str){to, LARGE};
}

static struct job sent(struct store *s, int64_t lead_id, str bytes)
{
    struct job j = {.lead_id = lead_id};
    struct lead_file_new in = {S("free_lebenslauf"), S("Lebenslauf.pdf"), S("application/pdf"),
                               bytes};
    assert_true(db_write(&s->cx, DB_INTERACTIVE, lead_write, &j.lead_id));
    assert_true(lead_file_take(&s->cx, &in, &j.taken));
    j.id = j.taken.id;
    return j;
}

struct count {
    const char *sql;
    int64_t n;
};

static bool count_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct count *c = arg;
    struct buf out = buf_new(cx->a, 1000);
    return sql_lines(tx, c->sql, &out) && str_to_i64(str_trim(buf_str(&out)), &c->n);
}

static int64_t parts(struct store *s)
{
    struct count c = {.sql = "SELECT count(*) FROM lead_file_part"};
    assert_true(db_read(&s->cx, count_read, &c));
    return c.n;
}

static bool part_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_file_part_get_in in = {((struct job *)arg)->id, 0};
    struct lead_file_part_get_row row;
    bool found;
    (void)cx;
    if (!q_lead_file_part_get(tx, &in, &row, &found) || !found) return false;
    ((struct job *)arg)->bytes = row.bytes;
    return true;
}

static void what_was_sent_is_read_back_by_its_lead_alone(void **state)
{
    static struct store s;
    (void)state;
    open_place(&s);
    str bytes = large_bytes(s.cx.a);
    struct job j = sent(&s, LEAD, bytes), other = {.lead_id = OTHER, .id = j.id};
    /* Nobody's yet. */
    assert_true(db_read(&s.cx, list_read, &j));
    assert_int_equal(j.files.count, 0);
    assert_int_equal(j.n, LARGE);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, give_write, &j));
    assert_true(db_read(&s.cx, list_read, &j));
    assert_int_equal(j.files.count, 1);
    assert_str("name", j.files.row[0].name, S("Lebenslauf.pdf"));
    assert_int_equal(j.files.row[0].submission_id, SUBMISSION);
    assert_true(db_read(&s.cx, one_read, &j));
    assert_int_equal(j.bytes.len, LARGE);
    assert_int_equal(memcmp(j.bytes.ptr, bytes.ptr, LARGE), 0);
    assert_false(db_read(&s.cx, one_read, &other));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    store_close(&s);
}

static void nothing_of_it_stands_in_the_clear(void **state)
{
    static struct store s;
    (void)state;
    open_place(&s);
    struct job j = sent(&s, LEAD, S("%PDF-1.7 GEHEIMES WORT"));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, give_write, &j));
    assert_true(db_read(&s.cx, part_read, &j));
    assert_true(j.bytes.len > 22 && str_find(j.bytes, S("GEHEIM")) < 0);
    /* With the lead's key the way to it is gone. */
    assert_true(db_write(&s.cx, DB_INTERACTIVE, key_erase_write, &j));
    assert_true(db_read(&s.cx, list_read, &j));
    assert_int_equal(j.files.count, 1);
    assert_null(j.files.row[0].name.ptr);
    assert_false(db_read(&s.cx, one_read, &j));
    assert_int_equal(s.cx.err.code, ERR_NOT_FOUND);
    store_close(&s);
}

static void it_goes_with_the_lead_or_by_itself(void **state)
{
    static struct store s;
    (void)state;
    open_place(&s);
    struct job j = sent(&s, LEAD, S("%PDF-1")), other = sent(&s, OTHER, S("%PDF-2"));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, give_write, &j));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, give_write, &other));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, erase_write, &j));
    assert_false(db_read(&s.cx, one_read, &j));
    err_clear(&s.cx);
    assert_true(db_read(&s.cx, one_read, &other));
    /* Nobody removes another lead's. */
    struct job wrong = {.lead_id = LEAD, .id = other.id};
    assert_false(db_write(&s.cx, DB_INTERACTIVE, remove_write, &wrong));
    err_clear(&s.cx);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, remove_write, &other));
    assert_false(db_read(&s.cx, one_read, &other));
    err_clear(&s.cx);
    assert_int_equal(parts(&s), 0);
    store_close(&s);
}

static void what_nobody_got_is_swept_away_after_an_hour(void **state)
{
    static struct store s;
    (void)state;
    open_place(&s);
    struct job j = sent(&s, LEAD, S("%PDF-1")), kept = sent(&s, OTHER, S("%PDF-2"));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, give_write, &kept));
    assert_true(db_write(&s.cx, DB_INTERACTIVE, sweep_write, &j));
    assert_int_equal(j.n, 0);
    s.cx.now_ms += LEAD_FILE_STALE_MS + 1000;
    assert_true(db_write(&s.cx, DB_INTERACTIVE, sweep_write, &j));
    assert_int_equal(j.n, 1);
    assert_false(db_write(&s.cx, DB_INTERACTIVE, give_write, &j));
    assert_int_equal(s.cx.err.code, ERR_UNAVAILABLE);
    err_clear(&s.cx);
    assert_true(db_read(&s.cx, one_read, &kept));
    assert_int_equal(parts(&s), 1);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sent_is_read_back_by_its_lead_alone),
        cmocka_unit_test(nothing_of_it_stands_in_the_clear),
        cmocka_unit_test(it_goes_with_the_lead_or_by_itself),
        cmocka_unit_test(what_nobody_got_is_swept_away_after_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

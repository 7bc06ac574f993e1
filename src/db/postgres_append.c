/* Rows of many callers in one statement: whoever comes first leads, takes what waits and writes it;
 * the others wait for the result. While one batch is under way the next one gathers. */
#include "db/postgres.h"

#include "base/bytes.h"
#include "base/limits.h"

#include <string.h>

enum {
    LEADERS = 2,              /* batches under way at once */
    BATCH_ROWS = 2000,        /* of one statement */
    WAITING_ROWS_MAX = 20000, /* more are told 503 */
    ARRAY_HEAD_BYTES = 20,
};

/* One waiting db_append, on its caller's stack. */
struct pg_append {
    struct ctx *cx;
    int64_t workspace_id;
    int query;
    const char *rows;
    ptrdiff_t count;
    struct pg_append *next;
    bool taken, done;
    struct err err; /* ERR_NONE: it is durable */
};

struct batch {
    struct pg_append *first;
    ptrdiff_t rows;
};

/* --- arrays --- */

/* Where the value of parameter `column` stands, for one row. */
static const void *value_at(const struct pg_append *a, struct sql_column column, ptrdiff_t row,
                            int in_bytes)
{
    if (column.offset == SQL_WORKSPACE_OFFSET) return &a->workspace_id;
    return a->rows + row * in_bytes + column.offset;
}

/* One element: its length and bytes, or -1 for NULL. */
static void put_element(struct buf *out, enum sql_type type, const void *from)
{
    uint8_t head[4], number[8];
    str bytes = {(const char *)number, 8};
    struct opt_i64 optional = {.set = true};
    if (type == SQL_TEXT || type == SQL_BLOB) {
        memcpy(&bytes, from, sizeof bytes);
    } else {
        if (type == SQL_I64)
            memcpy(&optional.v, from, sizeof optional.v);
        else
            memcpy(&optional, from, sizeof optional);
        put_be64(number, optional.v);
        if (!optional.set) bytes.ptr = NULL;
    }
    put_be32(head, (uint32_t)(bytes.ptr == NULL ? -1 : bytes.len));
    buf_put(out, (str){(const char *)head, 4});
    if (bytes.ptr != NULL) buf_put(out, bytes);
}

/* The binary array of one parameter over all rows (array_send: dimensions, has NULLs, type of the
 * elements, length, lower bound). */
static bool make_array(struct ctx *cx, const struct batch *b, const struct sql_text *text, int i,
                       str *array)
{
    static const int element[] = {
        [SQL_I64] = 20, [SQL_I64_OPT] = 20, [SQL_TEXT] = 25, [SQL_BLOB] = 17};
    struct sql_column column = text->in[i];
    enum sql_type type = column.offset == SQL_WORKSPACE_OFFSET ? SQL_I64 : column.type;
    struct buf out = buf_new(cx->a, LIMIT_JSON_OUT_BYTES);
    uint8_t head[ARRAY_HEAD_BYTES];
    const int64_t words[] = {1, 1, element[type], b->rows, 1};
    for (int w = 0; w < COUNTOF(words); w++) put_be32(head + w * 4, (uint32_t)words[w]);
    buf_put(&out, (str){(const char *)head, sizeof head});
    for (const struct pg_append *a = b->first; a != NULL; a = a->next)
        for (ptrdiff_t row = 0; row < a->count; row++)
            put_element(&out, type, value_at(a, column, row, text->in_bytes));
    *array = buf_str(&out);
    return !out.full || fail(cx, ERR_TOO_LARGE, "error.too_large");
}

/* --- within a transaction --- */

static bool put_some(struct tx *tx, struct pg_append *rows, int64_t *changed)
{
    const struct sql_text *text = &tx->cx->db->options.texts[rows->query];
    struct batch b = {rows, rows->count};
    arena before = *tx->cx->a;
    str array[PG_PARAMETERS];
    for (int i = 0; i < text->in_count; i++)
        if (!make_array(tx->cx, &b, text, i, &array[i])) return false;
    bool good = pg_tx_arrays(tx, rows->query, array, changed);
    if (good) *tx->cx->a = before; /* else the error's words stand there */
    return good;
}

bool postgres_tx_put(struct tx *tx, int query, const void *rows, ptrdiff_t count, int64_t *changed)
{
    ptrdiff_t bytes = tx->cx->db->options.texts[query].in_bytes;
    int64_t one, sum = 0;
    for (ptrdiff_t at = 0; at < count; at += BATCH_ROWS) {
        struct pg_append part = {.workspace_id = tx->workspace_id,
                                 .query = query,
                                 .rows = (const char *)rows + at * bytes,
                                 .count = count - at < BATCH_ROWS ? count - at : BATCH_ROWS};
        if (!put_some(tx, &part, &one)) return false;
        sum += one;
    }
    if (changed != NULL) *changed = sum;
    return true;
}

/* --- a batch --- */

static bool write_batch(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct batch *b = arg;
    const struct sql_text *text = &cx->db->options.texts[b->first->query];
    str array[PG_PARAMETERS];
    for (int i = 0; i < text->in_count; i++)
        if (!make_array(cx, b, text, i, &array[i])) return false;
    return pg_tx_arrays(tx, b->first->query, array, NULL);
}

/* Write it with the memory of `from`, who leads or waits for us; what the error says beyond its
 * sentence stays behind. A full arena ends here: the others wait for their answers. */
static struct err run_batch(const struct ctx *from, struct batch *b)
{
    jmp_buf here;
    arena scratch = *from->a;
    struct ctx cx = *from;
    cx.a = &scratch;
    scratch.full = &here;
    if (setjmp(here) != 0) return (struct err){.code = ERR_TOO_LARGE, .key = "error.too_large"};
    cx.workspace_id = b->first->workspace_id; /* the receipt's; rows have their own */
    err_clear(&cx);
    if (postgres_write(&cx, DB_EVENTS, write_batch, b)) return (struct err){0};
    return (struct err){
        .code = cx.err.code, .key = cx.err.key, .retry_after_s = cx.err.retry_after_s};
}

/* A row that cannot stand must fail its own caller alone; so must one who has no memory left. */
static void run_each(struct batch *b)
{
    for (struct pg_append *a = b->first, *next; a != NULL; a = next) {
        next = a->next;
        a->next = NULL;
        struct batch one = {a, a->count};
        a->err = run_batch(a->cx, &one);
        a->next = next;
    }
}

static void run_and_answer(struct ctx *leader, struct batch *b)
{
    struct err err = run_batch(leader, b);
    bool ours = err.code != ERR_NONE && err.code != ERR_UNAVAILABLE && err.code != ERR_STORAGE;
    if (ours && b->first->next != NULL)
        run_each(b);
    else
        for (struct pg_append *a = b->first; a != NULL; a = a->next) a->err = err;
}

/* Take from the queue what one statement can hold: the first, and all like it. */
static struct batch take(struct pg_appender *q)
{
    struct batch b = {0};
    struct pg_append **last = &b.first, **at = &q->first;
    int query = q->first->query;
    while (*at != NULL) {
        struct pg_append *a = *at;
        if (a->query != query || (b.rows > 0 && b.rows + a->count > BATCH_ROWS)) {
            at = &a->next;
            continue;
        }
        *at = a->next;
        a->next = NULL;
        a->taken = true;
        *last = a;
        last = &a->next;
        b.rows += a->count;
    }
    q->last = at;
    q->rows -= b.rows;
    return b;
}

bool postgres_append(struct ctx *cx, int query, const void *rows, ptrdiff_t count)
{
    struct pg_appender *q = &((struct pg_db *)cx->db)->appender;
    struct pg_append own = {.cx = cx,
                            .workspace_id = cx->workspace_id,
                            .query = query,
                            .rows = rows,
                            .count = count};
    pthread_mutex_lock(&q->mutex);
    if (q->rows + count > WAITING_ROWS_MAX) {
        pthread_mutex_unlock(&q->mutex);
        return fail_busy(cx);
    }
    *q->last = &own;
    q->last = &own.next;
    q->rows += count;
    while (!own.done) {
        if (own.taken || q->leaders == LEADERS) {
            pthread_cond_wait(&q->done, &q->mutex);
            continue;
        }
        struct batch b = take(q);
        q->leaders++;
        pthread_mutex_unlock(&q->mutex);
        run_and_answer(cx, &b);
        pthread_mutex_lock(&q->mutex);
        q->leaders--;
        for (struct pg_append *a = b.first, *next; a != NULL; a = next) {
            next = a->next; /* once it is done its caller's stack may go, when the lock is free */
            a->done = true;
        }
        pthread_cond_broadcast(&q->done);
    }
    pthread_mutex_unlock(&q->mutex);
    if (own.err.code == ERR_NONE) return true;
    fail(cx, own.err.code, own.err.key);
    cx->err.retry_after_s = own.err.retry_after_s;
    return false;
}

void pg_appender_open(struct pg_appender *appender)
{
    appender->last = &appender->first;
    pthread_mutex_init(&appender->mutex, NULL);
    pthread_cond_init(&appender->done, NULL);
}

void pg_appender_close(struct pg_appender *appender)
{
    pthread_cond_destroy(&appender->done);
    pthread_mutex_destroy(&appender->mutex);
}

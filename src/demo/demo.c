/* The demo's course: one thread makes rows, another writes them. */
#include "demo/demo.h"

#include "demo/maker.h"

#include <pthread.h>
#include <string.h>

static const int64_t HOUR_MS = 3600000;

enum { BATCHES = 4, WRITER_ARENA_BYTES = 16 << 20, SCRATCH_BYTES = 64 << 20 };

/* Batches go round: free, being made, waiting, being written, free. */
struct belt {
    pthread_mutex_t mutex;
    pthread_cond_t turned;
    struct demo_batch batch[BATCHES];
    int made, written; /* how many batches so far */
    bool ended;        /* no more will come */
    bool failed;       /* the writer cannot go on: its context says why */
    struct ctx writer_cx;
    struct arena_block writer_block;
    arena writer_arena;
    struct bulk *bulk;
    int64_t rows;
};

/* --- the writer --- */

static bool batch_write(struct belt *belt, struct demo_batch *b)
{
    struct ctx *cx = &belt->writer_cx;
    for (int i = 0; i < SHEET__COUNT; i++) {
        struct sheet *s = &b->sheet[i];
        if (!bulk_put(cx, belt->bulk, s->table, s->cells, s->rows)) return false;
        belt->rows += s->rows;
    }
    return true;
}

static void *writer_main(void *arg)
{
    struct belt *belt = arg;
    for (;;) {
        pthread_mutex_lock(&belt->mutex);
        while (belt->written == belt->made && !belt->ended)
            pthread_cond_wait(&belt->turned, &belt->mutex);
        bool stop = belt->written == belt->made || belt->failed;
        struct demo_batch *b = &belt->batch[belt->written % BATCHES];
        pthread_mutex_unlock(&belt->mutex);
        if (stop) return NULL;
        bool good = batch_write(belt, b);
        pthread_mutex_lock(&belt->mutex);
        belt->written++;
        belt->failed = !good;
        pthread_cond_broadcast(&belt->turned);
        pthread_mutex_unlock(&belt->mutex);
    }
}

/* --- the maker's side of the belt --- */

/* Wait until at most `most` batches are under way; false if the writer has failed. */
static bool belt_wait(struct belt *belt, int most)
{
    pthread_mutex_lock(&belt->mutex);
    while (belt->made - belt->written > most && !belt->failed)
        pthread_cond_wait(&belt->turned, &belt->mutex);
    bool good = !belt->failed;
    pthread_mutex_unlock(&belt->mutex);
    return good;
}

/* An empty batch to fill; the maker's memory is the batch's from now on. */
static struct demo_batch *belt_take(struct belt *belt, struct ctx *cx)
{
    if (!belt_wait(belt, BATCHES - 1)) return NULL;
    struct demo_batch *b = &belt->batch[belt->made % BATCHES];
    b->a = arena_over(&b->block);
    for (int i = 0; i < SHEET__COUNT; i++) sheet_clear(&b->sheet[i]);
    cx->a = &b->a;
    return b;
}

static void belt_give(struct belt *belt)
{
    pthread_mutex_lock(&belt->mutex);
    belt->made++;
    pthread_cond_broadcast(&belt->turned);
    pthread_mutex_unlock(&belt->mutex);
}

static bool belt_open(struct ctx *cx, const struct bulk_schema *schema, struct bulk *bulk,
                      struct belt *belt)
{
    belt->bulk = bulk;
    if (!arena_block_open(&belt->writer_block, WRITER_ARENA_BYTES))
        return fail(cx, ERR_STORAGE, "error.storage");
    belt->writer_arena = arena_over(&belt->writer_block);
    belt->writer_cx = *cx;
    belt->writer_cx.a = &belt->writer_arena;
    belt->writer_cx.deferred = NULL;
    for (int i = 0; i < BATCHES; i++)
        if (!arena_block_open(&belt->batch[i].block, BATCH_BYTES) ||
            !demo_sheets_open(cx, schema, &belt->batch[i]))
            return fail(cx, ERR_STORAGE, "error.storage");
    pthread_mutex_init(&belt->mutex, NULL);
    pthread_cond_init(&belt->turned, NULL);
    return true;
}

/* --- the course --- */

static bool late_write(struct maker *m, struct belt *belt)
{
    ptrdiff_t word = 0, identity = 0;
    demo_late_sort(&m->late);
    for (bool more = true; more;) {
        struct demo_batch *b = belt_take(belt, m->cx);
        if (b == NULL) return false;
        more = demo_late_take(m, b, &word, &identity);
        belt_give(belt);
    }
    if (!belt_wait(belt, 0)) return false; /* rows borrow their texts from what is late */
    demo_late_clear(&m->late);
    return true;
}

/* What all leads refer to lives as long as they are made. */
static bool setup_write(struct maker *m, struct demo_batch *b, arena *whole)
{
    m->cx->a = whole;
    bool good = demo_setup(m, b);
    m->cx->a = &b->a;
    return good;
}

static bool leads_write(struct maker *m, struct belt *belt)
{
    const struct demo_options *o = m->options;
    arena *whole = m->cx->a;
    for (int64_t no = 0; no < o->leads;) {
        struct demo_batch *b = belt_take(belt, m->cx);
        if (b == NULL) return false;
        if (no == 0 && !setup_write(m, b, whole)) return false;
        int64_t upto = no + BATCH_LEADS < o->leads ? no + BATCH_LEADS : o->leads;
        for (; no < upto && b->a.end - b->a.beg > BATCH_BYTES / 2; no++)
            if (!demo_lead(m, b, no)) return false;
        demo_block_close(m, b);
        belt_give(belt);
        bool late = demo_late_full(&m->late) || no == o->leads;
        if (late && !late_write(m, belt)) return false;
        if (o->progress != NULL && !o->progress(o->arg, no))
            return fail_detail(m->cx, ERR_UNAVAILABLE, "error.busy", "Stopped; nothing was kept.");
    }
    struct demo_batch *last = belt_take(belt, m->cx);
    if (last == NULL) return false;
    demo_held_write(m, last); /* counted with what is sent in */
    demo_campaigns_write(m, last);
    demo_log_write(m, last);
    belt_give(belt);
    return true;
}

/* How many touchpoints all lives have, and how heavy they are together. */
static void lives_count(struct maker *m)
{
    struct life *life = NEW(m->cx->a, struct life, 1);
    int64_t events = 0;
    int unanswered = 0;
    for (int i = 0; i < DEMO_NO_MAIL; i++) m->no_mail[i] = -1;
    for (int64_t no = 0; no < m->options->leads; no++) {
        life_of(m->season, m->options->seed, no, m->options->leads, life);
        events += life->event_count;
        if (life->answer == ANSWER_OPEN && no >= m->options->leads - DEMO_MAILS &&
            unanswered < DEMO_NO_MAIL && m->options->now_ms - life->created_ms > HOUR_MS) {
            m->no_mail[unanswered++] = no;
            events++;
        }
        m->weight_total += life->weight;
    }
    m->extra_total = m->options->events > events ? m->options->events - events : 0;
    if (m->weight_total == 0) m->weight_total = 1;
    m->extra_each = (m->extra_total << EXTRA_SHIFT) / m->weight_total;
}

static bool maker_open(struct ctx *cx, const struct demo_options *o, struct maker *m)
{
    struct tz *zone = NULL;
    uint64_t slots = 1024;
    while (slots < (uint64_t)o->leads * 2) slots *= 2;
    m->cx = cx;
    m->options = o;
    m->season = NEW(cx->a, struct season, 1);
    m->firms = o->leads / 4 + 20;
    m->block_no = 1;
    m->whole = cx->a;
    m->deed = NEW(cx->a, struct demo_deed, DEMO_DEEDS);
    m->seen_mask = slots - 1;
    if (!tz_load(cx->a, S("Europe/Berlin"), &zone)) zone = NULL;
    season_make(zone, o->now_ms, m->season);
    m->clock_ms = (int64_t)tz_offset_s(zone, o->now_ms) * 1000;
    if (!arena_block_open(&m->seen_block, (ptrdiff_t)(slots * sizeof *m->seen)) ||
        !demo_late_open(&m->late))
        return fail_detail(cx, ERR_STORAGE, "error.storage", "The system gives no memory.");
    m->seen = (uint64_t *)(void *)m->seen_block.base;
    lives_count(m);
    return demo_outbox_open(m) && demo_lists_load(cx, &m->lists);
}

static bool none(void *arg, const struct bulk_cell *cells)
{
    (void)cells;
    *(bool *)arg = true;
    return false;
}

bool demo_must_be_empty(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema)
{
    static const char *const tables[] = {"lead", "form", "purpose", "consent_event"};
    for (ptrdiff_t i = 0; i < COUNTOF(tables); i++) {
        bool some = false;
        const struct bulk_table *t = bulk_table_find(schema, str_of(tables[i]));
        if (t == NULL || !bulk_scan(cx, b, t, NULL, 1, none, &some)) return false;
        if (some)
            return fail_detail(cx, ERR_CONFLICT, "error.conflict",
                               "There are leads or forms here already; demo data goes into an "
                               "empty installation. Name another data folder.");
    }
    return true;
}

static bool indexes(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema, bool make)
{
    for (int i = 0; i < schema->index_count; i++)
        if (make ? !bulk_index_make(cx, b, &schema->index[i])
                 : !bulk_index_drop(cx, b, &schema->index[i]))
            return false;
    return true;
}

static bool belt_run(struct ctx *cx, struct maker *m, struct belt *belt)
{
    pthread_t writer;
    arena *whole = cx->a;
    if (pthread_create(&writer, NULL, writer_main, belt) != 0)
        return fail_detail(cx, ERR_STORAGE, "error.storage", "No thread could be started.");
    bool good = leads_write(m, belt);
    pthread_mutex_lock(&belt->mutex);
    belt->ended = true;
    pthread_cond_broadcast(&belt->turned);
    pthread_mutex_unlock(&belt->mutex);
    pthread_join(writer, NULL);
    cx->a = whole;
    if (cx->err.detail.len > 0) cx->err.detail = str_dup(cx->a, cx->err.detail);
    if (!belt->failed) return good;
    cx->err = belt->writer_cx.err;
    cx->err.detail = str_dup(cx->a, cx->err.detail);
    return false;
}

bool demo_fill(struct ctx *cx, struct bulk *b, const struct bulk_schema *schema,
               const struct demo_options *options, struct demo_result *out)
{
    struct maker *m = NEW(cx->a, struct maker, 1);
    struct belt *belt = NEW(cx->a, struct belt, 1);
    bool good = demo_must_be_empty(cx, b, schema) && maker_open(cx, options, m) &&
                demo_seat_find(m, b, schema) && demo_log_find(m, b, schema) &&
                belt_open(cx, schema, b, belt) && bulk_begin(cx, b) &&
                indexes(cx, b, schema, false) && belt_run(cx, m, belt) &&
                demo_workspace_name(m, b) && indexes(cx, b, schema, true) && bulk_commit(cx, b);
    *out = (struct demo_result){.touchpoints = m->touchpoints, .rows = belt->rows};
    for (int i = 0; i < BATCHES; i++) arena_block_close(&belt->batch[i].block);
    arena_block_close(&belt->writer_block);
    arena_block_close(&m->seen_block);
    demo_late_close(&m->late);
    demo_outbox_close(m);
    return good;
}

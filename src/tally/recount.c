/* Counting anew, beside everybody else.
 *
 * All leads and submissions are read in one snapshot, which keeps no writer waiting. What the
 * numbers lack is told by that snapshot alone: what is there, less the numbers and the changes that
 * are not folded in yet. A change that is noted later adds to both sides alike, whether or not it
 * is folded in meanwhile; so the difference may be added whenever it is ready, in one short
 * transaction, and until then all stand as they were. A break in between leaves nothing behind.
 *
 * It must be added once: of two counts at a time the one that ends first counts. And where the time
 * zone is another one than that of the numbers, nobody folds until they follow (tally_fold), since
 * on which day a change would be added to could not be said.
 */
#include "tally/tally_inner.h"

#include "base/limits.h"

enum { PAGE = 1000, SLOTS_FIRST = 4096 };

/* Address space, not memory. */
static const ptrdiff_t OWN_BYTES = (ptrdiff_t)1 << 30;

/* --- a table of sums --- */

static uint64_t mix(uint64_t hash, const void *bytes, ptrdiff_t len)
{
    const uint8_t *p = bytes;
    for (ptrdiff_t i = 0; i < len; i++) hash = (hash ^ p[i]) * UINT64_C(1099511628211);
    return hash;
}

static ptrdiff_t slot_of(const struct tally_count *c, const struct tally_add_in *key)
{
    int64_t number[] = {key->kind, key->about_id, key->day_n};
    uint64_t hash = mix(UINT64_C(14695981039346656037), number, sizeof number);
    hash = mix(hash, key->label.ptr, key->label.len);
    ptrdiff_t at = (ptrdiff_t)((hash ^ hash >> 32) & (uint64_t)(c->size - 1));
    for (; c->used[at]; at = (at + 1) & (c->size - 1)) {
        const struct tally_add_in *s = &c->slot[at];
        if (s->about_id == key->about_id && s->day_n == key->day_n && s->kind == key->kind &&
            str_eq(s->label, key->label))
            break;
    }
    return at;
}

static void table_new(struct tally_count *c, ptrdiff_t size)
{
    c->size = size;
    c->slot = NEW(&c->own, struct tally_add_in, size);
    c->used = NEW(&c->own, bool, size);
}

static void table_grow(struct tally_count *c)
{
    struct tally_count old = *c;
    table_new(c, old.size * 2);
    for (ptrdiff_t i = 0; i < old.size; i++) {
        if (!old.used[i]) continue;
        ptrdiff_t at = slot_of(c, &old.slot[i]);
        c->slot[at] = old.slot[i];
        c->used[at] = true;
    }
}

static void sum_add(struct tally_count *c, const struct tally_add_in *in)
{
    ptrdiff_t at = slot_of(c, in);
    if (c->used[at]) {
        c->slot[at].all_n += in->all_n;
        c->slot[at].confirmed_n += in->confirmed_n;
        return;
    }
    c->slot[at] = *in;
    c->slot[at].label = str_dup(&c->own, in->label);
    c->used[at] = true;
    if (++c->count > c->size / 2) table_grow(c);
}

static void parts_add(struct tally_count *c, enum tally_kind kind, int64_t about_id, int64_t at_ms,
                      str label, int64_t all, int64_t confirmed)
{
    struct tally_add_in row[TALLY_PARTS];
    int n = tally_parts(c->zone, kind, about_id, at_ms, label, all, confirmed, row);
    for (int i = 0; i < n; i++) sum_add(c, &row[i]);
}

/* --- what there is --- */

static bool leads_add(struct ctx *cx, struct tx *tx, struct tally_count *c)
{
    struct tally_leads_in in = {0, PAGE};
    struct tally_leads_rows rows = {.count = PAGE};
    while (rows.count == PAGE) {
        arena start = *cx->a;
        if (!q_tally_leads(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            const struct tally_leads_row *r = &rows.row[i];
            parts_add(c, TALLY_CAMPAIGN, r->campaign_id, r->created_ms, r->source, 1,
                      r->confirmed_n);
            in.after_id = r->id;
        }
        *cx->a = start;
    }
    return true;
}

static bool submissions_add(struct ctx *cx, struct tx *tx, struct tally_count *c)
{
    struct tally_submissions_in in = {0, PAGE};
    struct tally_submissions_rows rows = {.count = PAGE};
    while (rows.count == PAGE) {
        arena start = *cx->a;
        if (!q_tally_submissions(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            const struct tally_submissions_row *r = &rows.row[i];
            parts_add(c, TALLY_FORM, r->form_id, r->at_ms, S(""), 1, r->confirmed_n);
            in.after_id = r->id;
        }
        *cx->a = start;
    }
    return true;
}

/* --- less what was counted --- */

static bool changes_take(struct ctx *cx, struct tx *tx, struct tally_count *c)
{
    struct tally_change_some_in in = {0, PAGE};
    struct tally_change_some_rows rows = {.count = PAGE};
    while (rows.count == PAGE) {
        arena start = *cx->a;
        if (!q_tally_change_some(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            const struct tally_change_some_row *r = &rows.row[i];
            parts_add(c, (enum tally_kind)r->kind, r->about_id, r->at_ms, r->label, -r->all_n,
                      -r->confirmed_n);
            in.after_id = r->id;
        }
        *cx->a = start;
    }
    return true;
}

static bool numbers_take(struct ctx *cx, struct tx *tx, struct tally_count *c)
{
    struct tally_page_in in = {-1, 0, 0, S(""), PAGE};
    struct tally_page_rows rows = {.count = PAGE};
    (void)cx;
    while (rows.count == PAGE) {
        if (!q_tally_page(tx, &in, &rows)) return false;
        for (ptrdiff_t i = 0; i < rows.count; i++) {
            const struct tally_page_row *r = &rows.row[i];
            struct tally_add_in less = {r->kind,  r->about_id, r->day_n,
                                        r->label, -r->all_n,   -r->confirmed_n};
            in = (struct tally_page_in){r->kind, r->about_id, r->day_n, r->label, PAGE};
            if (r->kind == TALLY_COUNTS)
                c->counts = r->all_n;
            else
                sum_add(c, &less);
        }
    }
    return true;
}

/* --- the steps --- */

/* When the time zone was set: it may have been another one in between. */
static bool zone_set_ms(struct tx *tx, int64_t *ms)
{
    struct tally_zone_set_row row;
    if (!q_tally_zone_set(tx, &row, NULL)) return false;
    *ms = row.changed_ms;
    return true;
}

/* What still folds on another node by the time zone that was, meets this and does not. */
bool tally_count_begin(struct ctx *cx, struct tx *tx, void *arg)
{
    struct tally_count *c = arg;
    (void)cx;
    return q_tally_clock_touch(tx, NULL) && zone_set_ms(tx, &c->zone_ms);
}

bool tally_count_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct tally_count *c = arg;
    int64_t zone_ms;
    c->own = c->empty;
    c->own.full = cx->a->full;
    c->count = c->counts = 0;
    table_new(c, SLOTS_FIRST);
    if (!zone_set_ms(tx, &zone_ms)) return false;
    c->stale = zone_ms != c->zone_ms;
    return c->stale ||
           (tally_zone(cx, tx, &c->zone_name, &c->zone) && leads_add(cx, tx, c) &&
            submissions_add(cx, tx, c) && changes_take(cx, tx, c) && numbers_take(cx, tx, c));
}

static bool differences_add(struct tx *tx, const struct tally_count *c)
{
    bool some = false;
    for (ptrdiff_t i = 0; i < c->size; i++) {
        const struct tally_add_in *s = &c->slot[i];
        if (!c->used[i] || (s->all_n == 0 && s->confirmed_n == 0)) continue;
        if (!q_tally_add(tx, s, NULL)) return false;
        some = true;
    }
    struct tally_add_in counted = {TALLY_COUNTS, 0, 0, S(""), 1, 0};
    return !some || (q_tally_drop_empties(tx, NULL) && q_tally_add(tx, &counted, NULL));
}

/* Nothing of a workspace that is going: its rows go table by table, and would come back. */
bool tally_count_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct tally_count *c = arg;
    struct tally_one_in counts = {TALLY_COUNTS, 0};
    struct tally_one_row now;
    struct tally_going_in here = {cx->workspace_id};
    struct tally_going_row going;
    int64_t zone_ms;
    if (!q_tally_one(tx, &counts, &now, NULL) || !q_tally_going(tx, &here, &going, NULL) ||
        !zone_set_ms(tx, &zone_ms))
        return false;
    c->stale = now.all_n != c->counts || zone_ms != c->zone_ms || going.n > 0;
    struct tally_clock_set_in set = {c->zone_name};
    return c->stale || (q_tally_clock_set(tx, &set, NULL) && differences_add(tx, c));
}

bool tally_recount(struct ctx *cx)
{
    struct arena_block block;
    if (!arena_block_open(&block, OWN_BYTES))
        return fail_detail(cx, ERR_UNAVAILABLE, "error.busy", "no memory to count in");
    arena start = *cx->a;
    struct tally_count c = {.empty = arena_over(&block)};
    bool done = db_write(cx, DB_EVENTS, tally_count_begin, &c) &&
                db_read_long(cx, tally_count_read, &c) &&
                (c.stale || db_write(cx, DB_BULK, tally_count_write, &c));
    if (done) *cx->a = start; /* an error's words stay */
    arena_block_close(&block);
    return done;
}

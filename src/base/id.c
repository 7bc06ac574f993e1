#include "base/id.h"

#include <stdlib.h>
#include <string.h>

enum {
    SEQUENCE_BITS = 16,
    NODE_BITS = 6,
    TIME_SHIFT = SEQUENCE_BITS + NODE_BITS,
    DIGITS = 13,
    PREFIX_LEN = 3,
};

_Static_assert(ID_NODES == 1 << NODE_BITS, "the numbers of nodes");
_Static_assert(PREFIX_LEN + DIGITS == ID_TEXT_LEN, "the text of an id");

static const int64_t EPOCH_MS = INT64_C(1577836800000); /* 2020-01-01T00:00:00Z */
static const int64_t SEQUENCE_MASK = (1 << SEQUENCE_BITS) - 1;

static const char PREFIX[ID__COUNT][PREFIX_LEN + 1] = {
    [ID_WORKSPACE] = "ws_",  [ID_USER] = "us_",         [ID_LEAD] = "ld_",
    [ID_FORM] = "fm_",       [ID_FORM_VERSION] = "fv_", [ID_SUBMISSION] = "sb_",
    [ID_TOUCHPOINT] = "tp_", [ID_CONSENT] = "cs_",      [ID_WORDING] = "wd_",
    [ID_PURPOSE] = "pu_",    [ID_MAIL] = "ml_",         [ID_JOB] = "jb_",
    [ID_SESSION] = "se_",    [ID_TOKEN] = "tk_",        [ID_AUDIT] = "au_",
    [ID_BLOB] = "bl_",       [ID_NOTE] = "nt_",         [ID_INVITATION] = "iv_",
    [ID_DOWNLOAD] = "dl_",   [ID_EVENT] = "ev_",
    [ID_TASK] = "ts_",       [ID_RULE] = "or_",         [ID_ABSENCE] = "ab_",     [ID_BELL] = "be_",
    [ID_CAMPAIGN] = "cp_",   [ID_COST] = "co_",         [ID_LINK] = "lk_",
    [ID_CHANNEL] = "ch_",
    [ID_LEAD_FILE] = "lf_",  [ID_KIOSK] = "ki_",
    [ID_IMPORT] = "im_",
};

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Ranges are kept until the source is closed, since a late thread may still be in one; there is
 * one for each time that a number was taken, which is seldom. */
struct id_range {
    _Atomic int64_t last, ceiling;
    int node;
    struct id_range *before;
};

static struct id_range *range_of(struct id_source *source)
{
    return atomic_load_explicit(&source->range, memory_order_acquire);
}

bool id_source_open(struct id_source *source, int node, int64_t last, int64_t ceiling)
{
    assert(node >= 0 && node < ID_NODES && last >= 0 && ceiling >= last);
    struct id_range *range = calloc(1, sizeof *range);
    if (range == NULL) return false;
    range->node = node;
    range->before = range_of(source);
    atomic_init(&range->last, last);
    atomic_init(&range->ceiling, ceiling);
    atomic_store_explicit(&source->range, range, memory_order_release);
    return true;
}

void id_source_raise(struct id_source *source, int64_t ceiling)
{
    struct id_range *range = range_of(source);
    assert(range != NULL && ceiling >= atomic_load(&range->ceiling));
    atomic_store(&range->ceiling, ceiling);
}

int64_t id_source_end(struct id_source *source)
{
    struct id_range *range = range_of(source);
    if (range == NULL) return 0;
    int64_t end = atomic_load(&range->last) + (INT64_C(1) << TIME_SHIFT);
    if (end < atomic_load(&range->ceiling)) atomic_store(&range->ceiling, end);
    return atomic_load(&range->ceiling);
}

void id_source_close(struct id_source *source)
{
    struct id_range *range = range_of(source);
    atomic_store(&source->range, NULL);
    while (range != NULL) {
        struct id_range *before = range->before;
        free(range);
        range = before;
    }
}

bool id_source_ready(struct id_source *source)
{
    return range_of(source) != NULL;
}

int64_t id_source_last(struct id_source *source)
{
    struct id_range *range = range_of(source);
    return range == NULL ? 0 : atomic_load(&range->last);
}

int64_t id_source_ceiling(struct id_source *source)
{
    struct id_range *range = range_of(source);
    return range == NULL ? 0 : atomic_load(&range->ceiling);
}

int64_t id_ceiling(int64_t last, int64_t until_ms)
{
    int64_t by_clock = id_first(until_ms + ID_SLACK_MS);
    int64_t by_count = last + ((int64_t)ID_SLACK_MS << TIME_SHIFT);
    return by_clock > by_count ? by_clock : by_count;
}

/* The id that follows `last`; `since` is the time that it should tell. */
static int64_t follow(int64_t last, int64_t since, int node)
{
    int64_t bits = (int64_t)node << SEQUENCE_BITS;
    int64_t ms = last >> TIME_SHIFT, sequence = (last & SEQUENCE_MASK) + 1;
    if (ms < since) {
        ms = since;
        sequence = 0;
    } else if (sequence > SEQUENCE_MASK) {
        ms++; /* a full millisecond borrows from the next */
        sequence = 0;
    }
    int64_t id = ms << TIME_SHIFT | bits | sequence;
    /* A high-water mark of another node may lie above ours in the same millisecond. */
    return id > last ? id : (ms + 1) << TIME_SHIFT | bits;
}

int64_t id_next(struct id_source *source, int64_t now_ms)
{
    struct id_range *range = range_of(source);
    assert(range != NULL && "an id was asked for before the process had a node number");
    int64_t since = now_ms > EPOCH_MS ? now_ms - EPOCH_MS : 0;
    int64_t last = atomic_load_explicit(&range->last, memory_order_relaxed);
    for (;;) {
        int64_t ceiling = atomic_load_explicit(&range->ceiling, memory_order_relaxed);
        int64_t by_clock = (ceiling >> TIME_SHIFT) - ID_SLACK_MS;
        int64_t id = follow(last, since < by_clock ? since : by_clock, range->node);
        assert(id <= ceiling && "no ids are left under this node number");
        if (atomic_compare_exchange_weak_explicit(&range->last, &last, id, memory_order_relaxed,
                                                  memory_order_relaxed))
            return id;
    }
}

int64_t id_time_ms(int64_t id)
{
    return (id >> TIME_SHIFT) + EPOCH_MS;
}

int id_node(int64_t id)
{
    return (int)(id >> SEQUENCE_BITS) & (ID_NODES - 1);
}

int64_t id_first(int64_t ms)
{
    return ms > EPOCH_MS ? (ms - EPOCH_MS) << TIME_SHIFT : 0;
}

str id_text(arena *a, enum id_type type, int64_t id)
{
    assert(type < ID__COUNT && id >= 0);
    if (id == 0) return (str){0};
    char *text = NEW(a, char, ID_TEXT_LEN);
    memcpy(text, PREFIX[type], PREFIX_LEN);
    for (int i = ID_TEXT_LEN - 1; i >= PREFIX_LEN; i--, id >>= 5) text[i] = ALPHABET[id & 31];
    return (str){text, ID_TEXT_LEN};
}

static int digit_value(char c)
{
    if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
    if (c == 'I' || c == 'L') return 1;
    if (c == 'O') return 0;
    const char *at = c == '\0' ? NULL : strchr(ALPHABET, c);
    return at == NULL ? -1 : (int)(at - ALPHABET);
}

bool id_parse(str text, enum id_type type, int64_t *out)
{
    assert(type < ID__COUNT);
    if (text.len != ID_TEXT_LEN) return false;
    if (!str_eq_nocase(str_slice(text, 0, PREFIX_LEN), str_of(PREFIX[type]))) return false;
    uint64_t id = 0;
    for (int i = PREFIX_LEN; i < ID_TEXT_LEN; i++) {
        int digit = digit_value(text.ptr[i]);
        if (digit < 0) return false;
        /* 13 digits hold 65 bits: the first may only be 0 to 7. */
        if (i == PREFIX_LEN && digit > 7) return false;
        id = id << 5 | (uint64_t)digit;
    }
    if (id == 0) return false;
    *out = (int64_t)id;
    return true;
}

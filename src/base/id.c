#include "base/id.h"

#include <string.h>

enum {
    SEQUENCE_BITS = 16,
    NODE_BITS = 6,
    TIME_SHIFT = SEQUENCE_BITS + NODE_BITS,
    DIGITS = 13,
    PREFIX_LEN = 3,
};

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
};

static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int64_t id_next(struct id_source *source, int64_t now_ms)
{
    assert(source->node >= 0 && source->node < 1 << NODE_BITS);
    int64_t since = now_ms > EPOCH_MS ? now_ms - EPOCH_MS : 0;
    int64_t node = (int64_t)source->node << SEQUENCE_BITS;
    int64_t last = atomic_load_explicit(&source->last, memory_order_relaxed);
    for (;;) {
        int64_t ms = last >> TIME_SHIFT, sequence = (last & SEQUENCE_MASK) + 1;
        if (ms < since) {
            ms = since;
            sequence = 0;
        } else if (sequence > SEQUENCE_MASK) {
            ms++; /* a full millisecond borrows from the next */
            sequence = 0;
        }
        int64_t id = ms << TIME_SHIFT | node | sequence;
        /* A high-water mark of another node may lie above ours in the same millisecond. */
        if (id <= last) id = (ms + 1) << TIME_SHIFT | node;
        if (atomic_compare_exchange_weak_explicit(&source->last, &last, id, memory_order_relaxed,
                                                  memory_order_relaxed))
            return id;
    }
}

int64_t id_time_ms(int64_t id)
{
    return (id >> TIME_SHIFT) + EPOCH_MS;
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

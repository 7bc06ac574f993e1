/* The chain: events are sealed into blocks, each over the hash of the one before.
 *
 *     event hash = SHA-256( id | consent | lead | wording | confirmation | kind | at (each 8 bytes,
 *                           big-endian) | SHA-256(evidence) | SHA-256(network) )
 *     block hash = SHA-256( previous hash | block number | sealed at | event count | event hashes )
 *
 * It covers ciphertext and numbers only, so that erasing keys leaves it whole.
 */
#include "consent/consent_inner.h"

#include "base/buf.h"
#include "base/bytes.h"
#include "base/crypto.h"
#include "consent_sql.h"

#include <string.h>

enum { HASH_BYTES = 32, EVENTS_PER_BLOCK = CONSENT_BLOCK_EVENTS, EVENT_NUMBERS = 7 };

static void event_hash(const int64_t number[EVENT_NUMBERS], str evidence, str network,
                       uint8_t out[HASH_BYTES])
{
    uint8_t bytes[EVENT_NUMBERS * 8 + 2 * HASH_BYTES];
    for (int i = 0; i < EVENT_NUMBERS; i++) put_be64(bytes + 8 * i, number[i]);
    crypto_sha256(evidence, bytes + EVENT_NUMBERS * 8);
    crypto_sha256(network, bytes + EVENT_NUMBERS * 8 + HASH_BYTES);
    crypto_sha256((str){(const char *)bytes, sizeof bytes}, out);
}

struct block_head {
    str prev_hash; /* HASH_BYTES */
    int64_t block_no, sealed_ms, event_count;
};

static struct buf block_begin(struct ctx *cx, const struct block_head *head)
{
    struct buf b = buf_new(cx->a, (EVENTS_PER_BLOCK + 4) * HASH_BYTES);
    uint8_t numbers[24];
    put_be64(numbers, head->block_no);
    put_be64(numbers + 8, head->sealed_ms);
    put_be64(numbers + 16, head->event_count);
    buf_put(&b, head->prev_hash);
    buf_put(&b, (str){(const char *)numbers, sizeof numbers});
    return b;
}

#define EVENT_NUMBERS_OF(e)                                                                        \
    {                                                                                              \
        (e).id, (e).consent_id, (e).lead_id, (e).wording_id, (e).confirmation_id, (e).kind,        \
            (e).at_ms                                                                              \
    }

bool consent_seal(struct ctx *cx, struct tx *tx, int64_t *sealed)
{
    struct consent_event_unsealed_in in = {EVENTS_PER_BLOCK};
    struct consent_event_unsealed_rows rows;
    int64_t changed = 0;
    *sealed = 0;
    if (!q_consent_event_unsealed(tx, &in, &rows)) return false;
    if (rows.count == 0) return true;

    static const char zeros[HASH_BYTES];
    struct consent_block_last_row last = {0, {zeros, HASH_BYTES}};
    bool found;
    if (!q_consent_block_last(tx, &last, &found)) return false;
    if (!found) last = (struct consent_block_last_row){0, {zeros, HASH_BYTES}};

    struct block_head head = {last.hash, last.block_no + 1, cx->now_ms, rows.count};
    struct buf b = block_begin(cx, &head);
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const int64_t number[EVENT_NUMBERS] = EVENT_NUMBERS_OF(rows.row[i]);
        uint8_t hash[HASH_BYTES];
        event_hash(number, rows.row[i].evidence, rows.row[i].network, hash);
        buf_put(&b, (str){(const char *)hash, HASH_BYTES});
        struct consent_event_seal_in seal = {rows.row[i].id, head.block_no};
        if (!q_consent_event_seal(tx, &seal, NULL)) return false;
    }
    assert(!b.full);
    uint8_t hash[HASH_BYTES];
    crypto_sha256(buf_str(&b), hash);
    struct consent_block_add_in add = {head.block_no,
                                       head.sealed_ms,
                                       head.event_count,
                                       head.prev_hash,
                                       {(const char *)hash, HASH_BYTES}};
    *sealed = rows.count;
    if (!q_consent_block_add(tx, &add, &changed)) return false;
    return changed == 1 || fail_detail(cx, ERR_CONFLICT, "error.conflict", "the chain would fork");
}

void consent_block_hash(struct ctx *cx, str prev, int64_t block_no, int64_t sealed_ms,
                        const struct consent_link *event, ptrdiff_t count, uint8_t hash[32])
{
    struct block_head head = {prev, block_no, sealed_ms, count};
    struct buf b = block_begin(cx, &head);
    for (ptrdiff_t i = 0; i < count; i++) {
        const int64_t number[EVENT_NUMBERS] = EVENT_NUMBERS_OF(event[i]);
        uint8_t one[HASH_BYTES];
        event_hash(number, event[i].evidence, event[i].network, one);
        buf_put(&b, (str){(const char *)one, HASH_BYTES});
    }
    assert(!b.full);
    crypto_sha256(buf_str(&b), hash);
}

struct check {
    int64_t block_no;
    char prev[HASH_BYTES];
    int64_t events;
    bool holds, end;
};

/* The chain ends here, unless later blocks or events that name this one tell that it was cut. */
static bool check_end(struct tx *tx, ptrdiff_t events, struct check *c)
{
    struct consent_block_last_row last;
    bool found;
    if (!q_consent_block_last(tx, &last, &found)) return false;
    c->holds = events == 0 && (!found || last.block_no < c->block_no);
    return true;
}

static bool check_block(struct ctx *cx, struct tx *tx, void *arg)
{
    struct check *c = arg;
    struct consent_block_get_in get = {c->block_no};
    struct consent_block_get_row row;
    bool found;
    if (!q_consent_block_get(tx, &get, &row, &found)) return false;
    struct consent_event_of_block_in in = {c->block_no};
    struct consent_event_of_block_rows rows;
    if (!q_consent_event_of_block(tx, &in, &rows)) return false;
    c->end = !found;
    if (!found) return check_end(tx, rows.count, c);

    struct block_head head = {row.prev_hash, c->block_no, row.sealed_ms, row.event_count};
    struct buf b = block_begin(cx, &head);
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const int64_t number[EVENT_NUMBERS] = EVENT_NUMBERS_OF(rows.row[i]);
        uint8_t hash[HASH_BYTES];
        event_hash(number, rows.row[i].evidence, rows.row[i].network, hash);
        buf_put(&b, (str){(const char *)hash, HASH_BYTES});
    }
    uint8_t hash[HASH_BYTES];
    crypto_sha256(buf_str(&b), hash);
    str mine = {(const char *)hash, HASH_BYTES}, prev = {c->prev, HASH_BYTES};
    c->holds = !b.full && rows.count == row.event_count && str_eq(row.hash, mine) &&
               str_eq(row.prev_hash, prev);
    c->events += rows.count;
    memcpy(c->prev, hash, HASH_BYTES);
    return true;
}

bool consent_chain_check(struct ctx *cx, int64_t *blocks, int64_t *events, int64_t *bad_block)
{
    struct check c = {.block_no = 1};
    *bad_block = 0;
    arena start = *cx->a;
    for (;; c.block_no++) {
        *cx->a = start; /* a block's rows are not needed for the next */
        if (!db_read(cx, check_block, &c)) return false;
        if (!c.holds && *bad_block == 0) *bad_block = c.block_no;
        if (c.end) break;
    }
    *blocks = c.block_no - 1;
    *events = c.events;
    return true;
}

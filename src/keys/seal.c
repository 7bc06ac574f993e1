#include "keys/seal.h"

#include <string.h>

enum { VERSION = 1, HEAD_MAX = 2 };
enum { WRAPPED_BYTES = SECRET_SEAL_OVERHEAD_BYTES + SEAL_KEY_BYTES };

_Static_assert(SEAL_KEY_BYTES == MAC_KEY_BYTES, "a key of the ring is a key of the cipher");
_Static_assert(VALUE_SEAL_OVERHEAD_BYTES == 1 + SEAL_OVERHEAD_BYTES, "version");
_Static_assert(SECRET_SEAL_OVERHEAD_BYTES == 2 + SEAL_OVERHEAD_BYTES, "version and key id");

/* Room for what is sealed along: the head, so that no version or key id can be exchanged, and the
 * place. `head` is of fixed length for each kind of key, so that no two of them spell the same. */
struct place {
    char bytes[HEAD_MAX + SEAL_AD_MAX];
    ptrdiff_t len;
};

static str place_of(struct place *p, str head, str ad)
{
    assert(head.len <= HEAD_MAX && ad.len <= SEAL_AD_MAX);
    memcpy(p->bytes, head.ptr, (size_t)head.len);
    if (ad.len > 0) memcpy(p->bytes + head.len, ad.ptr, (size_t)ad.len);
    p->len = head.len + ad.len;
    return (str){p->bytes, p->len};
}

/* `head` and what crypto_seal makes. */
static str seal_behind(arena *a, const struct seal_key *key, str head, str plain, str ad)
{
    struct place place;
    ptrdiff_t len = head.len + SEAL_OVERHEAD_BYTES + plain.len;
    char *out = NEW(a, char, len);
    arena scratch = *a;
    str body = crypto_seal(&scratch, key, plain, place_of(&place, head, ad));
    assert(head.len + body.len == len);
    memcpy(out, head.ptr, (size_t)head.len);
    memcpy(out + head.len, body.ptr, (size_t)body.len);
    return (str){out, len};
}

static bool open_behind(arena *a, const struct seal_key *key, ptrdiff_t head_len, str sealed,
                        str ad, str *plain)
{
    struct place place;
    str head = str_slice(sealed, 0, head_len);
    str body = str_slice(sealed, head_len, sealed.len);
    return crypto_open(a, key, body, place_of(&place, head, ad), plain);
}

/* The ring's keys belong to one use each: those of KEY_WRAP and KEY_SECRET are only ciphers'. */
static struct seal_key cipher_key(const struct key *key)
{
    struct seal_key out;
    memcpy(out.bytes, key->secret.bytes, SEAL_KEY_BYTES);
    return out;
}

static str ring_seal(arena *a, const struct key_ring *ring, enum key_use use, str plain, str ad)
{
    const struct key *key = key_newest(ring, use);
    struct seal_key cipher = cipher_key(key);
    char head[2] = {VERSION, (char)key->id};
    str out = seal_behind(a, &cipher, (str){head, sizeof head}, plain, ad);
    crypto_wipe(&cipher, sizeof cipher);
    return out;
}

static bool ring_open(arena *a, const struct key_ring *ring, enum key_use use, str sealed, str ad,
                      str *plain)
{
    if (sealed.len < SECRET_SEAL_OVERHEAD_BYTES || sealed.ptr[0] != VERSION) return false;
    const struct key *key = key_find(ring, use, (uint8_t)sealed.ptr[1]);
    if (key == NULL) return false;
    struct seal_key cipher = cipher_key(key);
    bool ok = open_behind(a, &cipher, 2, sealed, ad, plain);
    crypto_wipe(&cipher, sizeof cipher);
    return ok;
}

str seal_ad(arena *a, const char *what, int64_t workspace_id, int64_t id)
{
    assert(strchr(what, ':') == NULL);
    str ad = str_printf(a, "%s:%lld:%lld", what, (long long)workspace_id, (long long)id);
    assert(ad.len <= SEAL_AD_MAX);
    return ad;
}

void seal_key_new(struct seal_key *key)
{
    crypto_random(key->bytes, SEAL_KEY_BYTES);
}

str seal_key_wrap(arena *a, const struct key_ring *ring, const struct seal_key *key, str ad)
{
    return ring_seal(a, ring, KEY_WRAP, (str){(const char *)key->bytes, SEAL_KEY_BYTES}, ad);
}

bool seal_key_unwrap(const struct key_ring *ring, str wrapped, str ad, struct seal_key *out)
{
    /* Its own small memory, which is wiped: a key must not stay behind in a request's arena. */
    char memory[2 * SEAL_KEY_BYTES];
    arena a = {memory, memory + sizeof memory, NULL};
    str plain;
    if (wrapped.len != WRAPPED_BYTES) return false;
    if (!ring_open(&a, ring, KEY_WRAP, wrapped, ad, &plain)) return false;
    assert(plain.len == SEAL_KEY_BYTES);
    memcpy(out->bytes, plain.ptr, SEAL_KEY_BYTES);
    crypto_wipe(memory, sizeof memory);
    return true;
}

str seal(arena *a, const struct seal_key *key, str plain, str ad)
{
    char head[1] = {VERSION};
    return seal_behind(a, key, (str){head, sizeof head}, plain, ad);
}

bool seal_open(arena *a, const struct seal_key *key, str sealed, str ad, str *plain)
{
    if (sealed.len < VALUE_SEAL_OVERHEAD_BYTES || sealed.ptr[0] != VERSION) return false;
    return open_behind(a, key, 1, sealed, ad, plain);
}

str secret_seal(arena *a, const struct key_ring *ring, str plain, str ad)
{
    return ring_seal(a, ring, KEY_SECRET, plain, ad);
}

bool secret_open(arena *a, const struct key_ring *ring, str sealed, str ad, str *plain)
{
    return ring_open(a, ring, KEY_SECRET, sealed, ad, plain);
}

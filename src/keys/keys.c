#include "keys/keys.h"

#include "base/bytes.h"
#include "base/json.h"

#include <string.h>

enum { FILE_VERSION = 1, MARK_BYTES = 16 };

_Static_assert(KEY_HASH_TEXT_LEN == KEY_HASH_BYTES * 8 / 6, "base64url, no padding");
_Static_assert(KEY_MARK_LEN == (MARK_BYTES * 8 + 5) / 6, "base64url, no padding");

static const char *const USE_NAME[KEY_USE__COUNT] = {
    [KEY_TOKEN] = "token",       [KEY_SESSION] = "session",
    [KEY_STAMP] = "stamp",       [KEY_SUPPRESSION] = "suppression",
    [KEY_EVENT_ID] = "event_id", [KEY_IDENTITY] = "identity",
    [KEY_WRAP] = "wrap",         [KEY_SECRET] = "secret",
};

/* --- the ring --- */

bool key_ring_add(struct key_ring *ring, enum key_use use, int64_t now_ms)
{
    struct key_list *list = &ring->use[use];
    uint8_t last = list->count == 0 ? 0 : list->key[list->count - 1].id;
    if (list->count == KEYS_PER_USE || last == UINT8_MAX) return false;

    struct key *key = &list->key[list->count++];
    *key = (struct key){.id = (uint8_t)(last + 1), .created_ms = now_ms};
    crypto_random(key->secret.bytes, MAC_KEY_BYTES);
    return true;
}

void key_ring_new(struct key_ring *ring, int64_t now_ms)
{
    *ring = (struct key_ring){0};
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        bool added = key_ring_add(ring, (enum key_use)use, now_ms);
        assert(added);
        (void)added;
    }
}

const struct key *key_newest(const struct key_ring *ring, enum key_use use)
{
    const struct key_list *list = &ring->use[use];
    assert(list->count > 0);
    return &list->key[list->count - 1];
}

const struct key *key_find(const struct key_ring *ring, enum key_use use, uint8_t id)
{
    const struct key_list *list = &ring->use[use];
    for (int i = list->count - 1; i >= 0; i--)
        if (list->key[i].id == id) return &list->key[i];
    return NULL;
}

str key_ring_mark(arena *a, const struct key_ring *ring)
{
    /* The oldest suppression key is the one that is never retired. */
    static const char LABEL[] = "zulauf: mark of the key ring";
    const struct key_list *list = &ring->use[KEY_SUPPRESSION];
    uint8_t mac[MAC_BYTES];
    assert(list->count > 0);
    crypto_mac(&list->key[0].secret, (const uint8_t *)LABEL, COUNTOF(LABEL) - 1, mac);
    return base64url_encode(a, mac, MARK_BYTES);
}

/* --- the file's text --- */

str key_ring_text(arena *a, const struct key_ring *ring)
{
    struct value uses = value_map(a);
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        const struct key_list *list = &ring->use[use];
        struct value keys = value_list(a);
        for (int i = 0; i < list->count; i++) {
            struct value key = value_map(a);
            value_set_int(key, "id", list->key[i].id);
            value_set_int(key, "created_ms", list->key[i].created_ms);
            value_set_text(key, "secret",
                           base64url_encode(a, list->key[i].secret.bytes, MAC_KEY_BYTES));
            value_push(keys, key);
        }
        value_set(uses, USE_NAME[use], keys);
    }
    struct value root = value_map(a);
    value_set_int(root, "version", FILE_VERSION);
    value_set(root, "keys", uses);
    return json_text(a, root);
}

static bool int_of(struct value map, const char *name, int64_t min, int64_t max, int64_t *out)
{
    struct value v = value_get(map, str_of(name));
    if (v.type != VALUE_INT || v.as.integer < min || v.as.integer > max) return false;
    *out = v.as.integer;
    return true;
}

/* One key of the file; a phrase if it is none. `after` is the id of the one before it. */
static const char *parse_key(struct value v, uint8_t after, struct key *out)
{
    static const struct mac_key NONE;

    int64_t id = 0;
    if (v.type != VALUE_MAP || value_count(v) != 3)
        return "a key is not an object of id, created_ms and secret";
    if (!int_of(v, "id", 1, UINT8_MAX, &id)) return "a key's id is not between 1 and 255";
    if (id <= after) return "a key's id is not greater than the one before it";
    if (!int_of(v, "created_ms", 0, INT64_MAX, &out->created_ms))
        return "a key's created_ms is not a time";
    if (!base64url_decode(value_str(value_get(v, S("secret"))), out->secret.bytes, MAC_KEY_BYTES))
        return "a key's secret is not 43 characters of base64url";
    if (memcmp(&out->secret, &NONE, sizeof NONE) == 0) return "a key's secret is all zero";
    out->id = (uint8_t)id;
    return NULL;
}

static const char *parse_list(struct value v, struct key_list *out)
{
    if (v.type != VALUE_LIST) return "the keys of a use are missing";
    if (value_count(v) < 1 || value_count(v) > KEYS_PER_USE) return "a use has no or too many keys";
    for (ptrdiff_t i = 0; i < value_count(v); i++) {
        uint8_t after = i == 0 ? 0 : out->key[i - 1].id;
        const char *fault = parse_key(v.as.list->item[i], after, &out->key[i]);
        if (fault != NULL) return fault;
        out->count++;
    }
    return NULL;
}

bool key_ring_parse(arena *a, str text, struct key_ring *out, str *why)
{
    struct value root;
    struct json_err fault;
    int64_t version = 0;
    *out = (struct key_ring){0};
    if (!json_parse(a, text, &root, &fault)) {
        *why = str_printf(a, "line %d: not JSON: %s", fault.line, fault.what);
        return false;
    }
    if (!int_of(root, "version", FILE_VERSION, FILE_VERSION, &version)) {
        *why = S("its version is not 1: no key file, or one of a newer release");
        return false;
    }
    struct value uses = value_get(root, S("keys"));
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        const char *phrase = parse_list(value_get(uses, str_of(USE_NAME[use])), &out->use[use]);
        if (phrase != NULL) {
            *why = str_printf(a, "%s: %s", USE_NAME[use], phrase);
            return false;
        }
    }
    if (value_count(uses) != KEY_USE__COUNT) { /* or saving would drop what we do not know */
        *why = S("it has keys for a use that this release does not know");
        return false;
    }
    return true;
}

/* --- keyed hashes --- */

static void hash_with(const struct key *key, str data, uint8_t out[KEY_HASH_BYTES])
{
    out[0] = key->id;
    crypto_mac(&key->secret, (const uint8_t *)data.ptr, data.len, out + 1);
}

void key_hash(const struct key_ring *ring, enum key_use use, str data, uint8_t out[KEY_HASH_BYTES])
{
    hash_with(key_newest(ring, use), data, out);
}

str key_hash_text(arena *a, const struct key_ring *ring, enum key_use use, str data)
{
    uint8_t hash[KEY_HASH_BYTES];
    key_hash(ring, use, data, hash);
    return base64url_encode(a, hash, KEY_HASH_BYTES);
}

int key_hash_all(arena *a, const struct key_ring *ring, enum key_use use, str data,
                 str out[KEYS_PER_USE])
{
    const struct key_list *list = &ring->use[use];
    for (int i = 0; i < list->count; i++) {
        uint8_t hash[KEY_HASH_BYTES];
        hash_with(&list->key[list->count - 1 - i], data, hash);
        out[i] = base64url_encode(a, hash, KEY_HASH_BYTES);
    }
    return list->count;
}

int64_t key_hash_id(const struct key_ring *ring, enum key_use use, str data)
{
    const struct key_list *list = &ring->use[use];
    uint8_t hash[KEY_HASH_BYTES];
    assert(list->count > 0);
    hash_with(&list->key[0], data, hash);
    int64_t id = get_be64(hash + 1) & INT64_MAX;
    return id == 0 ? 1 : id;
}

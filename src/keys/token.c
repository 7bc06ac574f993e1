#include "keys/token.h"

#include "base/bytes.h"

#include <string.h>

/* Version 1 on the wire; integers are big-endian:
 *
 *     0   1  version = 1            11   8  subject_id
 *     1   1  key id                 19   8  object_id
 *     2   1  use                    27   5  expires_at_s
 *     3   8  workspace_id           32  16  HMAC-SHA-256 of bytes 0..31, its first half
 *
 * 48 bytes are 64 characters, so that a link stays below the 76 columns at which mail programs
 * begin to fold it. RFC 2104 section 5 allows half of the hash; to guess 128 bits, one try in a
 * request, is out of reach.
 */
enum { AT_KEY = 1, AT_USE = 2, AT_WORKSPACE = 3, AT_SUBJECT = 11, AT_OBJECT = 19, AT_EXPIRES = 27 };
enum { AT_MAC = 32, TOKEN_MAC_BYTES = 16, WIRE_BYTES = AT_MAC + TOKEN_MAC_BYTES };
enum { VERSION = 1, EXPIRES_BYTES = 5 };

_Static_assert(TOKEN_LEN == WIRE_BYTES * 8 / 6, "base64url, no padding");

static enum key_use key_use_of(enum token_use use)
{
    return use == TOKEN_STAMP ? KEY_STAMP : KEY_TOKEN;
}

static void mac_of(const struct key *key, const uint8_t *wire, uint8_t out[TOKEN_MAC_BYTES])
{
    uint8_t mac[MAC_BYTES];
    crypto_mac(&key->secret, wire, AT_MAC, mac);
    memcpy(out, mac, TOKEN_MAC_BYTES);
}

str token_sign(arena *a, const struct key_ring *ring, struct token token)
{
    assert(token.workspace_id >= 0);
    assert(token.subject_id >= 0);
    assert(token.object_id >= 0);
    assert(token.expires_at_s >= 0 && token.expires_at_s >> (8 * EXPIRES_BYTES) == 0);

    const struct key *key = key_newest(ring, key_use_of(token.use));
    uint8_t wire[WIRE_BYTES] = {VERSION, key->id, (uint8_t)token.use};
    uint8_t expires[8];
    put_be64(wire + AT_WORKSPACE, token.workspace_id);
    put_be64(wire + AT_SUBJECT, token.subject_id);
    put_be64(wire + AT_OBJECT, token.object_id);
    put_be64(expires, token.expires_at_s);
    memcpy(wire + AT_EXPIRES, expires + 8 - EXPIRES_BYTES, EXPIRES_BYTES);
    mac_of(key, wire, wire + AT_MAC);
    return base64url_encode(a, wire, WIRE_BYTES);
}

enum token_err token_verify(str text, const struct key_ring *ring, enum token_use use,
                            int64_t now_s, struct token *out)
{
    uint8_t wire[WIRE_BYTES], mac[TOKEN_MAC_BYTES];
    if (text.len != TOKEN_LEN || !base64url_decode(text, wire, WIRE_BYTES)) return TOKEN_MALFORMED;

    /* A stamp's key is not a link's: asked for the other, a token is as good as forged. */
    const struct key *key = key_find(ring, key_use_of(use), wire[AT_KEY]);
    if (key == NULL) return TOKEN_FORGED;
    mac_of(key, wire, mac);
    str is = {(const char *)wire + AT_MAC, TOKEN_MAC_BYTES};
    if (!crypto_equal(is, (str){(const char *)mac, TOKEN_MAC_BYTES})) return TOKEN_FORGED;
    if (wire[0] != VERSION) return TOKEN_MALFORMED; /* ours, from a newer release */
    if (wire[AT_USE] != use) return TOKEN_MISUSED;

    uint8_t expires[8] = {0};
    memcpy(expires + 8 - EXPIRES_BYTES, wire + AT_EXPIRES, EXPIRES_BYTES);
    *out = (struct token){
        .use = use,
        .workspace_id = get_be64(wire + AT_WORKSPACE),
        .subject_id = get_be64(wire + AT_SUBJECT),
        .object_id = get_be64(wire + AT_OBJECT),
        .expires_at_s = get_be64(expires),
    };
    bool expired = out->expires_at_s != 0 && now_s >= out->expires_at_s;
    return expired ? TOKEN_EXPIRED : TOKEN_OK;
}

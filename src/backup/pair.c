#include "backup/pair.h"

#define PUBLIC_PREFIX S("zbp1_")
#define SECRET_PREFIX S("zbs1_")

static str key_text(arena *a, str prefix, const uint8_t *bytes)
{
    str body = base64url_encode(a, bytes, PAIR_KEY_BYTES);
    return str_printf(a, "%.*s%.*s", STR_ARG(prefix), STR_ARG(body));
}

str pair_public_text(arena *a, const struct pair_public *key)
{
    return key_text(a, PUBLIC_PREFIX, key->bytes);
}

str pair_secret_text(arena *a, const struct pair_secret *key)
{
    return key_text(a, SECRET_PREFIX, key->bytes);
}

/* The first line that begins so, without the prefix; the absent str if there is none. */
static str find_line(str text, str prefix)
{
    for (str rest = text; rest.ptr != NULL;) {
        str line = str_trim(str_cut(rest, '\n', &rest));
        if (str_starts(line, prefix)) return str_slice(line, prefix.len, line.len);
    }
    return (str){0};
}

bool pair_public_read(str text, struct pair_public *out)
{
    struct seal_key key = {{0}};
    uint8_t sealed[SEAL_KEY_BYTES + PAIR_OVERHEAD_BYTES];
    str body = find_line(text, PUBLIC_PREFIX);
    /* Not every text of that length is a key that can be sealed to. */
    return body.ptr != NULL && base64url_decode(body, out->bytes, PAIR_KEY_BYTES) &&
           crypto_key_seal(out, &key, sealed);
}

bool pair_secret_read(str text, struct pair_secret *out)
{
    str body = find_line(text, SECRET_PREFIX);
    return body.ptr != NULL && base64url_decode(body, out->bytes, PAIR_KEY_BYTES);
}

bool pair_has_secret(str text)
{
    return find_line(text, SECRET_PREFIX).ptr != NULL;
}

#include "keys/secret.h"

#include "base/crypto.h"

str secret_new(arena *a, const char *prefix)
{
    str head = str_of(prefix);
    uint8_t random[SECRET_BYTES];
    assert(head.len <= SECRET_PREFIX_MAX);
    crypto_random(random, sizeof random);
    str text = base64url_encode(a, random, sizeof random);
    assert(text.len == SECRET_TEXT_LEN);
    crypto_wipe(random, sizeof random);
    return str_printf(a, "%.*s%.*s", STR_ARG(head), STR_ARG(text));
}

void secret_hash(str text, uint8_t out[SECRET_HASH_BYTES])
{
    crypto_sha256(text, out);
}

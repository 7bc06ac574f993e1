#include "keys/totp.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/url.h"

#include <string.h>

/* --- codes --- */

uint32_t totp_code(const struct totp_secret *secret, int64_t step)
{
    uint8_t counter[8], mac[SHA1_BYTES];
    for (int i = 0; i < 8; i++) counter[i] = (uint8_t)((uint64_t)step >> (56 - 8 * i));
    crypto_mac_sha1(secret->bytes, TOTP_SECRET_BYTES, counter, sizeof counter, mac);
    const uint8_t *at = mac + (mac[SHA1_BYTES - 1] & 15);
    uint32_t bits = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8;
    return (bits | at[3]) % 1000000;
}

/* Six digits, spaces among them; -1 for anything else. */
static int64_t digits_of(str typed)
{
    int64_t value = 0;
    int digits = 0;
    for (ptrdiff_t i = 0; i < typed.len; i++) {
        char c = typed.ptr[i];
        if (c == ' ') continue;
        if (c < '0' || c > '9' || digits == TOTP_DIGITS) return -1;
        value = value * 10 + (c - '0');
        digits++;
    }
    return digits == TOTP_DIGITS ? value : -1;
}

bool totp_check(const struct totp_secret *secret, str typed, int64_t now_ms, int64_t last_step,
                int64_t *step)
{
    int64_t value = digits_of(typed), now = now_ms / TOTP_STEP_MS, found = 0;
    for (int64_t s = now - 1; s <= now + 1; s++) /* all three, so that time tells nothing */
        if ((int64_t)totp_code(secret, s) == value && s > last_step && found == 0) found = s;
    if (found == 0) return false;
    *step = found;
    return true;
}

/* --- secrets --- */

void totp_secret_new(struct totp_secret *out)
{
    crypto_random(out->bytes, TOTP_SECRET_BYTES);
}

static str base32(arena *a, const uint8_t *bytes, ptrdiff_t len, const char *alphabet, int group)
{
    struct buf b = buf_new(a, 128);
    uint32_t bits = 0;
    int held = 0, written = 0;
    for (ptrdiff_t i = 0; i < len; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        for (held += 8; held >= 5; held -= 5) {
            if (group > 0 && written > 0 && written % group == 0) buf_char(&b, ' ');
            buf_char(&b, alphabet[bits >> (held - 5) & 31]);
            written++;
        }
    }
    return buf_str(&b);
}

static const char BASE32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/* Without signs that are taken for one another. */
static const char CROCKFORD[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

str totp_secret_text(arena *a, const struct totp_secret *secret)
{
    return base32(a, secret->bytes, TOTP_SECRET_BYTES, BASE32, 4);
}

str totp_uri(arena *a, const struct totp_secret *secret, str issuer, str account)
{
    str name = percent_encode(a, issuer);
    str key = base32(a, secret->bytes, TOTP_SECRET_BYTES, BASE32, 0);
    return str_printf(a, "otpauth://totp/%.*s:%.*s?secret=%.*s&issuer=%.*s", STR_ARG(name),
                      STR_ARG(percent_encode(a, account)), STR_ARG(key), STR_ARG(name));
}

/* --- recovery codes --- */

str recovery_code_new(arena *a)
{
    uint8_t random[7]; /* 56 bits, of which 50 are used */
    crypto_random(random, sizeof random);
    str text = base32(a, random, sizeof random, CROCKFORD, 0);
    return str_printf(a, "%.*s-%.*s", 5, text.ptr, 5, text.ptr + 5);
}

bool recovery_code_read(arena *a, str typed, str *out)
{
    char *code = NEW(a, char, RECOVERY_CODE_LEN);
    int n = 0;
    for (ptrdiff_t i = 0; i < typed.len; i++) {
        char c = typed.ptr[i];
        if (c == ' ' || c == '-') continue;
        if (c >= 'a' && c <= 'z') c = (char)(c - 'a' + 'A');
        if (c == 'O') c = '0';
        if (c == 'I' || c == 'L') c = '1';
        if (c == 0 || strchr(CROCKFORD, c) == NULL || n == RECOVERY_CODE_LEN) return false;
        code[n++] = c;
    }
    *out = (str){code, n};
    return n == RECOVERY_CODE_LEN;
}

/* keys/totp.h -- the second factor: six digits that a phone makes anew every 30 seconds, and the
 * recovery codes for the day on which the phone is gone.
 *
 * Phones know one variant for sure: HMAC-SHA-1, six digits, 30 seconds; that is the one here.
 *
 * Terms:   step (Unix time divided by 30 seconds), recovery code (docs/GLOSSARY.md).
 * Sources: RFC 6238 (TOTP; section 5.2: one step to either side, and each step once), RFC 4226
 *          section 5.3 (truncation), RFC 3174 (SHA-1), RFC 4648 section 6 (base32), the Key URI
 *          Format of Google Authenticator's wiki.
 * Pure, but for the random bytes of new secrets.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum {
    TOTP_SECRET_BYTES = 20, /* the length of the hash, as RFC 4226 recommends */
    TOTP_STEP_MS = 30 * 1000,
    TOTP_DIGITS = 6,
    RECOVERY_CODES = 10,
    RECOVERY_CODE_LEN = 10, /* of 32 signs: 50 bits, hashed with a key that is not stored with it */
};

struct totp_secret {
    uint8_t bytes[TOTP_SECRET_BYTES];
};

/* A random secret. */
void totp_secret_new(struct totp_secret *out);
/* Base32 in groups of four, as people type it off a screen. */
str totp_secret_text(arena *a, const struct totp_secret *secret);
/* otpauth://totp/ISSUER:ACCOUNT?…, what a QR code holds. */
str totp_uri(arena *a, const struct totp_secret *secret, str issuer, str account);
/* The code of a step, 0..999999. */
uint32_t totp_code(const struct totp_secret *secret, int64_t step);
/* Is `typed` (digits, spaces among them) the code of now, or of one step before or after, and of
 * a step after last_step? Then *step is its step, to be kept as the next last_step. */
MUST_USE bool totp_check(const struct totp_secret *secret, str typed, int64_t now_ms,
                         int64_t last_step, int64_t *step);

/* A random recovery code, "ABCDE-FGHJK". */
str recovery_code_new(arena *a);
/* As it is hashed: RECOVERY_CODE_LEN capital signs, O, I and L read as what was meant. False if it
 * cannot be one. */
MUST_USE bool recovery_code_read(arena *a, str typed, str *out);

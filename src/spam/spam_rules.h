/* spam/spam_rules.h -- suspicion as pure functions: no I/O, no clock.
 *
 * Each suspicion weighs; what weighs SPAM_HELD together is held back. Weak ones alone are not.
 */
#pragma once

#include "base/arena.h"
#include "spam/spam_types.h"

enum {
    SPAM_HELD = 100,
    SPAM_FAST_MS = 300,          /* below that nobody has pressed a button: not even autofill */
    SPAM_PROOF_NUMBERS = 100000, /* a phone tries them in two seconds, a desk computer in a half */
    SPAM_DOMAINS_BYTES = 4000,
    SPAM_PROOF_HEX = 64,
};

/* The suspicions (1 << enum suspicion) for which this is held back; 0: it is not. */
uint32_t spam_judge(const struct spam_signals *s);
/* "honeypot", "stamp_missing" … */
const char *suspicion_name(enum suspicion suspicion);

/* What is known of an address's domain: allowed and denied are the workspace's lists of domains,
 * divided by blanks or commas; `thrown` is a sorted text of lines (share/spam/disposable.txt). A
 * list means subdomains, too. */
enum domain_kind domain_judge(str email, str allowed, str denied, str thrown);
/* Is it, or a domain it belongs to, in the list divided by blanks or commas? */
bool domain_among(str domain, str list);

/* The network that is counted: 24 bits of IPv4, 64 of IPv6. Absent for what is no address of the
 * internet: behind a proxy that nobody told us of, all visitors would seem to come from there. */
str spam_network(arena *a, str ip);

/* Proof of work, as in ALTCHA: find the number whose SHA-256 behind the salt is the challenge. The
 * salt is the page's stamp, signed and dated; the number is made of it by a key, so that nothing
 * is remembered until it comes back. */
str proof_challenge(arena *a, str salt, const uint8_t secret[32]);
MUST_USE bool proof_holds(str salt, const uint8_t secret[32], str number);

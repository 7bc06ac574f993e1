/* post/post_rules.h -- what becomes of a mail after an attempt, and when the next one is. Pure. */
#pragma once

#include "base/arena.h"
#include "post/post_types.h"

/* 1, 5, 15 and 60 minutes, then every 4 hours: the sixteenth attempt is two days after the first,
 * as RFC 5321 4.5.4.1 would have it by half. */
enum { POST_ATTEMPTS_MAX = 16 };

/* The state after an attempt with that outcome; `attempts` counts it. Advertising in doubt is not
 * repeated, everything else is. */
enum mail_state post_state_after(enum permit_class permit_class, enum mail_outcome outcome,
                                 int64_t attempts);
/* How long to wait after the attempts so far (>= 1): four fifths to six fifths of the schedule,
 * by `chance` (0..65535). */
int64_t post_retry_ms(int64_t attempts, uint16_t chance);
/* The pause after that many troubles with the relay in a row (>= 1): 5 s, doubled, at most 5 min;
 * spread as above. */
int64_t post_pause_ms(int troubles, uint16_t chance);
/* A relay's words without the addresses in it: "<k.brandt@firma.example> unknown" becomes
 * "<k•••@firma.example> unknown". */
str post_mask_addresses(arena *a, str words);
/* Do a relay's words for good say that there is no such mailbox? Status
 * codes 5.1.1, 5.1.2, 5.1.3, 5.1.6 and 5.1.10 (RFC 3463, RFC 7505), and 551 without one. A refusal
 * by policy (5.7.x), a full mailbox (5.2.2) or a bare 550 says nothing about the address. */
bool post_address_is_bad(str reply);

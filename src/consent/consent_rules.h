/* consent/consent_rules.h -- the room's rules as pure functions. */
#pragma once

#include "consent/consent_types.h"
#include "lead/lead_types.h"

/* What a consent's state means in a list. */
enum permit_summary consent_summary_of(enum consent_state state);
/* Of two summaries the one that a list shows: yes before waiting before withdrawn before no. */
enum permit_summary consent_summary_best(enum permit_summary a, enum permit_summary b);
/* The state after an event: a request does not undo a confirmed consent, what is affirmed stays as
 * it is, everything else leads to its own state. */
enum consent_state consent_state_after(enum consent_state now, enum consent_event_kind event);
/* Whether a signature alone opens a channel. It shows who wanted, not whose mailbox or number a
 * message would reach: letters and calls, where a wrong address harms nobody or is said at once;
 * never e-mail or SMS, whose addresses prove themselves. */
bool consent_signature_opens(enum channel channel);
/* Whether the click on a link in a mail opens a channel. It shows whose mailbox it is: mails go
 * there, and letters need no more. It shows nothing of a telephone number, which anybody can type:
 * for calls and SMS the click is kept, and the request waits for the number to be verified. */
bool consent_click_opens(enum channel channel);
/* May a confirmation in that state still be answered at now_ms? */
bool confirmation_answerable(enum confirmation_state state, int64_t expires_ms, int64_t now_ms);

/* fair/fair_rules.h -- the room's rules; no I/O. */
#pragma once

#include "base/ctx.h"
#include "fair/fair_types.h"

/* Read a kiosk from the API's or the page's tree: "stand", "staff" (a list, or text with a name a
 * line), "campaign", "from", "to" (days), "idle_s", "signature". Faults are noted by field. `today`
 * is the workspace's day; empty days are today. */
MUST_USE bool kiosk_read(struct ctx *cx, struct value in, int64_t today, struct kiosk *out);
/* What it may do on a day. */
enum kiosk_state kiosk_state_on(const struct kiosk *kiosk, int64_t day);
/* "active", "planned", "over", "revoked". */
const char *kiosk_state_name(enum kiosk_state state);
/* Whether it still takes what was entered while it was open, and waited for the network. */
bool kiosk_takes_late(const struct kiosk *kiosk, int64_t day);
/* Names as they are stored, and back. */
str kiosk_staff_text(arena *a, const struct kiosk *kiosk);
void kiosk_staff_read(arena *a, str json, struct kiosk *kiosk);
/* An entry's plain text, checked; false if it is none. A member of staff who is not on the kiosk's
 * list, a signature that is not made of strokes and a time that cannot be are left out. */
MUST_USE bool entry_read(struct ctx *cx, const struct kiosk *kiosk, str plain,
                         struct kiosk_entry *out);
/* Whether `path` is nothing but strokes: "M12 40L15 44…" with whole numbers. */
bool signature_path_ok(str path);

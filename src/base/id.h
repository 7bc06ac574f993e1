/* base/id.h -- 63-bit ids made by the program, and their text.
 *
 *     41 bits  milliseconds since 2020-01-01T00:00:00Z
 *      6 bits  node
 *     16 bits  sequence within the millisecond
 *
 * Ids only grow, whatever the clock does. As text: a type prefix and 13 digits of Crockford
 * base32, "ld_0D8QZ6K3T0R40" (case does not matter, I/L read as 1, O as 0).
 *
 * No id is ever given out twice, and no clock is needed to see why. A source hands ids out from
 * a range: above `last`, up to a ceiling, with one node number. The ceiling is raised only after
 * the database has it as the number's high-water mark, in a write that fails if the number has
 * another holder; whoever takes the number next starts above the mark that the taking transaction
 * read, and that transaction makes every later write of the former holder fail. So two ranges of
 * one number never overlap. A thread that was frozen for an hour between any two instructions and
 * then finishes making its id makes one of the old range: unused, since only this process ever
 * held that range, and below everything of the next holder. (node/node.h has the lease.)
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

#include <stdatomic.h>

struct id_range;

/* Zeroed: no number yet, and no ids. */
struct id_source {
    _Atomic(struct id_range *) range;
};

enum {
    ID_NODES = 64,
    /* The end of a range that the clock alone does not reach: 65 million ids, for a clock that ran
     * ahead of the next raise, and for who still finishes when no raise will come. */
    ID_SLACK_MS = 1000,
};

/* Which thing an id names: its text prefix stands in id.c's table. */
enum id_type {
    ID_WORKSPACE, ID_USER, ID_LEAD, ID_FORM, ID_FORM_VERSION, ID_SUBMISSION, ID_TOUCHPOINT, ID_CONSENT,
    ID_WORDING, ID_PURPOSE, ID_MAIL, ID_JOB, ID_SESSION, ID_TOKEN, ID_AUDIT, ID_BLOB, ID_NOTE,
    ID_INVITATION, ID_DOWNLOAD, ID_EVENT, ID_TASK, ID_RULE, ID_ABSENCE, ID_BELL, ID_CAMPAIGN,
    ID_COST, ID_LINK, ID_CHANNEL, ID_LEAD_FILE, ID_KIOSK, ID_IMPORT, ID__COUNT
};

enum { ID_TEXT_LEN = 16 }; /* "xx_" and 13 digits */

/* Hand out ids above `last` up to `ceiling` under the number 0..63, from now on. Ids under the
 * number before may still come from threads that were about to make one; they are as unique. One
 * thread at a time. False: no memory. */
MUST_USE bool id_source_open(struct id_source *source, int node, int64_t last, int64_t ceiling);
/* The same number goes on to a higher ceiling. */
void id_source_raise(struct id_source *source, int64_t ceiling);
/* Nobody makes ids any more (but for a few, of the one write that says so): bring the ceiling down
 * to just above the last, and return it. 0 without a number. */
int64_t id_source_end(struct id_source *source);
/* Forget the numbers and their memory: no thread uses the source any more. */
void id_source_close(struct id_source *source);
/* Has it a number? Without one id_next must not be called. */
bool id_source_ready(struct id_source *source);
/* The last id given out, or what the range began above; 0 without a number. */
int64_t id_source_last(struct id_source *source);
/* Up to where it may go; 0 without a number. */
int64_t id_source_ceiling(struct id_source *source);
/* How far to reserve, so that ids can follow the clock until `until_ms`. */
int64_t id_ceiling(int64_t last, int64_t until_ms);
/* The next id; thread-safe, no system call. Past ceiling - ID_SLACK_MS ids no longer follow the
 * clock, but count. At the ceiling the process ends: an id that is not unique is worse. */
int64_t id_next(struct id_source *source, int64_t now_ms);
/* When the id was made, ms UTC. */
int64_t id_time_ms(int64_t id);
/* The node number under which it was made. */
int id_node(int64_t id);
/* No id made at that time or later is smaller; 0 before 2020. */
int64_t id_first(int64_t ms);
/* "ld_…"; the absent str for id 0. */
str id_text(arena *a, enum id_type type, int64_t id);
/* False unless `text` is an id of that type. */
MUST_USE bool id_parse(str text, enum id_type type, int64_t *out);

/* lead/lead_own.h -- finding leads by a workspace's own fields.
 *
 * An answer stands among the lead's words for the search (table lead_word), after the number of
 * its slot: "=18:rot", one word for each answer of several, and one for all; what reads as a number
 * also as "#18:…", so that the order of the words is the order of the numbers. No word that somebody
 * types into the search begins like that. A filter is therefore a range of words, and scales as the
 * search does: by the index, however many leads there are. Pure.
 */
#pragma once

#include "lead/lead.h"

struct free_fields;

/* Add the words of the own fields behind the `count` that are there; how many there are then. */
int lead_own_words(arena *a, const str text[SLOT__COUNT], str *word, int count, int max);
/* The words *from (included) to *to (not) that a wish asks for. Faults by field: no such field, no
 * number, no date, a choice that is none. */
MUST_USE bool lead_own_range(struct ctx *cx, const struct free_fields *own,
                             const struct lead_own_wish *wish, str *from, str *to);

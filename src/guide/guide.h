/* guide/guide.h -- finding one's way: the tour, the keyboard, the news, help, going anywhere by
 * name.
 *
 * What is remembered of a person stands in his own row: how far the tour has come, whether single
 * keys do something (WCAG 2.1.4), and which version's news he has looked at.
 *
 * Terms: tour, news (docs/GLOSSARY.md).
 */
#pragma once

#include "db/db.h"

enum tour_step {
    TOUR_TODAY,
    TOUR_FORMS,
    TOUR_LEADS,
    TOUR_PERMIT,
    TOUR_MINE,
    TOUR_HELP,
    TOUR__COUNT
};
enum { TOUR_OVER = -1 };

/* "today", "forms" …: of i18n; "" for what is none. */
const char *tour_name(int64_t step);
/* The next step (way 1) or the one before (way -1) of whoever has these permissions; TOUR_OVER if
 * there is none. */
int64_t tour_beside(uint64_t permissions, int64_t step, int way);
/* Which of how many his steps it is, both from 1. */
void tour_place(uint64_t permissions, int64_t step, int *number, int *count);
/* Does the step stand on the page at this path? */
bool tour_is_at(int64_t step, str path);
/* Its page, where a lead is not needed: "/forms". */
str tour_path(int64_t step);
/* The program's version is another than the one whose news were looked at. Whoever has never been
 * told of any (his tour is not over) is not called to them. */
bool news_are_new(str seen);

/* How far a person's tour has come; with its end this version's news count as told. */
MUST_USE bool tour_set(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t step);
/* Whether single keys do something for him. */
MUST_USE bool keys_set(struct ctx *cx, struct tx *tx, int64_t user_id, bool on);
/* Has he looked at this version's news? And: he has. */
MUST_USE bool news_known(struct ctx *cx, struct tx *tx, int64_t user_id, bool *known);
MUST_USE bool news_looked(struct ctx *cx, struct tx *tx, int64_t user_id);

/* sales/sales_rules.h -- which rule fits a lead, and who is there; pure.
 *
 * A rule is stored as JSON:
 *     {"when":"postcode","field":"","value":"80, 85-87","form":"fm_…","people":["us_…"]}
 * what a form asks for as
 *     {"timing":"auto","owner":true,"people":["us_…"],"mailboxes":["vertrieb@…"],
 *      "content":false,"acknowledge":false,"due_hours":24}
 */
#pragma once

#include "base/value.h"
#include "field/field.h"
#include "sales/sales_types.h"

/* "always", "postcode" …; "auto", "at_once", "confirmed"; and back, false if there is none. */
const char *rule_kind_name(enum rule_kind kind);
MUST_USE bool rule_kind_of(str name, enum rule_kind *out);
const char *handling_timing_name(enum handling_timing timing);
MUST_USE bool handling_timing_of(str name, enum handling_timing *out);
/* "hand", "rule", "due". */
const char *handover_cause_name(enum handover_cause cause);

/* Does the postcode lie in one of the areas: "80, 85-87, 1010-1090"? An area is what a postcode
 * begins with, or two such of the same length, both included. Blanks and case do not count. */
bool postcode_in(arena *a, str postcode, str areas);
/* Is one of the parts of an answer ("a; b" has two) among the values ("a, b")? Without case. */
bool answer_among(arena *a, str answer, str values);
/* Is every area, as postcode_in reads them, one? */
bool postcode_areas_valid(arena *a, str areas);
/* Does the rule fit a lead with these answers that came through that form? */
bool rule_fits(arena *a, const struct owner_rule *rule, const str text[SLOT__COUNT],
               int64_t form_id);

/* Who stands in for somebody on a day: the person if there, else the substitute if that one is
 * there, else 0. `active` are the users who may look after leads. */
int64_t person_for(int64_t user_id, const int64_t *active, ptrdiff_t active_count,
                   const struct absence *absence, ptrdiff_t absence_count, int64_t day);
/* Whom a rule names at its turn (0, 1, 2 …): the next in the list, or the first behind that one
 * who is there or has a substitute; 0: nobody is. */
int64_t rule_person(const struct owner_rule *rule, int64_t turn, const int64_t *active,
                    ptrdiff_t active_count, const struct absence *absence, ptrdiff_t absence_count,
                    int64_t day);

/* Rules and handling as stored, and back; what does not stand there is as it is by default. */
struct value rule_value(arena *a, const struct owner_rule *rule);
void rule_from(struct value v, struct owner_rule *out);
struct value handling_value(arena *a, const struct form_handling *h);
void handling_from(struct value v, struct form_handling *out);
/* A form nobody has said anything about. */
struct form_handling handling_default(void);
/* Is somebody to be told as soon as a submission arrives? `waits`: for a confirmation. */
bool handling_at_once(const struct form_handling *h, bool waits, bool has_message);

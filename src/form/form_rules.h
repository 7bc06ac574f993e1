/* form/form_rules.h -- form definitions: read, checked and written; no I/O. */
#pragma once

#include "base/value.h"
#include "form/form_types.h"

/* Read a definition from the API's or the editor's tree: faults are noted with fail_field
 * ("fields.0.key" …). The result borrows from `in`. */
MUST_USE bool form_def_read(struct ctx *cx, struct value in, struct form_def *out);
/* The definition as JSON text, and the tree of it. */
struct value form_def_value(arena *a, const struct form_def *def);
/* Read back what form_def_value wrote, also where an older program wrote it. */
MUST_USE bool form_def_parse(struct ctx *cx, str json, struct form_def *out);
/* A copy whose texts come from `a`. *to is zero before. */
void form_def_copy(arena *a, const struct form_def *from, struct form_def *to);
/* a-z, 0-9 and single hyphens inside, at most FORM_SLUG_MAX. */
bool form_slug_ok(str slug);
/* A slug from a name: "Whitepaper Lagerplanung" gives "whitepaper-lagerplanung". */
str form_slug_from(arena *a, str name);
/* "sent", "confirm", "confirmed", "subscribed", "expired", "used", "closed". */
const char *form_page_name(enum form_page page);
/* Whether a form of that definition is closed: the last day is over (`day` counts from 1970 in the
 * workspace's zone), or all places are taken. */
enum form_closed form_is_closed(const struct form_def *def, int64_t day, int64_t taken);
/* The form as somebody is asked who has all of `known` already, and an address (form_know.c): what
 * is known gives way to the next of the reserve that is not; what depends on it is not asked, since
 * that would tell its value. A message is never known. In place. */
void form_def_know(struct form_def *def, const bool known[SLOT__COUNT]);
/* What was not asked of him when his page was made (`asked` false), is not asked any more: between
 * page and post the lead may have changed. Of those that a page sends always, if it has them. */
void form_def_ask_only(struct form_def *def, struct value sent);
/* Whether the answer to a field is one that another field's condition waits for. */
bool form_answer_is(const struct form_field *field, str answer, str wanted);
/* A redirect we are willing to send people to: https, a host, no user name, no blanks. */
bool form_redirect_ok(str url);

/* What is legal to do and yet deserves a second look: {field, code} of each, "fields.2",
 * "coupling". Codes: coupling (a consent is required), salutation (a required one), sample (a
 * sample text nobody has checked), no_number (calls are consented to, and no number is asked). */
struct value form_warnings(arena *a, const struct form_def *def);

/* How many fields ask for a file. */
int form_file_count(const struct form_def *def);

/* The parts of form_def_read and form_def_value that deal with one field (form_field_rules.c). */
void form_field_read(struct ctx *cx, struct value in, ptrdiff_t i, struct form_def *out);
struct value form_field_value(arena *a, const struct form_def *def, int i);
void form_field_copy(arena *a, const struct form_field *from, struct form_field *to);
/* One line of text below `key`, cleaned and cut. */
str form_line(struct ctx *cx, struct value map, const char *key, int max_bytes);
/* JSON's true, and what HTML forms send for a ticked box. */
bool form_truth(struct value map, const char *key);
/* "fields.3.key" */
str form_place(struct ctx *cx, const char *list, ptrdiff_t index, const char *key);

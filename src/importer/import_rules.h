/* importer/import_rules.h -- what a file of leads is: its characters, its separator, what its
 * columns hold, and whether a row can be a lead. Pure.
 *
 * Sources: WHATWG Encoding, "windows-1252"; what HubSpot, Outlook, Google Contacts and spreadsheets
 *          call their columns, in German and English.
 */
#pragma once

#include "field/free_field.h"
#include "importer/import_types.h"

/* API names: "new", "checking" …; "fill" …; "utf-8" …, and back. */
const char *import_state_name(enum import_state state);
const char *import_known_name(enum import_known known);
const char *import_wrong_name(enum import_wrong wrong);
const char *import_charset_name(enum import_charset charset);
MUST_USE bool import_known_of(str name, enum import_known *out);
MUST_USE bool import_wrong_of(str name, enum import_wrong *out);

/* --- the bytes --- */

/* Why bytes are no text with separators: an i18n key; NULL if they may be. */
const char *import_bytes_fault(str bytes);
/* In which characters they are written; *skip: how many bytes of a mark stand before them. */
enum import_charset import_charset_of(str bytes, ptrdiff_t *skip);
/* Write from bytes[*at…] on as UTF-8 into to[0..cap), whole characters, and move *at on; how many
 * bytes were written. `cap` is 4 or more. */
ptrdiff_t import_decode(enum import_charset charset, str bytes, ptrdiff_t *at, char *to,
                        ptrdiff_t cap);
/* ',' ';' or tab: what the first rows of a text agree on. `last`: nothing follows it. */
char import_separator_of(arena *a, str text, bool last);
/* The length of a first line "sep=;" with its end, which Excel writes for itself; 0: none. */
ptrdiff_t import_sep_line(str text, char *separator);

/* --- the columns --- */

/* Which field each column is likely to hold, told by its name; `key` empty: none. A field is
 * given once. out[count]. */
void import_suggest(arena *a, const str *head, ptrdiff_t count, const struct free_fields *own,
                    str *out);
/* What a key stands for; false if there is no such field. An empty one is ignored. */
MUST_USE bool import_column_of(str key, const struct free_fields *own, struct import_column *out);

/* --- a row --- */

/* Split "Katharina von der Brandt", "Brandt, Katharina". */
void import_name_split(arena *a, str name, str *first, str *last);
/* Read cells as the plan says. Texts are borrowed or taken from `a`. */
void import_row_read(arena *a, const struct import_plan *plan, const str *cell, ptrdiff_t count,
                     struct import_row *out);
/* Is the row empty: a line end and separators? */
bool import_row_blank(const str *cell, ptrdiff_t count);
/* What known values become: text[] filled or overwritten from the row; false: nothing differs. */
bool import_merge(enum import_known known, const str had[SLOT__COUNT], const struct import_row *row,
                  str text[SLOT__COUNT]);

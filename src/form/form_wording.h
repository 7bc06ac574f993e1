/* form/form_wording.h -- what a form's texts say beside what the form does; no I/O but sentences.
 *
 * Two things happen when a form is copied or begun from a template: its texts stay in the language
 * they were written in, and they promise a file that nobody has put there.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

/* Whether a text is rather in the other of the two languages: it has at least two of its commonest
 * words, and more than twice as many as of its own. */
bool text_speaks_other(str text, enum lang lang);
/* The untouched words of templates and samples in the definition's language, where they stand in
 * the other one: heads, labels, consent texts (`controller` is whom they name). In place. */
void form_words_follow(struct ctx *cx, struct value def, str controller);
/* Add {field, code} to `list`: "language" of the texts that speak the other language, "no_file"
 * where they promise a file and there is none. `def` as the API and the editor have it. */
void form_words_warn(arena *a, struct value def, struct value list);

/* form/form_template.h -- what a new form may begin with: templates, and sample consent texts.
 *
 * Words come from ui/i18n ("form_template.KEY.…", "consent_sample.KEY.…"). The samples are a start,
 * not advice: each is marked until somebody who knows has read it, and their gaps in square
 * brackets must be filled before a form is published.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

/* The templates: [{"key","name","text"}], "blank" first. */
struct value form_templates(struct ctx *cx);
/* A template's definition as form_def_read takes it, with name and slug empty; false: no such
 * template. `controller` is who the consent texts name. */
MUST_USE bool form_template(struct ctx *cx, str key, str controller, struct value *def);
/* The sample consent texts: [{"key","name"}]. */
struct value consent_samples(struct ctx *cx);
/* One of them; false: no such sample. */
MUST_USE bool consent_sample(struct ctx *cx, enum lang lang, str key, str controller, str *purpose,
                             str *channel, str *text);
/* What a template's `head` ("title", "intro", "submit_label"; NULL: a field's label) of one language
 * is in another; false: `text` is none. */
MUST_USE bool form_template_word(struct ctx *cx, enum lang from, enum lang to, const char *head,
                                 str text, str *out);
/* The same for a sample consent text that nobody has changed. */
MUST_USE bool consent_sample_word(struct ctx *cx, enum lang from, enum lang to, str controller,
                                  str text, str *out);
/* The first gap that a text still has ("[Themen]"); absent if it has none. */
str consent_gap(str text);

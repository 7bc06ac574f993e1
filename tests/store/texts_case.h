/* store/texts_case.h -- the program's own sentences and templates, for tests of what writes mails.
 */
#pragma once

#include "store_test.h"
#include "unit/assert_str.h"

#include "web/embedded.h"
#include "web/render.h"

/* Load and compile them into the store's memory; its context speaks with them from then on. */
static inline void texts_load(struct store *s, struct texts *texts)
{
    const struct embedded_file *de = embedded_find(S("ui/i18n/de.json"));
    const struct embedded_file *en = embedded_find(S("ui/i18n/en.json"));
    str why = {0};
    assert_true(de != NULL && en != NULL);
    if (!i18n_load(&s->schema_arena, (str){(const char *)de->bytes, de->len},
                   (str){(const char *)en->bytes, en->len}, &texts->i18n, &why) ||
        !render_compile(&s->schema_arena, texts->i18n, &texts->templates, &why))
        fail_msg("%.*s", STR_ARG(why));
    s->cx.texts = texts;
}

/* web/i18n.h -- sentences in both languages, from ui/i18n/de.json and en.json.
 *
 * Keys are dotted ("lead.title"); the files are nested maps of text. Gaps are {name}. A key that
 * one file lacks is a start-up error (and a test).
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

struct i18n;

/* Read both documents; memory from `a`. */
MUST_USE bool i18n_load(arena *a, str de_json, str en_json, struct i18n **out, str *why);
/* The same sentences, but the German ones of `json` (ui/i18n/de-du.json) in place of ours: how
 * people are spoken to as "du". What it does not say anew stays; a key or gap that de.json does not
 * have is an error. */
MUST_USE bool i18n_load_informal(arena *a, const struct i18n *formal, str json, struct i18n **out,
                                 str *why);
/* The sentence, gaps unfilled; the absent str if unknown. */
str i18n_get(const struct i18n *i18n, enum lang lang, str key);
/* The sentence with {name} gaps filled from `args`; the key itself if unknown. */
str i18n_text(arena *a, const struct i18n *i18n, enum lang lang, str key,
              const struct err_arg *args, int count);
/* The language to speak: "de", "en", an Accept-Language header; LANG_DE if nothing fits. */
enum lang lang_choose(str header, enum lang fallback);

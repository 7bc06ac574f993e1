/* web/render.h -- templates of mails and pages, filled. */
#pragma once

#include "base/ctx.h"
#include "base/tz_store.h"
#include "base/value.h"
#include "web/i18n.h"
#include "web/liquid.h"

/* What the process speaks with. Every context has it (cx->texts). */
struct texts {
    struct i18n *i18n;
    struct i18n *informal; /* with "du" for "Sie"; NULL: none */
    struct liquid_set *templates;
    struct tz_store *zones; /* the one thing that grows; NULL: zones are read each time */
    struct zip_dictionary *mail_dictionary; /* post/packed.h; NULL: mails are stored as they are */
};

/* Render ui/mail/NAME.html.liquid and NAME.text.liquid ("mail/doi") over `data`. Where
 * data.workspace has accent and accent_dark ("#7a1f5c"), they stand for our own. */
MUST_USE bool render_mail(struct ctx *cx, str name, enum lang lang, str time_zone,
                          struct value data, str *html, str *text);
/* A sentence in the given language with its gaps filled from up to ERR_ARGS arguments. */
str render_text(struct ctx *cx, enum lang lang, const char *key, const struct err_arg *args,
                int count);
/* What templates need besides their data: translation, language, clock, zone. */
struct liquid_env render_env(struct ctx *cx, enum lang lang, str time_zone);
/* Compile every template of ui/ once, at start; *what gets file, line and sentence of a fault. */
MUST_USE bool render_compile(arena *a, const struct i18n *i18n, struct liquid_set **out, str *what);

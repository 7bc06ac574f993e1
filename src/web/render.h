/* web/render.h -- templates of mails and pages, filled. */
#pragma once

#include "base/ctx.h"
#include "base/value.h"

/* Render ui/mail/NAME.html.liquid and NAME.text.liquid ("mail/doi") over `data`. */
MUST_USE bool render_mail(struct ctx *cx, str name, enum lang lang, str time_zone, struct value data,
                          str *html, str *text);
/* A sentence in the given language with its gaps filled from up to ERR_ARGS arguments. */
str render_text(struct ctx *cx, enum lang lang, const char *key, const struct err_arg *args, int count);

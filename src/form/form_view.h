/* form/form_view.h -- a form as its public page shows it: the tree that public/form renders. */
#pragma once

#include "form/form.h"

/* {"name","slug","version","title","intro","submit_label","language","fields","steps","hidden",
 * "consents","double_opt_in","has_download"}; "version" is absent where none is published. `typed`
 * is what somebody sent already (a null value before), from a page that showed the texts of `shown`
 * (NULL: nobody knows which): a box stays ticked only beside the text it was ticked beside. `query`
 * is the page's own, which fills in what the form lets it. Labels in cx->lang. */
struct value form_view(struct ctx *cx, const struct form_live *form, const struct form_live *shown,
                       struct value typed, struct value query);
/* {"title","text","redirect"} of a page of its own words; texts that are empty are absent. */
struct value form_words_value(struct ctx *cx, const struct form_def *def, enum form_page page);

#include "form/form_second_look.h"

#include "form/form_rules.h"
#include "form/form_wording.h"
#include "web/render.h"

struct waiting {
    const struct form_def *draft;
    struct form_live live;
    int64_t id;
    bool published, draft_waits[FORM_CONSENTS_MAX], live_waits[FORM_CONSENTS_MAX];
};

static bool waiting_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct waiting *w = arg;
    if (!form_wordings_waiting(cx, tx, w->draft, w->draft_waits)) return false;
    return !w->published || (form_live_by_id(cx, tx, w->id, &w->live) &&
                             form_wordings_waiting(cx, tx, &w->live.def, w->live_waits));
}

static void waiting_add(struct ctx *cx, struct value list, int at, const char *code)
{
    struct value w = value_map(cx->a);
    value_set_text(w, "field", str_printf(cx->a, "consents.%d", at));
    value_set_text(w, "code", str_of(code));
    value_push(list, w);
}

static bool asked_in(const struct form_def *def, const struct form_consent *c)
{
    for (int i = 0; i < def->consent_count; i++)
        if (str_eq(def->consent[i].purpose, c->purpose) &&
            def->consent[i].channel == c->channel && str_eq(def->consent[i].text, c->text))
            return true;
    return false;
}

/* Consent texts that nobody has approved: of the draft, and of what visitors see now. */
static bool waiting_warnings(struct ctx *cx, const struct form *f, const struct form_def *draft,
                             struct value list)
{
    struct waiting *w = NEW(cx->a, struct waiting, 1);
    w->draft = draft;
    w->id = f->id;
    w->published = f->state == FORM_PUBLISHED;
    if (!db_read(cx, waiting_read, w)) return false;
    for (int i = 0; i < draft->consent_count; i++)
        if (w->draft_waits[i]) waiting_add(cx, list, i, "unapproved");
    for (int i = 0; w->published && i < w->live.def.consent_count; i++)
        if (w->live_waits[i] && !asked_in(draft, &w->live.def.consent[i]))
            waiting_add(cx, list, i, "unapproved_live");
    return true;
}

void form_warnings_say(struct ctx *cx, struct value list)
{
    for (ptrdiff_t i = 0; i < value_count(list); i++) {
        struct value w = list.as.list->item[i];
        str key =
            str_printf(cx->a, "form_warning.%.*s", STR_ARG(value_str(value_get(w, S("code")))));
        value_set_text(w, "text", render_text(cx, cx->lang, str_cstr(cx->a, key), NULL, 0));
    }
}

bool form_second_look(struct ctx *cx, const struct form *f, const struct form_def *draft,
                      struct value *out)
{
    *out = form_warnings(cx->a, draft);
    form_words_warn(cx->a, form_def_value(cx->a, draft), *out);
    if (!waiting_warnings(cx, f, draft, *out)) return false;
    form_warnings_say(cx, *out);
    return true;
}

#include "form/form_view.h"

#include "base/id.h"
#include "consent/consent.h"
#include "form/form_rules.h"
#include "web/render.h"

static str text_below(struct value map, str key)
{
    str s = value_str(value_get(map, key));
    return s.ptr == NULL ? s : str_trim(s);
}

/* What the page calls a field where the form does not say. */
static str field_label(struct ctx *cx, const struct form_field *f)
{
    if (f->label.len > 0) return f->label;
    return render_text(cx, cx->lang, str_cstr(cx->a, str_printf(cx->a, "field.%s", f->def->key)),
                       NULL, 0);
}

static void put_fault(struct ctx *cx, struct value map, str field)
{
    for (int i = 0; i < cx->err.field_count; i++)
        if (str_eq(cx->err.field[i].field, field))
            value_set_text(
                map, "error",
                render_text(cx, cx->lang, cx->err.field[i].key, cx->err.field[i].args, ERR_ARGS));
}

/* What was typed; before that what the page's URL says, where it may; else the preset. Several
 * ticked boxes come as a list. */
static str shown_value(struct ctx *cx, const struct form_field *f, struct value typed,
                       struct value query)
{
    struct value v = value_get(typed, str_of(f->def->key));
    bool sent = typed.type == VALUE_MAP && typed.as.map->count > 0;
    str text = text_below(typed, str_of(f->def->key));
    for (ptrdiff_t i = 0; v.type == VALUE_LIST && i < value_count(v); i++)
        text =
            str_printf(cx->a, "%.*s;%.*s", STR_ARG(text), STR_ARG(value_str(v.as.list->item[i])));
    if (sent) return text.ptr == NULL ? S("") : text;
    str told = f->prefill ? text_below(query, str_of(f->def->key)) : (str){0};
    return told.len > 0 && told.len <= f->def->max_bytes ? told : f->preset;
}

static bool ticked(str list, str value)
{
    for (str rest = list; rest.ptr != NULL;)
        if (str_eq(str_trim(str_cut(rest, ';', &rest)), value)) return true;
    return false;
}

static struct value options_value(struct ctx *cx, const struct form_field *f, str shown)
{
    struct value options = value_list(cx->a);
    for (int i = 0; i < f->option_count; i++) {
        struct value o = value_map(cx->a);
        value_set_text(o, "value", f->option[i].value);
        value_set_text(o, "label", f->option[i].label);
        value_set_bool(o, "checked", f->type == FIELD_CHOICES && ticked(shown, f->option[i].value));
        value_push(options, o);
    }
    return options;
}

static struct value field_value(struct ctx *cx, const struct form_def *def,
                                const struct form_field *f, struct value typed, struct value query)
{
    struct value map = value_map(cx->a);
    str shown = shown_value(cx, f, typed, query);
    value_set_text(map, "key", str_of(f->def->key));
    value_set_text(map, "label", field_label(cx, f));
    value_set_text(map, "type", str_of(field_type_name(f->type)));
    value_set_bool(map, "required", f->required);
    value_set_bool(map, "half", f->half);
    value_set_text(map, "help", f->help);
    value_set_text(map, "placeholder", f->placeholder);
    value_set_text(map, "autocomplete", str_of(f->def->autocomplete));
    value_set_int(map, "max", f->def->max_bytes);
    if (f->when > 0) {
        value_set_text(map, "when", str_of(def->field[f->when - 1].def->key));
        value_set_text(map, "when_is", f->when_is);
    }
    value_set(map, "options", options_value(cx, f, shown));
    value_set_text(map, "value", shown);
    if (f->type == FIELD_FILE) {
        value_set_text(map, "accept", str_of(file_accept_endings(f->accept)));
        value_set_text(map, "kinds", str_of(file_accept_name(f->accept)));
        /* A browser gives no file back: it has to be chosen again with what was wrong. */
        value_set_bool(map, "again", value_get(typed, str_of(f->def->key)).type == VALUE_MAP);
    }
    put_fault(cx, map, str_of(f->def->key));
    return map;
}

/* Whether that text stood beside that box. */
static bool was_shown(const struct form_live *shown, const struct form_consent *c)
{
    for (int i = 0; shown != NULL && i < shown->def.consent_count; i++) {
        const struct form_consent *was = &shown->def.consent[i];
        if (str_eq(was->purpose, c->purpose) && was->channel == c->channel)
            return str_eq(was->text, c->text);
    }
    return false;
}

static struct value consent_value(struct ctx *cx, const struct form_consent *c,
                                  const struct form_live *shown, struct value typed)
{
    struct value map = value_map(cx->a);
    str name = str_printf(cx->a, "consent.%.*s.%s", STR_ARG(c->purpose), channel_name(c->channel));
    value_set_text(map, "name", name);
    value_set_text(map, "text", c->text);
    value_set_bool(map, "required", c->required);
    /* Never ticked but by the visitor himself, beside this very text: no URL and no preset reaches
     * this. */
    value_set_bool(map, "checked",
                   was_shown(shown, c) && str_eq(text_below(typed, name), S("yes")));
    put_fault(cx, map, name);
    return map;
}

/* The fields in steps; one without title where the form names none. */
static void put_fields(struct ctx *cx, const struct form_def *def, struct value typed,
                       struct value query, struct value map)
{
    struct value fields = value_list(cx->a), steps = value_list(cx->a), step = value_null(),
                 hidden = value_list(cx->a);
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        if (f->reserve) continue;
        struct value v = field_value(cx, def, f, typed, query);
        if (f->hidden) {
            value_push(hidden, v);
            continue;
        }
        if (step.type == VALUE_NULL || f->step.len > 0) {
            step = value_map(cx->a);
            value_set_text(step, "title", f->step);
            value_set(step, "fields", value_list(cx->a));
            value_push(steps, step);
        }
        value_push(fields, v);
        value_push(value_get(step, S("fields")), v);
    }
    value_set(map, "fields", fields);
    value_set(map, "steps", steps);
    value_set(map, "hidden", hidden);
}

struct value form_view(struct ctx *cx, const struct form_live *form, const struct form_live *shown,
                       struct value typed, struct value query)
{
    const struct form_def *def = &form->def;
    struct value map = value_map(cx->a), consents = value_list(cx->a);
    value_set_text(map, "name", form->form.name);
    value_set_text(map, "slug", form->form.slug);
    if (form->version_id != 0)
        value_set_text(map, "version", id_text(cx->a, ID_FORM_VERSION, form->version_id));
    value_set_text(map, "title", def->title.len > 0 ? def->title : form->form.name);
    value_set_text(map, "intro", def->intro);
    value_set_text(map, "submit_label", def->submit_label);
    value_set_text(map, "language", def->lang == LANG_EN ? S("en") : S("de"));
    put_fields(cx, def, typed, query, map);
    for (int i = 0; i < def->consent_count; i++)
        value_push(consents, consent_value(cx, &def->consent[i], shown, typed));
    value_set(map, "consents", consents);
    value_set_bool(map, "has_files", form_file_count(def) > 0);
    value_set_bool(map, "double_opt_in", def->double_opt_in);
    value_set_bool(map, "has_download", def->download_id != 0);
    return map;
}

struct value form_words_value(struct ctx *cx, const struct form_def *def, enum form_page page)
{
    const struct form_words *w = &def->words[page];
    struct value map = value_map(cx->a);
    if (w->title.len > 0) value_set_text(map, "title", w->title);
    if (w->text.len > 0) value_set_text(map, "text", w->text);
    /* Checked when the form was read; asked again, since it leads away from here. */
    if (form_redirect_ok(w->redirect)) value_set_text(map, "redirect", w->redirect);
    return map;
}

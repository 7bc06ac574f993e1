#include "capture/form_edit.h"

#include "capture/capture_types.h"

/* The text of one input; the absent str if it was not sent. */
static str field_text(struct value body, str name)
{
    str s = value_str(value_get(body, name));
    return s.ptr == NULL ? s : str_trim(s);
}

static str entered(arena *a, struct value body, const char *list, int i, const char *key)
{
    str s = field_text(body, str_printf(a, "%s.%d.%s", list, i, key));
    return s.ptr == NULL ? S("") : s;
}

static void copy(arena *a, struct value body, struct value to, const char *list, int i,
                 const char *const *keys)
{
    for (; *keys != NULL; keys++) value_set_text(to, *keys, entered(a, body, list, i, *keys));
}

/* One option a line. */
static struct value options_of(arena *a, str text)
{
    struct value list = value_list(a);
    for (str rest = text; rest.ptr != NULL;) {
        str line = str_trim(str_cut(rest, '\n', &rest));
        if (line.len == 0) continue;
        struct value o = value_map(a);
        value_set_text(o, "value", line);
        value_set_text(o, "label", line);
        value_push(list, o);
    }
    return list;
}

static struct value field_entered(arena *a, struct value body, int i)
{
    static const char *const keys[] = {"key",      "label", "help", "placeholder",
                                       "required", "half",  NULL};
    struct value f = value_map(a);
    copy(a, body, f, "field", i, keys);
    value_set(f, "options", options_of(a, entered(a, body, "field", i, "options")));
    return f;
}

static struct value consent_entered(arena *a, struct value body, int i)
{
    static const char *const keys[] = {"purpose", "channel", "text", "required", NULL};
    struct value c = value_map(a);
    copy(a, body, c, "consent", i, keys);
    return c;
}

/* "up.2": the word and the number. */
static str step_of(str pressed, int *index)
{
    str rest, word = str_cut(pressed, '.', &rest);
    int64_t n;
    *index =
        rest.ptr != NULL && str_to_i64(rest, &n) && n >= 0 && n < FORM_FIELDS_MAX ? (int)n : -1;
    return word;
}

static void swap(struct value list, int i, int k)
{
    if (i < 0 || k < 0 || i >= list.as.list->count || k >= list.as.list->count) return;
    struct value one = list.as.list->item[i];
    list.as.list->item[i] = list.as.list->item[k];
    list.as.list->item[k] = one;
}

static void remove_at(struct value list, int i)
{
    if (i < 0 || i >= list.as.list->count) return;
    for (ptrdiff_t k = i; k + 1 < list.as.list->count; k++)
        list.as.list->item[k] = list.as.list->item[k + 1];
    list.as.list->count--;
}

static void add_field(arena *a, struct value body, struct value fields)
{
    str key = field_text(body, S("new_field"));
    if (key.len == 0) return;
    struct value f = value_map(a);
    value_set_text(f, "key", key);
    value_push(fields, f);
}

static void add_consent(arena *a, struct value consents)
{
    struct value c = value_map(a);
    value_set_text(c, "purpose", S("newsletter"));
    value_set_text(c, "channel", S("email"));
    value_set_text(c, "text", S(""));
    value_push(consents, c);
}

struct value form_edit_apply(arena *a, struct value body, enum edit_step *step)
{
    static const char *const heads[] = {"title",    "intro",    "submit_label",
                                        "language", "download", "double_opt_in"};
    struct value def = value_map(a), fields = value_list(a), consents = value_list(a);
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++)
        value_set_text(def, heads[i], field_text(body, str_of(heads[i])));
    for (int i = 0; i < FORM_FIELDS_MAX && entered(a, body, "field", i, "key").len > 0; i++)
        value_push(fields, field_entered(a, body, i));
    for (int i = 0; i < FORM_CONSENTS_MAX && entered(a, body, "consent", i, "purpose").len > 0; i++)
        value_push(consents, consent_entered(a, body, i));
    value_set(def, "fields", fields);
    value_set(def, "consents", consents);

    int index;
    str pressed = step_of(field_text(body, S("do")), &index);
    *step = EDIT_STAY;
    if (str_eq(pressed, S("publish")))
        *step = EDIT_PUBLISH;
    else if (str_eq(pressed, S("up")))
        swap(fields, index, index - 1);
    else if (str_eq(pressed, S("down")))
        swap(fields, index, index + 1);
    else if (str_eq(pressed, S("remove")))
        remove_at(fields, index);
    else if (str_eq(pressed, S("remove_consent")))
        remove_at(consents, index);
    else if (str_eq(pressed, S("add_field")))
        add_field(a, body, fields);
    else if (str_eq(pressed, S("add_consent")))
        add_consent(a, consents);
    else if (!str_eq(pressed, S("upload")))
        *step = EDIT_SAVE;
    return def;
}

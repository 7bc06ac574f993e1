#include "form/form_edit.h"

#include "form/form_rules.h"
#include "form/form_types.h"

enum { FREE_WORD_MAX = 40 };

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
    static const char *const keys[] = {"key",      "type", "label",   "help",    "placeholder",
                                       "required", "half", "reserve", "hidden",  "prefill",
                                       "preset",   "step", "when",    "when_is", "accept", NULL};
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
    bool sample = str_eq(entered(a, body, "consent", i, "sample"), S("yes"));
    bool checked = str_eq(entered(a, body, "consent", i, "checked"), S("yes"));
    value_set_bool(c, "sample", sample && !checked);
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

static bool is_reserve(struct value f)
{
    struct value v = value_get(f, S("reserve"));
    return v.type == VALUE_BOOL ? v.as.boolean : str_eq(value_str(v), S("yes"));
}

static void set_reserve(struct value fields, int i, bool reserve)
{
    if (i >= 0 && i < fields.as.list->count)
        value_set_bool(fields.as.list->item[i], "reserve", reserve);
}

void form_edit_sort(arena *a, struct value def)
{
    struct value fields = value_get(def, S("fields")), sorted = value_list(a);
    for (int reserve = 0; reserve < 2; reserve++)
        for (ptrdiff_t i = 0; i < value_count(fields); i++)
            if (is_reserve(fields.as.list->item[i]) == (reserve == 1))
                value_push(sorted, fields.as.list->item[i]);
    value_set(def, "fields", sorted);
}

static void remove_at(struct value list, int i)
{
    if (i < 0 || i >= list.as.list->count) return;
    for (ptrdiff_t k = i; k + 1 < list.as.list->count; k++)
        list.as.list->item[k] = list.as.list->item[k + 1];
    list.as.list->count--;
}

static void add_field(arena *a, struct value body, struct value fields, bool reserve)
{
    str key = field_text(body, reserve ? S("new_reserve") : S("new_field"));
    if (key.len == 0) return;
    struct value f = value_map(a);
    value_set_text(f, "key", key);
    value_set_bool(f, "reserve", reserve);
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

static bool key_taken(struct value fields, const struct free_fields *taken, str key)
{
    for (ptrdiff_t i = 0; i < value_count(fields); i++)
        if (str_eq(value_str(value_get(fields.as.list->item[i], S("key"))), key)) return true;
    for (ptrdiff_t i = 0; i < taken->count; i++)
        if (str_eq(taken->row[i].key, key)) return true;
    return false;
}

void form_edit_add_free(arena *a, struct value def, enum field_type type, str label,
                        const struct free_fields *taken)
{
    struct value fields = value_get(def, S("fields")), f = value_map(a), options = value_list(a);
    str word = str_replace(a, form_slug_from(a, label), S("-"), S("_"));
    word = word.len > FREE_WORD_MAX ? str_slice(word, 0, FREE_WORD_MAX) : word;
    if (word.len == 0) word = S("feld");
    str key = str_printf(a, "free_%.*s", STR_ARG(word));
    for (int n = 2; key_taken(fields, taken, key); n++)
        key = str_printf(a, "free_%.*s_%d", STR_ARG(word), n);
    value_set_text(f, "key", key);
    value_set_text(f, "type", str_of(field_type_name(type)));
    value_set_text(f, "label", label);
    value_set(f, "options", options);
    value_push(fields, f);
}

void form_edit_know_free(struct value def, const struct free_fields *known)
{
    struct value fields = value_get(def, S("fields"));
    for (ptrdiff_t i = 0; i < value_count(fields); i++) {
        struct value f = fields.as.list->item[i];
        str key = value_str(value_get(f, S("key")));
        if (value_str(value_get(f, S("type"))).len > 0) continue;
        for (ptrdiff_t k = 0; k < known->count; k++) {
            if (!str_eq(known->row[k].key, key)) continue;
            value_set_text(f, "type", str_of(field_type_name(known->row[k].type)));
            value_set_text(f, "label", known->row[k].label);
        }
    }
}

void form_edit_add_sample(arena *a, struct value def, str purpose, str channel, str text)
{
    struct value c = value_map(a);
    value_set_text(c, "purpose", purpose);
    value_set_text(c, "channel", channel);
    value_set_text(c, "text", text);
    value_set_bool(c, "sample", true);
    value_push(value_get(def, S("consents")), c);
}

/* "pages.sent.title" … as a tree. */
static struct value pages_entered(arena *a, struct value body)
{
    static const char *const keys[] = {"title", "text", "redirect"};
    struct value pages = value_map(a);
    for (int i = 0; i < FORM_PAGE__COUNT; i++) {
        const char *name = form_page_name((enum form_page)i);
        struct value page = value_map(a);
        for (ptrdiff_t k = 0; k < COUNTOF(keys); k++)
            value_set_text(page, keys[k],
                           field_text(body, str_printf(a, "pages.%s.%s", name, keys[k])));
        value_set(pages, name, page);
    }
    return pages;
}

/* The look has a page of its own; here it is only carried along. */
static struct value look_entered(arena *a, struct value body)
{
    static const char *const keys[] = {"brand_colour", "brand_font", "address_form", "footer_text",
                                       "logo"};
    struct value look = value_map(a);
    for (ptrdiff_t i = 0; i < COUNTOF(keys); i++)
        value_set_text(look, keys[i], field_text(body, str_printf(a, "look.%s", keys[i])));
    return look;
}

struct value form_edit_apply(arena *a, struct value body, enum edit_step *step)
{
    static const char *const heads[] = {"title",    "intro",         "submit_label", "language",
                                        "download", "double_opt_in", "close_on",     "close_after",
                                        "kind"};
    struct value def = value_map(a), fields = value_list(a), consents = value_list(a);
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++)
        value_set_text(def, heads[i], field_text(body, str_of(heads[i])));
    for (int i = 0; i < FORM_FIELDS_MAX && entered(a, body, "field", i, "key").len > 0; i++)
        value_push(fields, field_entered(a, body, i));
    for (int i = 0; i < FORM_CONSENTS_MAX && entered(a, body, "consent", i, "purpose").len > 0; i++)
        value_push(consents, consent_entered(a, body, i));
    value_set(def, "fields", fields);
    value_set(def, "consents", consents);
    value_set(def, "pages", pages_entered(a, body));
    value_set(def, "look", look_entered(a, body));

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
        add_field(a, body, fields, false);
    else if (str_eq(pressed, S("add_reserve")))
        add_field(a, body, fields, true);
    else if (str_eq(pressed, S("reserve")) || str_eq(pressed, S("ask")))
        set_reserve(fields, index, str_eq(pressed, S("reserve")));
    else if (str_eq(pressed, S("add_consent")))
        add_consent(a, consents);
    else if (!str_eq(pressed, S("upload")) && !str_eq(pressed, S("add_free")) &&
             !str_eq(pressed, S("add_sample")))
        *step = EDIT_SAVE;
    form_edit_sort(a, def);
    return def;
}

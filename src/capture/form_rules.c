#include "capture/form_rules.h"

#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "consent/consent.h"

bool form_slug_ok(str slug)
{
    if (slug.len == 0 || slug.len > FORM_SLUG_MAX) return false;
    for (ptrdiff_t i = 0; i < slug.len; i++) {
        char c = slug.ptr[i];
        bool inner = i > 0 && i < slug.len - 1;
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) continue;
        if (c != '-' || !inner || slug.ptr[i - 1] == '-') return false;
    }
    return true;
}

str form_slug_from(arena *a, str name)
{
    str key = sort_key(a, name); /* base letters, folded */
    struct buf b = buf_new(a, FORM_SLUG_MAX);
    for (ptrdiff_t i = 0; i < key.len; i++) {
        char c = key.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (word)
            buf_char(&b, c);
        else if (b.len > 0 && b.ptr[b.len - 1] != '-')
            buf_char(&b, '-');
    }
    while (b.len > 0 && b.ptr[b.len - 1] == '-') b.len--;
    return buf_str(&b);
}

static str line(struct ctx *cx, struct value map, const char *key, int max_bytes)
{
    str s = value_str(value_get(map, str_of(key)));
    return utf8_cut(utf8_clean_line(cx->a, s.ptr == NULL ? S("") : s), max_bytes);
}

/* JSON's true, and what HTML forms send for a ticked box. */
static bool truth(struct value map, const char *key)
{
    struct value v = value_get(map, str_of(key));
    str s = value_str(v);
    return v.type == VALUE_BOOL ? v.as.boolean
                                : str_eq(s, S("yes")) || str_eq(s, S("on")) || str_eq(s, S("true"));
}

static str place(struct ctx *cx, const char *list, ptrdiff_t index, const char *key)
{
    return str_printf(cx->a, "%s.%td.%s", list, index, key);
}

static void read_options(struct ctx *cx, struct value in, struct form_field *f)
{
    struct value list = value_get(in, S("options"));
    ptrdiff_t count = list.type == VALUE_LIST ? value_count(list) : 0;
    for (ptrdiff_t i = 0; i < count && f->option_count < FORM_OPTIONS_MAX; i++) {
        struct value item = list.as.list->item[i];
        str value = item.type == VALUE_TEXT ? utf8_clean_line(cx->a, item.as.text)
                                            : line(cx, item, "value", LIMIT_NAME_BYTES);
        str label = item.type == VALUE_MAP ? line(cx, item, "label", LIMIT_NAME_BYTES) : value;
        if (value.len > 0)
            f->option[f->option_count++] =
                (struct form_option){value, label.len > 0 ? label : value};
    }
}

static void read_field(struct ctx *cx, struct value in, ptrdiff_t i, struct form_def *out)
{
    str key = line(cx, in, "key", LIMIT_NAME_BYTES);
    const struct field_def *def = field_find(key);
    if (def == NULL) {
        fail_field(cx, place(cx, "fields", i, "key"), "form.field_unknown");
        fail_arg(cx, "key", key);
        return;
    }
    for (int k = 0; k < out->field_count; k++)
        if (out->field[k].def == def) {
            fail_field(cx, place(cx, "fields", i, "key"), "form.field_twice");
            fail_arg(cx, "key", key);
            return;
        }
    struct form_field *f = &out->field[out->field_count++];
    *f = (struct form_field){.def = def,
                             .type = def->type,
                             .label = line(cx, in, "label", LIMIT_NAME_BYTES),
                             .help = line(cx, in, "help", 400),
                             .placeholder = line(cx, in, "placeholder", LIMIT_NAME_BYTES),
                             .required = truth(in, "required"),
                             .half = truth(in, "half")};
    read_options(cx, in, f);
    if (f->option_count > 0 && f->type == FIELD_TEXT) f->type = FIELD_SELECT;
}

static void read_consent(struct ctx *cx, struct value in, ptrdiff_t i, struct form_def *out)
{
    struct form_consent *c = &out->consent[out->consent_count];
    *c = (struct form_consent){.purpose = line(cx, in, "purpose", FORM_SLUG_MAX),
                               .required = truth(in, "required")};
    str text = value_str(value_get(in, S("text")));
    c->text = utf8_clean_text(cx->a, text.ptr == NULL ? S("") : text);
    int64_t wording = 0;
    if (id_parse(value_str(value_get(in, S("wording_id"))), ID_WORDING, &wording))
        c->wording_id = wording;
    str channel = line(cx, in, "channel", 20);
    if (!form_slug_ok(c->purpose))
        fail_field(cx, place(cx, "consents", i, "purpose"), "form.purpose_invalid");
    if (!channel_of(channel.len > 0 ? channel : S("email"), &c->channel))
        fail_field(cx, place(cx, "consents", i, "channel"), "form.channel_invalid");
    if (c->text.len < 10)
        fail_field(cx, place(cx, "consents", i, "text"), "form.consent_text_missing");
    if (c->text.len > LIMIT_TEXT_BYTES) {
        fail_field(cx, place(cx, "consents", i, "text"), "error.field_too_long");
        fail_arg(cx, "max", S("4000"));
    }
    for (int k = 0; k < out->consent_count; k++)
        if (str_eq(out->consent[k].purpose, c->purpose) && out->consent[k].channel == c->channel)
            fail_field(cx, place(cx, "consents", i, "purpose"), "form.consent_twice");
    out->consent_count++;
}

static void read_lists(struct ctx *cx, struct value in, struct form_def *out)
{
    struct value fields = value_get(in, S("fields")), consents = value_get(in, S("consents"));
    ptrdiff_t n = fields.type == VALUE_LIST ? value_count(fields) : 0;
    if (n > FORM_FIELDS_MAX) fail_field(cx, S("fields"), "form.too_many_fields");
    for (ptrdiff_t i = 0; i < n && i < FORM_FIELDS_MAX; i++)
        read_field(cx, fields.as.list->item[i], i, out);
    n = consents.type == VALUE_LIST ? value_count(consents) : 0;
    if (n > FORM_CONSENTS_MAX) fail_field(cx, S("consents"), "form.too_many_consents");
    for (ptrdiff_t i = 0; i < n && i < FORM_CONSENTS_MAX; i++)
        read_consent(cx, consents.as.list->item[i], i, out);
}

static bool has_required_email(const struct form_def *def)
{
    for (int i = 0; i < def->field_count; i++)
        if (def->field[i].def->slot == SLOT_NONE) return def->field[i].required;
    return false;
}

bool form_def_read(struct ctx *cx, struct value in, struct form_def *out)
{
    *out = (struct form_def){.title = line(cx, in, "title", LIMIT_NAME_BYTES),
                             .submit_label = line(cx, in, "submit_label", 80),
                             .double_opt_in = truth(in, "double_opt_in")};
    str intro = value_str(value_get(in, S("intro")));
    out->intro = utf8_cut(utf8_clean_text(cx->a, intro.ptr == NULL ? S("") : intro), 2000);
    str lang = line(cx, in, "language", 20);
    if (lang.len > 0 && !str_eq(lang, S("de")) && !str_eq(lang, S("en")))
        fail_field(cx, S("language"), "error.choice_invalid");
    out->lang = str_eq(lang, S("en")) ? LANG_EN : LANG_DE;
    str download = line(cx, in, "download", 40);
    if (download.len > 0 && !id_parse(download, ID_BLOB, &out->download_id))
        fail_field(cx, S("download"), "error.choice_invalid");
    read_lists(cx, in, out);
    if (out->field_count == 0) fail_field(cx, S("fields"), "form.fields_missing");
    /* A ticked box alone proves nothing about whose address it was. */
    bool by_email = false;
    for (int i = 0; i < out->consent_count; i++)
        by_email = by_email || out->consent[i].channel == CHANNEL_EMAIL;
    if (by_email && !out->double_opt_in)
        fail_field(cx, S("double_opt_in"), "form.double_opt_in_needed");
    bool needs_email = out->double_opt_in || out->download_id != 0;
    if (needs_email && cx->err.code == ERR_NONE && !has_required_email(out))
        fail_field(cx, S("fields"), "form.email_needed");
    return cx->err.code == ERR_NONE;
}

struct value form_def_value(arena *a, const struct form_def *def)
{
    struct value map = value_map(a), fields = value_list(a), consents = value_list(a);
    value_set_text(map, "language", def->lang == LANG_EN ? S("en") : S("de"));
    value_set_text(map, "title", def->title);
    value_set_text(map, "intro", def->intro);
    value_set_text(map, "submit_label", def->submit_label);
    value_set_bool(map, "double_opt_in", def->double_opt_in);
    value_set_text(map, "download", id_text(a, ID_BLOB, def->download_id));
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        struct value item = value_map(a), options = value_list(a);
        value_set_text(item, "key", str_of(f->def->key));
        value_set_text(item, "type", str_of(field_type_name(f->type)));
        value_set_text(item, "label", f->label);
        value_set_text(item, "help", f->help);
        value_set_text(item, "placeholder", f->placeholder);
        value_set_bool(item, "required", f->required);
        value_set_bool(item, "half", f->half);
        for (int k = 0; k < f->option_count; k++) {
            struct value option = value_map(a);
            value_set_text(option, "value", f->option[k].value);
            value_set_text(option, "label", f->option[k].label);
            value_push(options, option);
        }
        value_set(item, "options", options);
        value_push(fields, item);
    }
    for (int i = 0; i < def->consent_count; i++) {
        const struct form_consent *c = &def->consent[i];
        struct value item = value_map(a);
        value_set_text(item, "purpose", c->purpose);
        value_set_text(item, "channel", str_of(channel_name(c->channel)));
        value_set_text(item, "text", c->text);
        value_set_bool(item, "required", c->required);
        value_set_text(item, "wording_id", id_text(a, ID_WORDING, c->wording_id));
        value_push(consents, item);
    }
    value_set(map, "fields", fields);
    value_set(map, "consents", consents);
    return map;
}

static void copy_field(arena *a, const struct form_field *from, struct form_field *to)
{
    to->def = from->def;
    to->type = from->type;
    to->label = str_dup(a, from->label);
    to->help = str_dup(a, from->help);
    to->placeholder = str_dup(a, from->placeholder);
    to->required = from->required;
    to->half = from->half;
    to->option_count = from->option_count;
    for (int i = 0; i < from->option_count; i++)
        to->option[i] = (struct form_option){str_dup(a, from->option[i].value),
                                             str_dup(a, from->option[i].label)};
}

/* Only what is in use: most of the 33 KB is room for more fields and options. */
void form_def_copy(arena *a, const struct form_def *from, struct form_def *to)
{
    to->lang = from->lang;
    to->title = str_dup(a, from->title);
    to->intro = str_dup(a, from->intro);
    to->submit_label = str_dup(a, from->submit_label);
    to->double_opt_in = from->double_opt_in;
    to->download_id = from->download_id;
    to->field_count = from->field_count;
    to->consent_count = from->consent_count;
    for (int i = 0; i < from->field_count; i++) copy_field(a, &from->field[i], &to->field[i]);
    for (int i = 0; i < from->consent_count; i++) {
        const struct form_consent *c = &from->consent[i];
        to->consent[i] = (struct form_consent){.purpose = str_dup(a, c->purpose),
                                               .channel = c->channel,
                                               .text = str_dup(a, c->text),
                                               .required = c->required,
                                               .wording_id = c->wording_id};
    }
}

bool form_def_parse(struct ctx *cx, str json, struct form_def *out)
{
    struct value tree;
    struct json_err err;
    if (!json_parse(cx->a, json, &tree, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a stored form is not JSON: %s",
                           err.what);
    return form_def_read(cx, tree, out);
}

#include "form/form_rules.h"

#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "base/url.h"
#include "base/utf8.h"
#include "brand/brand_own.h"
#include "consent/consent.h"

enum { REDIRECT_MAX = 2000, CLOSE_AFTER_MAX = 10000000 };

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
    str key = spelt_key(a, name); /* folded; "kuehlkette", as German readers spell it */
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

str form_line(struct ctx *cx, struct value map, const char *key, int max_bytes)
{
    str s = value_str(value_get(map, str_of(key)));
    return utf8_cut(utf8_clean_line(cx->a, s.ptr == NULL ? S("") : s), max_bytes);
}

bool form_truth(struct value map, const char *key)
{
    struct value v = value_get(map, str_of(key));
    str s = value_str(v);
    return v.type == VALUE_BOOL ? v.as.boolean
                                : str_eq(s, S("yes")) || str_eq(s, S("on")) || str_eq(s, S("true"));
}

str form_place(struct ctx *cx, const char *list, ptrdiff_t index, const char *key)
{
    return str_printf(cx->a, "%s.%td.%s", list, index, key);
}

static void read_consent(struct ctx *cx, struct value in, ptrdiff_t i, struct form_def *out)
{
    struct form_consent *c = &out->consent[out->consent_count];
    *c = (struct form_consent){.purpose = form_line(cx, in, "purpose", FORM_SLUG_MAX),
                               .required = form_truth(in, "required"),
                               .sample = form_truth(in, "sample")};
    str text = value_str(value_get(in, S("text")));
    c->text = utf8_clean_text(cx->a, text.ptr == NULL ? S("") : text);
    int64_t wording = 0;
    if (id_parse(value_str(value_get(in, S("wording_id"))), ID_WORDING, &wording))
        c->wording_id = wording;
    str channel = form_line(cx, in, "channel", 20);
    if (!form_slug_ok(c->purpose))
        fail_field(cx, form_place(cx, "consents", i, "purpose"), "form.purpose_invalid");
    if (!channel_of(channel.len > 0 ? channel : S("email"), &c->channel))
        fail_field(cx, form_place(cx, "consents", i, "channel"), "form.channel_invalid");
    if (c->text.len < 10)
        fail_field(cx, form_place(cx, "consents", i, "text"), "form.consent_text_missing");
    if (c->text.len > LIMIT_TEXT_BYTES) {
        fail_field(cx, form_place(cx, "consents", i, "text"), "error.field_too_long");
        fail_arg(cx, "max", S("4000"));
    }
    for (int k = 0; k < out->consent_count; k++)
        if (str_eq(out->consent[k].purpose, c->purpose) && out->consent[k].channel == c->channel)
            fail_field(cx, form_place(cx, "consents", i, "purpose"), "form.consent_twice");
    out->consent_count++;
}

static void read_lists(struct ctx *cx, struct value in, struct form_def *out)
{
    struct value fields = value_get(in, S("fields")), consents = value_get(in, S("consents"));
    ptrdiff_t n = fields.type == VALUE_LIST ? value_count(fields) : 0;
    if (n > FORM_FIELDS_MAX) fail_field(cx, S("fields"), "form.too_many_fields");
    for (ptrdiff_t i = 0; i < n && i < FORM_FIELDS_MAX; i++)
        form_field_read(cx, fields.as.list->item[i], i, out);
    n = consents.type == VALUE_LIST ? value_count(consents) : 0;
    if (n > FORM_CONSENTS_MAX) fail_field(cx, S("consents"), "form.too_many_consents");
    for (ptrdiff_t i = 0; i < n && i < FORM_CONSENTS_MAX; i++)
        read_consent(cx, consents.as.list->item[i], i, out);
}

static bool has_required_email(const struct form_def *def)
{
    for (int i = 0; i < def->field_count; i++)
        if (def->field[i].def->slot == SLOT_NONE)
            return def->field[i].required && !def->field[i].reserve;
    return false;
}

const char *form_page_name(enum form_page page)
{
    static const char *const names[FORM_PAGE__COUNT] = {
        "sent", "confirm", "confirmed", "subscribed", "expired", "used", "closed"};
    return names[page];
}

bool form_redirect_ok(str url)
{
    struct url u;
    return url.len <= REDIRECT_MAX && url_parse(url, &u) && str_eq_nocase(u.scheme, S("https"));
}

static void read_words(struct ctx *cx, struct value in, struct form_def *out)
{
    struct value pages = value_get(in, S("pages"));
    for (int i = 0; i < FORM_PAGE__COUNT; i++) {
        const char *name = form_page_name((enum form_page)i);
        struct value page = value_get(pages, str_of(name));
        struct form_words *w = &out->words[i];
        str text = value_str(value_get(page, S("text")));
        w->title = form_line(cx, page, "title", LIMIT_NAME_BYTES);
        w->text = utf8_cut(utf8_clean_text(cx->a, text.ptr == NULL ? S("") : text), 2000);
        w->redirect = S("");
        if (i != FORM_PAGE_SENT && i != FORM_PAGE_CONFIRMED) continue;
        w->redirect = url_typed(cx->a, form_line(cx, page, "redirect", LIMIT_TEXT_BYTES));
        if (w->redirect.len > 0 && !form_redirect_ok(w->redirect))
            fail_field(cx, str_printf(cx->a, "pages.%s.redirect", name), "form.redirect_invalid");
    }
}

static void read_end(struct ctx *cx, struct value in, struct form_def *out)
{
    out->close_on = form_line(cx, in, "close_on", 20);
    str day;
    if (field_check(cx->a, FIELD_DATE, 10, out->close_on, &day) != FIELD_OK)
        fail_field(cx, S("close_on"), "error.date_invalid");
    struct value after = value_get(in, S("close_after"));
    str text = form_line(cx, in, "close_after", 20);
    bool ok = after.type == VALUE_INT || text.len == 0 || str_to_i64(text, &out->close_after);
    if (after.type == VALUE_INT) out->close_after = after.as.integer;
    if (!ok || out->close_after < 0 || out->close_after > CLOSE_AFTER_MAX)
        fail_field(cx, S("close_after"), "form.close_after_invalid");
}

static void read_kind(struct ctx *cx, struct value in, struct form_def *out)
{
    str kind = form_line(cx, in, "kind", 20);
    if (str_eq(kind, S("application")))
        out->kind = FORM_KIND_APPLICATION;
    else if (kind.len > 0 && !str_eq(kind, S("lead")))
        fail_field(cx, S("kind"), "error.choice_invalid");
}

/* Who applies for a job is asked for nothing else: no consent, and no question that depends on
 * what is known of a lead. */
static void check_kind(struct ctx *cx, const struct form_def *def)
{
    bool known = false;
    if (def->kind != FORM_KIND_APPLICATION) return;
    for (int i = 0; i < def->field_count; i++) known = known || def->field[i].reserve;
    if (def->consent_count > 0)
        fail_field(cx, S("kind"), "form.application_consents");
    else if (known)
        fail_field(cx, S("kind"), "form.application_reserve");
}

enum form_closed form_is_closed(const struct form_def *def, int64_t day, int64_t taken)
{
    int64_t y, m, d;
    if (def->close_after > 0 && taken >= def->close_after) return FORM_CLOSED_FULL;
    if (def->close_on.len != 10 || !str_to_i64(str_slice(def->close_on, 0, 4), &y) ||
        !str_to_i64(str_slice(def->close_on, 5, 7), &m) ||
        !str_to_i64(str_slice(def->close_on, 8, 10), &d))
        return FORM_OPEN;
    struct civil last = {.year = (int)y, .month = (int)m, .day = (int)d};
    return day > civil_to_day(last) ? FORM_CLOSED_DAY : FORM_OPEN;
}

bool form_def_read(struct ctx *cx, struct value in, struct form_def *out)
{
    *out = (struct form_def){.title = form_line(cx, in, "title", LIMIT_NAME_BYTES),
                             .submit_label = form_line(cx, in, "submit_label", 80),
                             .double_opt_in = form_truth(in, "double_opt_in")};
    str intro = value_str(value_get(in, S("intro")));
    out->intro = utf8_cut(utf8_clean_text(cx->a, intro.ptr == NULL ? S("") : intro), 2000);
    str lang = form_line(cx, in, "language", 20);
    if (lang.len > 0 && !str_eq(lang, S("de")) && !str_eq(lang, S("en")))
        fail_field(cx, S("language"), "error.choice_invalid");
    out->lang = str_eq(lang, S("en")) ? LANG_EN : LANG_DE;
    str download = form_line(cx, in, "download", 40);
    if (download.len > 0 && !id_parse(download, ID_BLOB, &out->download_id))
        fail_field(cx, S("download"), "error.choice_invalid");
    brand_own_read(cx, value_get(in, S("look")), "look.", &out->look);
    read_words(cx, in, out);
    read_end(cx, in, out);
    read_kind(cx, in, out);
    read_lists(cx, in, out);
    check_kind(cx, out);
    bool asks = false;
    for (int i = 0; i < out->field_count; i++) asks = asks || !out->field[i].reserve;
    if (!asks) fail_field(cx, S("fields"), "form.fields_missing");
    /* A ticked box alone proves nothing about whose address it was. */
    bool by_email = false;
    for (int i = 0; i < out->consent_count; i++)
        by_email = by_email || out->consent[i].channel == CHANNEL_EMAIL;
    if (by_email && !out->double_opt_in)
        fail_field(cx, S("double_opt_in"), "form.double_opt_in_needed");
    else if (out->download_id != 0 &&
             !out->double_opt_in) /* the link comes with the confirmation */
        fail_field(cx, S("double_opt_in"), "form.double_opt_in_for_file");
    bool needs_email = out->double_opt_in || out->download_id != 0;
    if (needs_email && cx->err.code == ERR_NONE && !has_required_email(out))
        fail_field(cx, S("fields"), "form.email_needed");
    return cx->err.code == ERR_NONE;
}

static struct value words_value(arena *a, const struct form_def *def)
{
    struct value pages = value_map(a);
    for (int i = 0; i < FORM_PAGE__COUNT; i++) {
        struct value page = value_map(a);
        value_set_text(page, "title", def->words[i].title);
        value_set_text(page, "text", def->words[i].text);
        if (i == FORM_PAGE_SENT || i == FORM_PAGE_CONFIRMED)
            value_set_text(page, "redirect", def->words[i].redirect);
        value_set(pages, form_page_name((enum form_page)i), page);
    }
    return pages;
}

struct value form_def_value(arena *a, const struct form_def *def)
{
    struct value map = value_map(a), fields = value_list(a), consents = value_list(a);
    value_set_text(map, "kind", def->kind == FORM_KIND_APPLICATION ? S("application") : S("lead"));
    value_set_text(map, "language", def->lang == LANG_EN ? S("en") : S("de"));
    value_set_text(map, "title", def->title);
    value_set_text(map, "intro", def->intro);
    value_set_text(map, "submit_label", def->submit_label);
    value_set_bool(map, "double_opt_in", def->double_opt_in);
    value_set_text(map, "download", id_text(a, ID_BLOB, def->download_id));
    value_set(map, "look", brand_own_value(a, &def->look));
    value_set(map, "pages", words_value(a, def));
    value_set_text(map, "close_on", def->close_on);
    value_set_int(map, "close_after", def->close_after);
    for (int i = 0; i < def->field_count; i++) value_push(fields, form_field_value(a, def, i));
    for (int i = 0; i < def->consent_count; i++) {
        const struct form_consent *c = &def->consent[i];
        struct value item = value_map(a);
        value_set_text(item, "purpose", c->purpose);
        value_set_text(item, "channel", str_of(channel_name(c->channel)));
        value_set_text(item, "text", c->text);
        value_set_bool(item, "required", c->required);
        value_set_bool(item, "sample", c->sample);
        value_set_text(item, "wording_id", id_text(a, ID_WORDING, c->wording_id));
        value_push(consents, item);
    }
    value_set(map, "fields", fields);
    value_set(map, "consents", consents);
    return map;
}

/* Only what is in use: most of the 33 KB is room for more fields and options. */
void form_def_copy(arena *a, const struct form_def *from, struct form_def *to)
{
    to->kind = from->kind;
    to->lang = from->lang;
    to->title = str_dup(a, from->title);
    to->intro = str_dup(a, from->intro);
    to->submit_label = str_dup(a, from->submit_label);
    to->double_opt_in = from->double_opt_in;
    to->download_id = from->download_id;
    to->look = brand_own_copy(a, &from->look);
    for (int i = 0; i < FORM_PAGE__COUNT; i++)
        to->words[i] =
            (struct form_words){str_dup(a, from->words[i].title), str_dup(a, from->words[i].text),
                                str_dup(a, from->words[i].redirect)};
    to->close_on = str_dup(a, from->close_on);
    to->close_after = from->close_after;
    to->field_count = from->field_count;
    to->consent_count = from->consent_count;
    for (int i = 0; i < from->field_count; i++) form_field_copy(a, &from->field[i], &to->field[i]);
    for (int i = 0; i < from->consent_count; i++) {
        const struct form_consent *c = &from->consent[i];
        to->consent[i] = (struct form_consent){.purpose = str_dup(a, c->purpose),
                                               .channel = c->channel,
                                               .text = str_dup(a, c->text),
                                               .required = c->required,
                                               .sample = c->sample,
                                               .wording_id = c->wording_id};
    }
}

static void warn(arena *a, struct value list, str field, const char *code)
{
    struct value w = value_map(a);
    value_set_text(w, "field", field);
    value_set_text(w, "code", str_of(code));
    value_push(list, w);
}

static bool asks_for_number(const struct form_def *def)
{
    for (int i = 0; i < def->field_count; i++) {
        enum field_slot slot = def->field[i].def->slot;
        if (slot == SLOT_PHONE || slot == SLOT_MOBILE) return true;
    }
    return false;
}

struct value form_warnings(arena *a, const struct form_def *def)
{
    struct value list = value_list(a);
    for (int i = 0; i < def->field_count; i++)
        if (def->field[i].def->slot == SLOT_SALUTATION && def->field[i].required)
            warn(a, list, str_printf(a, "fields.%d", i), "salutation");
    for (int i = 0; i < def->consent_count; i++) {
        str field = str_printf(a, "consents.%d", i);
        if (def->consent[i].required) warn(a, list, field, "coupling");
        if (def->consent[i].sample) warn(a, list, field, "sample");
        bool calls =
            def->consent[i].channel == CHANNEL_PHONE || def->consent[i].channel == CHANNEL_SMS;
        if (calls && !asks_for_number(def)) warn(a, list, field, "no_number");
    }
    return list;
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

#include "form/form_template.h"

#include "field/field.h"
#include "web/render.h"

/* One field of a template. A free one names its i18n words: form_template.KEY.WORD, and
 * form_template.KEY.WORD_options, one after the other with "|". */
struct template_field {
    const char *key;
    enum field_type type; /* of a free field */
    bool required, half;
    const char *word;
};

enum { TEMPLATE_FIELDS = 10 };

static const struct template
{
    const char *key;
    struct template_field field[TEMPLATE_FIELDS];
    const char *sample[2];
    bool double_opt_in;
}
templates[] = {
    {"blank",
     {{"email", 0, true, false, ""},
      {"first_name", 0, false, true, ""},
      {"last_name", 0, false, true, ""},
      {"company", 0, false, false, ""}},
     {0},
     true},
    {"contact",
     {{"email", 0, true, false, ""},
      {"salutation", 0, false, false, ""},
      {"first_name", 0, false, true, ""},
      {"last_name", 0, true, true, ""},
      {"company", 0, false, false, ""},
      {"phone", 0, false, false, ""},
      {"message", 0, true, false, ""}},
     {0},
     false},
    {"newsletter",
     {{"email", 0, true, false, ""},
      {"first_name", 0, false, true, ""},
      {"last_name", 0, false, true, ""}},
     {"newsletter"},
     true},
    {"whitepaper",
     {{"email", 0, true, false, ""},
      {"first_name", 0, false, true, ""},
      {"last_name", 0, false, true, ""},
      {"company", 0, true, false, ""},
      {"job_title", 0, false, false, ""}},
     {"newsletter"},
     true},
    {"demo",
     {{"email", 0, true, false, ""},
      {"first_name", 0, false, true, ""},
      {"last_name", 0, true, true, ""},
      {"company", 0, true, false, ""},
      {"company_size", 0, false, true, ""},
      {"phone", 0, false, true, ""},
      {"free_wunschtermin", FIELD_DATE, false, false, "when"},
      {"message", 0, false, false, ""}},
     {"calls"},
     true},
    {"sample",
     {{"email", 0, true, false, ""},
      {"first_name", 0, true, true, ""},
      {"last_name", 0, true, true, ""},
      {"company", 0, true, false, ""},
      {"street", 0, true, false, ""},
      {"postcode", 0, true, true, ""},
      {"city", 0, true, true, ""},
      {"country", 0, false, false, ""},
      {"message", 0, false, false, ""}},
     {"offers"},
     true},
    {"webinar",
     {{"email", 0, true, false, ""},
      {"first_name", 0, true, true, ""},
      {"last_name", 0, true, true, ""},
      {"company", 0, false, false, ""},
      {"job_title", 0, false, false, ""},
      {"free_frage_vorab", FIELD_TEXTAREA, false, false, "question"}},
     {"events"},
     true},
    {"survey",
     {{"free_zufriedenheit", FIELD_SELECT, true, false, "satisfied"},
      {"free_genutzt", FIELD_CHOICES, false, false, "used"},
      {"free_verbesserung", FIELD_TEXTAREA, false, false, "better"},
      {"free_rueckruf", FIELD_CHECKBOX, false, false, "call_back"},
      {"email", 0, false, false, ""}},
     {0},
     false},
    {"application",
     {{"first_name", 0, true, true, ""},
      {"last_name", 0, true, true, ""},
      {"email", 0, true, false, ""},
      {"phone", 0, false, false, ""},
      {"message", 0, false, false, ""},
      {"free_lebenslauf", FIELD_FILE, false, false, "cv"}},
     {0},
     true},
};

static const struct sample {
    const char *key, *purpose[LANG__COUNT], *channel;
} samples[] = {
    {"newsletter", {"newsletter", "newsletter"}, "email"},
    {"offers", {"angebote", "offers"}, "email"},
    {"events", {"einladungen", "events"}, "email"},
    {"calls", {"angebote", "offers"}, "phone"},
    {"sms", {"angebote", "offers"}, "sms"},
    {"letters", {"angebote", "offers"}, "post"},
};

static const char *const gaps[] = {"[Themen]", "[Produkte]", "[topics]", "[products]"};

static str words(struct ctx *cx, enum lang lang, const char *list, const char *key,
                 const char *word)
{
    str name = str_printf(cx->a, "%s.%s.%s", list, key, word);
    return render_text(cx, lang, str_cstr(cx->a, name), NULL, 0);
}

struct value form_templates(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(templates); i++) {
        struct value t = value_map(cx->a);
        value_set_text(t, "key", str_of(templates[i].key));
        value_set_text(t, "name", words(cx, cx->lang, "form_template", templates[i].key, "name"));
        value_set_text(t, "text", words(cx, cx->lang, "form_template", templates[i].key, "text"));
        value_push(list, t);
    }
    return list;
}

static struct value field_of(struct ctx *cx, const struct template *t,
                             const struct template_field *tf)
{
    struct value f = value_map(cx->a), options = value_list(cx->a);
    bool chosen = tf->type == FIELD_SELECT || tf->type == FIELD_CHOICES;
    value_set_text(f, "key", str_of(tf->key));
    value_set_bool(f, "required", tf->required);
    value_set_bool(f, "half", tf->half);
    if (*tf->word == '\0') return f;
    value_set_text(f, "type", str_of(field_type_name(tf->type)));
    value_set_text(f, "label", words(cx, cx->lang, "form_template", t->key, tf->word));
    str name = str_printf(cx->a, "%s_options", tf->word);
    str rest =
        chosen ? words(cx, cx->lang, "form_template", t->key, str_cstr(cx->a, name)) : (str){0};
    while (rest.ptr != NULL) {
        struct value o = value_map(cx->a);
        str option = str_trim(str_cut(rest, '|', &rest));
        value_set_text(o, "value", option);
        value_set_text(o, "label", option);
        value_push(options, o);
    }
    value_set(f, "options", options);
    return f;
}

static struct value consent_of(struct ctx *cx, const char *key, str controller)
{
    struct value c = value_map(cx->a);
    str purpose, channel, text;
    if (!consent_sample(cx, cx->lang, str_of(key), controller, &purpose, &channel, &text)) return c;
    value_set_text(c, "purpose", purpose);
    value_set_text(c, "channel", channel);
    value_set_text(c, "text", text);
    value_set_bool(c, "required", false);
    value_set_bool(c, "sample", true);
    return c;
}

static void put_words(struct ctx *cx, const struct template *t, struct value def)
{
    static const char *const heads[] = {"title", "intro", "submit_label"};
    bool blank = str_eq(str_of(t->key), S("blank"));
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++)
        value_set_text(def, heads[i],
                       blank ? S("") : words(cx, cx->lang, "form_template", t->key, heads[i]));
    value_set_text(def, "name",
                   blank ? S("") : words(cx, cx->lang, "form_template", t->key, "name"));
    value_set_text(def, "slug", S(""));
    value_set_text(def, "language", cx->lang == LANG_EN ? S("en") : S("de"));
    value_set_bool(def, "double_opt_in", t->double_opt_in);
    value_set_text(def, "kind",
                   str_eq(str_of(t->key), S("application")) ? S("application") : S("lead"));
}

bool form_template(struct ctx *cx, str key, str controller, struct value *def)
{
    const struct template *t = NULL;
    for (ptrdiff_t i = 0; i < COUNTOF(templates); i++)
        if (str_eq(str_of(templates[i].key), key)) t = &templates[i];
    if (t == NULL) return false;
    struct value fields = value_list(cx->a), consents = value_list(cx->a);
    *def = value_map(cx->a);
    put_words(cx, t, *def);
    for (int i = 0; i < TEMPLATE_FIELDS && t->field[i].key != NULL; i++)
        value_push(fields, field_of(cx, t, &t->field[i]));
    for (int i = 0; i < COUNTOF(t->sample) && t->sample[i] != NULL; i++)
        value_push(consents, consent_of(cx, t->sample[i], controller));
    value_set(*def, "fields", fields);
    value_set(*def, "consents", consents);
    return true;
}

struct value consent_samples(struct ctx *cx)
{
    struct value list = value_list(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(samples); i++) {
        struct value s = value_map(cx->a);
        value_set_text(s, "key", str_of(samples[i].key));
        value_set_text(s, "name", words(cx, cx->lang, "consent_sample", samples[i].key, "name"));
        value_push(list, s);
    }
    return list;
}

bool consent_sample(struct ctx *cx, enum lang lang, str key, str controller, str *purpose,
                    str *channel, str *text)
{
    for (ptrdiff_t i = 0; i < COUNTOF(samples); i++) {
        if (!str_eq(str_of(samples[i].key), key)) continue;
        struct err_arg arg = {"name", controller};
        str name = str_printf(cx->a, "consent_sample.%s.text", samples[i].key);
        *purpose = str_of(samples[i].purpose[lang]);
        *channel = str_of(samples[i].channel);
        *text = render_text(cx, lang, str_cstr(cx->a, name), &arg, 1);
        return true;
    }
    return false;
}

static bool same_word(struct ctx *cx, enum lang from, enum lang to, const char *key,
                      const char *word, str text, str *out)
{
    if (text.len == 0 || !str_eq(words(cx, from, "form_template", key, word), text)) return false;
    *out = words(cx, to, "form_template", key, word);
    return true;
}

bool form_template_word(struct ctx *cx, enum lang from, enum lang to, const char *head, str text,
                        str *out)
{
    for (ptrdiff_t i = 1; i < COUNTOF(templates); i++) { /* "blank" has no words */
        const struct template *t = &templates[i];
        if (head != NULL && same_word(cx, from, to, t->key, head, text, out)) return true;
        for (int k = 0; head == NULL && k < TEMPLATE_FIELDS && t->field[k].key != NULL; k++)
            if (*t->field[k].word != '\0' &&
                same_word(cx, from, to, t->key, t->field[k].word, text, out))
                return true;
    }
    return false;
}

bool consent_sample_word(struct ctx *cx, enum lang from, enum lang to, str controller, str text,
                         str *out)
{
    for (ptrdiff_t i = 0; i < COUNTOF(samples); i++) {
        str key = str_of(samples[i].key), purpose, channel, sample;
        if (consent_sample(cx, from, key, controller, &purpose, &channel, &sample) &&
            str_eq(sample, text))
            return consent_sample(cx, to, key, controller, &purpose, &channel, out);
    }
    return false;
}

str consent_gap(str text)
{
    for (ptrdiff_t i = 0; i < COUNTOF(gaps); i++)
        if (str_find(text, str_of(gaps[i])) >= 0) return str_of(gaps[i]);
    return (str){0};
}

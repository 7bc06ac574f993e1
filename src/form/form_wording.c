#include "form/form_wording.h"

#include "form/form_template.h"

enum { HITS_MIN = 2 };

static const char *const heads[] = {"title", "intro", "submit_label"};

static int hits(str text, const char *const *words)
{
    int n = 0;
    for (str rest = text; rest.ptr != NULL;) {
        str word = str_cut(rest, ' ', &rest);
        while (word.len > 0 && str_find_char(S(",.:;!?()"), word.ptr[word.len - 1]) >= 0)
            word.len--;
        for (const char *const *w = words; *w != NULL; w++)
            if (word.len > 0 && str_eq(word, str_of(*w))) n++;
    }
    return n;
}

bool text_speaks_other(str text, enum lang lang)
{
    static const char *const german[] = {
        "und",   "Sie", "Ihre", "Ihnen", "Ihren", "Ihrer", "ich",  "Ich", "mir",   "wir",   "Wir",
        "nicht", "der", "die",  "das",   "Das",   "den",   "für",  "von", "bitte", "Bitte", "auf",
        "zu",    "per", "oder", "ein",   "eine",  "mit",   "Nach", "Ja,", NULL};
    static const char *const english[] = {
        "and", "the", "The",    "you",    "You", "your", "Your", "we",   "We",   "of", "to",
        "our", "for", "please", "Please", "by",  "or",   "with", "with", "from", "I",  NULL};
    int de = hits(text, german), en = hits(text, english);
    int own = lang == LANG_EN ? en : de, other = lang == LANG_EN ? de : en;
    return other >= HITS_MIN && other > 2 * own;
}

static enum lang lang_of(struct value def)
{
    return str_eq(value_str(value_get(def, S("language"))), S("en")) ? LANG_EN : LANG_DE;
}

void form_words_follow(struct ctx *cx, struct value def, str controller)
{
    enum lang now = lang_of(def), before = now == LANG_EN ? LANG_DE : LANG_EN;
    struct value fields = value_get(def, S("fields")), consents = value_get(def, S("consents"));
    str text;
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++)
        if (form_template_word(cx, before, now, heads[i],
                               value_str(value_get(def, str_of(heads[i]))), &text))
            value_set_text(def, heads[i], text);
    for (ptrdiff_t i = 0; i < value_count(fields); i++) {
        struct value f = fields.as.list->item[i];
        if (form_template_word(cx, before, now, NULL, value_str(value_get(f, S("label"))), &text))
            value_set_text(f, "label", text);
    }
    for (ptrdiff_t i = 0; i < value_count(consents); i++) {
        struct value c = consents.as.list->item[i];
        if (consent_sample_word(cx, before, now, controller, value_str(value_get(c, S("text"))),
                                &text))
            value_set_text(c, "text", text);
    }
}

static void add(arena *a, struct value list, str field, const char *code)
{
    struct value w = value_map(a);
    value_set_text(w, "field", field);
    value_set_text(w, "code", str_of(code));
    value_push(list, w);
}

static bool promises_file(arena *a, str text)
{
    static const char *const words[] = {"whitepaper", "download", "laden sie", "datei", "file"};
    text = str_lower_ascii(a, text);
    for (ptrdiff_t i = 0; i < COUNTOF(words); i++)
        if (str_find(text, str_of(words[i])) >= 0) return true;
    return false;
}

static bool asks_for_file(struct value fields)
{
    for (ptrdiff_t i = 0; i < value_count(fields); i++)
        if (str_eq(value_str(value_get(fields.as.list->item[i], S("type"))), S("file")))
            return true;
    return false;
}

void form_words_warn(arena *a, struct value def, struct value list)
{
    enum lang lang = lang_of(def);
    struct value consents = value_get(def, S("consents"));
    bool other = false, file = false;
    for (ptrdiff_t i = 0; i < COUNTOF(heads); i++) {
        str text = value_str(value_get(def, str_of(heads[i])));
        if (text.ptr == NULL) continue;
        other = other || text_speaks_other(text, lang);
        file = file || promises_file(a, text);
    }
    if (other) add(a, list, S("intro"), "language");
    for (ptrdiff_t i = 0; i < value_count(consents); i++) {
        str text = value_str(value_get(consents.as.list->item[i], S("text")));
        if (text.ptr != NULL && text_speaks_other(text, lang))
            add(a, list, str_printf(a, "consents.%d", (int)i), "language_consent");
    }
    if (file && value_str(value_get(def, S("download"))).len == 0 &&
        !asks_for_file(value_get(def, S("fields"))))
        add(a, list, S("download"), "no_file");
}

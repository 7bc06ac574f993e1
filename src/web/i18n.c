#include "web/i18n.h"

#include "base/json.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH = 8 };

struct sentence {
    str key;
    str text[LANG__COUNT];
};

struct i18n {
    struct sentence *sentence; /* sorted by key */
    ptrdiff_t count;
};

struct flat {
    arena *a;
    struct sentence *sentence;
    ptrdiff_t count, cap;
    str *why;
};

static const char *const lang_names[LANG__COUNT] = {[LANG_DE] = "de", [LANG_EN] = "en"};

static ptrdiff_t count_texts(struct value v, int depth)
{
    if (v.type != VALUE_MAP || depth == DEPTH) return 1;
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < v.as.map->count; i++)
        n += count_texts(v.as.map->entry[i].value, depth + 1);
    return n;
}

/* The texts below `v`, their keys joined with dots. */
static bool flatten(struct flat *f, str prefix, struct value v, int depth)
{
    if (v.type == VALUE_TEXT && prefix.len > 0) {
        assert(f->count < f->cap);
        f->sentence[f->count++] = (struct sentence){prefix, {v.as.text}};
        return true;
    }
    if (v.type != VALUE_MAP || depth == DEPTH) {
        *f->why = str_printf(f->a, "\"%.*s\" is neither a text nor a map", STR_ARG(prefix));
        return false;
    }
    for (ptrdiff_t i = 0; i < v.as.map->count; i++) {
        str key = v.as.map->entry[i].key;
        if (prefix.len > 0) key = str_printf(f->a, "%.*s.%.*s", STR_ARG(prefix), STR_ARG(key));
        if (!flatten(f, key, v.as.map->entry[i].value, depth + 1)) return false;
    }
    return true;
}

static int by_key(const void *a, const void *b)
{
    return str_cmp(((const struct sentence *)a)->key, ((const struct sentence *)b)->key);
}

/* One document as a sorted table, its texts in text[0]. */
static bool load_one(arena *a, enum lang lang, str json, struct flat *out, str *why)
{
    struct value root;
    struct json_err err;
    if (!json_parse(a, json, &root, &err)) {
        *why = str_printf(a, "%s.json, line %d: %s", lang_names[lang], err.line, err.what);
        return false;
    }
    str fault = {0};
    ptrdiff_t cap = count_texts(root, 0);
    *out = (struct flat){a, NEW(a, struct sentence, cap + 1), 0, cap, &fault};
    if (!flatten(out, S(""), root, 0)) {
        *why = str_printf(a, "%s.json: %.*s", lang_names[lang], STR_ARG(fault));
        return false;
    }
    qsort(out->sentence, (size_t)out->count, sizeof *out->sentence, by_key);
    for (ptrdiff_t i = 1; i < out->count; i++)
        if (by_key(&out->sentence[i - 1], &out->sentence[i]) == 0) {
            *why = str_printf(a, "%s.json: \"%.*s\" stands there twice", lang_names[lang],
                              STR_ARG(out->sentence[i].key));
            return false;
        }
    return true;
}

/* The next {name} of a sentence; false if there is none. */
static bool next_gap(str *rest, str *name)
{
    ptrdiff_t open = str_find_char(*rest, '{');
    if (open < 0) return false;
    str behind = str_slice(*rest, open + 1, rest->len);
    ptrdiff_t close = str_find_char(behind, '}');
    if (close < 0) return false;
    *name = str_slice(behind, 0, close);
    *rest = str_slice(behind, close + 1, behind.len);
    return true;
}

static bool has_gap(str text, str name)
{
    str gap;
    while (next_gap(&text, &gap))
        if (str_eq(gap, name)) return true;
    return false;
}

/* Has `text` every gap of `other`? A singular may spell its number out. */
static bool same_gaps(arena *a, const struct sentence *s, enum lang lang, enum lang other, str *why)
{
    str rest = s->text[other], gap;
    while (next_gap(&rest, &gap)) {
        bool spelt = str_ends(s->key, S(".one")) && str_eq(gap, S("count"));
        if (spelt || has_gap(s->text[lang], gap)) continue;
        *why = str_printf(a, "%s.json: the gap {%.*s} of \"%.*s\" is missing", lang_names[lang],
                          STR_ARG(gap), STR_ARG(s->key));
        return false;
    }
    return true;
}

bool i18n_load(arena *a, str de_json, str en_json, struct i18n **out, str *why)
{
    struct flat de, en;
    if (!load_one(a, LANG_DE, de_json, &de, why)) return false;
    if (!load_one(a, LANG_EN, en_json, &en, why)) return false;
    for (ptrdiff_t i = 0; i < de.count || i < en.count; i++) {
        struct sentence *left = &de.sentence[i], *right = &en.sentence[i];
        int order = i == de.count ? 1 : i == en.count ? -1 : by_key(left, right);
        if (order != 0) {
            *why =
                str_printf(a, "%s.json lacks \"%.*s\"", lang_names[order < 0 ? LANG_EN : LANG_DE],
                           STR_ARG(order < 0 ? left->key : right->key));
            return false;
        }
        left->text[LANG_EN] = right->text[0];
        if (!same_gaps(a, left, LANG_DE, LANG_EN, why)) return false;
        if (!same_gaps(a, left, LANG_EN, LANG_DE, why)) return false;
    }
    *out = NEW(a, struct i18n, 1);
    **out = (struct i18n){de.sentence, de.count};
    return true;
}

static struct sentence *find(const struct i18n *i18n, str key)
{
    ptrdiff_t low = 0, high = i18n->count;
    while (low < high) {
        ptrdiff_t middle = low + (high - low) / 2;
        int order = str_cmp(key, i18n->sentence[middle].key);
        if (order == 0) return &i18n->sentence[middle];
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

str i18n_get(const struct i18n *i18n, enum lang lang, str key)
{
    const struct sentence *found = find(i18n, key);
    return found == NULL ? (str){0} : found->text[lang];
}

bool i18n_load_informal(arena *a, const struct i18n *formal, str json, struct i18n **out, str *why)
{
    struct flat du;
    if (!load_one(a, LANG_DE, json, &du, why)) return false;
    *out = NEW(a, struct i18n, 1);
    **out = (struct i18n){NEW(a, struct sentence, formal->count), formal->count};
    if (formal->count > 0)
        memcpy((*out)->sentence, formal->sentence,
               (size_t)formal->count * sizeof *formal->sentence);
    for (ptrdiff_t i = 0; i < du.count; i++) {
        struct sentence *s = find(*out, du.sentence[i].key);
        if (s == NULL) {
            *why =
                str_printf(a, "de.json lacks \"%.*s\" of de-du.json", STR_ARG(du.sentence[i].key));
            return false;
        }
        s->text[LANG_DE] = du.sentence[i].text[0];
        if (!same_gaps(a, s, LANG_DE, LANG_EN, why) || !same_gaps(a, s, LANG_EN, LANG_DE, why))
            return false;
    }
    return true;
}

static const struct err_arg *arg_named(const struct err_arg *args, int count, str name)
{
    for (int i = 0; i < count; i++)
        if (args[i].name != NULL && str_eq(str_of(args[i].name), name)) return &args[i];
    return NULL;
}

static str choose(arena scratch, const struct i18n *i18n, enum lang lang, str key, bool one)
{
    str text = {0};
    if (one) text = i18n_get(i18n, lang, str_printf(&scratch, "%.*s.one", STR_ARG(key)));
    if (text.ptr == NULL) text = i18n_get(i18n, lang, key);
    if (text.ptr == NULL)
        text = i18n_get(i18n, lang, str_printf(&scratch, "%.*s.other", STR_ARG(key)));
    return text;
}

str i18n_text(arena *a, const struct i18n *i18n, enum lang lang, str key,
              const struct err_arg *args, int count)
{
    const struct err_arg *number = arg_named(args, count, S("count"));
    str rest = choose(*a, i18n, lang, key, number != NULL && str_eq(number->value, S("1")));
    if (rest.ptr == NULL) return key;
    ptrdiff_t most = rest.len;
    for (int i = 0; i < count; i++) most += rest.len / 3 * args[i].value.len;
    struct buf b = buf_new(a, most);
    for (str before = rest, name; next_gap(&rest, &name); before = rest) {
        const struct err_arg *arg = arg_named(args, count, name);
        buf_put(&b, (str){before.ptr, name.ptr - 1 - before.ptr});
        buf_put(&b, arg != NULL ? arg->value : (str){name.ptr - 1, name.len + 2});
    }
    buf_put(&b, rest);
    return buf_str(&b);
}

/* "0.8" in thousandths; 0 for what is not a weight. */
static int read_weight(str s)
{
    str whole_rest, whole = str_cut(s, '.', &whole_rest);
    int64_t n = 0;
    if (!str_to_i64(whole, &n) || n < 0 || n > 1) return 0;
    int weight = (int)n * 1000, place = 100;
    for (ptrdiff_t i = 0; i < whole_rest.len && i < 3; i++, place /= 10) {
        char c = whole_rest.ptr[i];
        if (c < '0' || c > '9') return 0;
        weight += (c - '0') * place;
    }
    return weight > 1000 ? 1000 : weight;
}

enum lang lang_choose(str header, enum lang fallback)
{
    enum lang best = fallback;
    int best_weight = 0;
    for (str rest = header; rest.ptr != NULL;) {
        str item = str_cut(rest, ',', &rest), options;
        str tag = str_trim(str_cut(item, ';', &options));
        int weight = 1000;
        while (options.ptr != NULL) {
            str option = str_trim(str_cut(options, ';', &options));
            if (str_starts(option, S("q=")) || str_starts(option, S("Q=")))
                weight = read_weight(str_trim(str_slice(option, 2, option.len)));
        }
        str rest_of_tag, primary = str_cut(tag, '-', &rest_of_tag);
        for (int i = 0; i < LANG__COUNT; i++) {
            if (weight <= best_weight || !str_eq_nocase(primary, str_of(lang_names[i]))) continue;
            best = (enum lang)i;
            best_weight = weight;
        }
    }
    return best;
}

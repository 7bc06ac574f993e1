#include "web/liquid_ast.h"

#include "base/html.h"

#include <string.h>

enum { KEY_BYTES = 200 };

/* The sentence for `key` and `ending`; memory for the joined key is on the stack. */
static str ask(const struct liquid_env *env, str key, str ending)
{
    char joined[KEY_BYTES + 8];
    if (key.len > KEY_BYTES) return (str){0};
    if (key.len > 0) memcpy(joined, key.ptr, (size_t)key.len);
    memcpy(joined + key.len, ending.ptr, (size_t)ending.len);
    return env->translate(env->user, env->lang, (str){joined, key.len + ending.len});
}

/* The sentence for `key`, singular where `one`; the absent str if there is none. */
static str find_sentence(const struct liquid_env *env, str key, bool one)
{
    str sentence = {0};
    if (env->translate == NULL) return sentence;
    if (one) sentence = ask(env, key, S(".one"));
    if (sentence.ptr == NULL) sentence = ask(env, key, S(""));
    if (sentence.ptr == NULL) sentence = ask(env, key, S(".other"));
    return sentence;
}

bool liquid_knows_key(const struct liquid_env *env, str key)
{
    return find_sentence(env, key, false).ptr != NULL;
}

/* A gap's value: counts are grouped, everything else as it is. */
static void put_gap(struct run *r, struct buf *b, str name, struct lv value, bool markup)
{
    struct buf text = liquid_make(r);
    if (str_eq(name, S("count")) && value.v.type == VALUE_INT) {
        format_number(&text, r->env->lang, value.v);
    } else {
        liquid_write(&text, value.v);
    }
    str s = liquid_made(r, &text);
    if (markup && !value.markup) {
        html_escape(b, s);
    } else {
        buf_put(b, s);
    }
}

static void put_text(struct buf *b, str s, bool markup)
{
    if (markup) {
        html_escape(b, s);
    } else {
        buf_put(b, s);
    }
}

struct lv liquid_translate(struct run *r, const struct filter *f, struct lv in)
{
    struct lv arg[LIQUID_ARGS] = {0};
    bool one = false, markup = false;
    for (int i = 0; i < f->named_count; i++) {
        arg[i] = liquid_eval(r, f->named[i].value);
        markup = markup || (arg[i].markup && r->mode == LIQUID_HTML);
        if (str_eq(f->named[i].name, S("count"))) one = liquid_equal(arg[i].v, value_int(1));
    }
    str key = liquid_text(r, in.v);
    str rest = find_sentence(r->env, key, one);
    if (rest.ptr == NULL) return lv_of(value_text(key));
    if (f->named_count == 0) return lv_of(value_text(rest));

    struct buf b = liquid_make(r);
    while (rest.len > 0) {
        ptrdiff_t open = str_find_char(rest, '{');
        ptrdiff_t close = open < 0 ? -1 : str_find_char(str_slice(rest, open, rest.len), '}');
        if (close < 0) break;
        str name = str_slice(rest, open + 1, open + close);
        int i = 0;
        while (i < f->named_count && !str_eq(f->named[i].name, name)) i++;
        put_text(&b, str_slice(rest, 0, open), markup);
        if (i < f->named_count) {
            put_gap(r, &b, name, arg[i], markup);
        } else {
            put_text(&b, str_slice(rest, open, open + close + 1), markup);
        }
        rest = str_slice(rest, open + close + 1, rest.len);
    }
    put_text(&b, rest, markup);
    return (struct lv){value_text(liquid_made(r, &b)), markup};
}

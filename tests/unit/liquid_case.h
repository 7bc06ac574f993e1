/* tests/unit/liquid_case.h -- templates from a table, rendered over JSON. */
#pragma once

#include "assert_str.h"
#include "base/json.h"
#include "web/liquid.h"

#include <string.h>

struct part {
    const char *name, *text;
};

struct parts {
    const struct part *part;
    ptrdiff_t count;
};

static inline str load_part(void *user, arena *a, str name)
{
    (void)a;
    const struct parts *parts = user;
    for (ptrdiff_t i = 0; i < parts->count; i++)
        if (str_eq(name, str_of(parts->part[i].name))) return str_of(parts->part[i].text);
    return (str){0};
}

static inline str translate(void *user, enum lang lang, str key)
{
    static const struct {
        const char *key, *text[LANG__COUNT];
    } rows[] = {
        {"hello", {"Hallo <Welt> & alle", "Hello <world> & all"}},
        {"dear", {"Guten Tag {name}", "Dear {name}"}},
        {"leads", {"{count} Leads", "{count} leads"}},
        {"leads.one", {"Ein Lead", "One lead"}},
        {"forms.one", {"Ein Formular", "One form"}},
        {"forms.other", {"{count} Formulare", "{count} forms"}},
        {"read", {"Lesen Sie <hier> {link}, {name}.", "Read {link}, {name}."}},
    };
    (void)user;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (str_eq(key, str_of(rows[i].key))) return str_of(rows[i].text[lang]);
    return (str){0};
}

/* 2026-03-12T09:41:08Z: 10:41 in Berlin, a Thursday. */
#define NOW_MS INT64_C(1773308468000)

static inline struct liquid_env env_of(enum lang lang)
{
    return (struct liquid_env){
        .translate = translate, .lang = lang, .now_ms = NOW_MS, .time_zone = S("Europe/Berlin")};
}

/* Compile part[0] with what it renders. */
static inline bool compile(arena *a, struct parts parts, struct liquid_set **set,
                           struct liquid_err *err)
{
    static struct parts held;
    held = parts;
    struct liquid_source source = {load_part, &held};
    struct liquid_env env = env_of(LANG_DE);
    str name = str_of(parts.part[0].name);
    return liquid_compile(a, &source, &name, 1, &env, set, err);
}

static inline struct value json_of(arena *a, const char *text)
{
    struct value v;
    struct json_err err;
    if (json_parse(a, str_of(text == NULL ? "{}" : text), &v, &err)) return v;
    fail_msg("bad JSON in the table: %s", text);
    return v;
}

/* part[0] rendered over `json`; a compile fault fails the test. */
static inline str render(arena *a, struct parts parts, const char *json, enum lang lang)
{
    struct liquid_set *set = NULL;
    struct liquid_err err = {0};
    if (!compile(a, parts, &set, &err))
        fail_msg("%.*s:%d: %.*s\n  in: %s", STR_ARG(err.file), err.line, STR_ARG(err.what),
                 parts.part[0].text);
    const struct liquid_template *t = liquid_find(set, str_of(parts.part[0].name));
    assert_non_null(t);
    struct buf out = buf_new(a, 1 << 20);
    struct liquid_env env = env_of(lang);
    if (!liquid_render(&out, t, json_of(a, json), &env, &err))
        fail_msg("%.*s:%d: %.*s", STR_ARG(err.file), err.line, STR_ARG(err.what));
    return buf_str(&out);
}

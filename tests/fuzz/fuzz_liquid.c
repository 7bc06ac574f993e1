/* Property: no template crashes the compiler or the renderer, and a hostile value never reaches
 * an HTML page unescaped, unless the template holds the hostile text itself. */
#include "web/liquid.h"

#include <stdlib.h>
#include <string.h>

#define MARK "\"><script>x"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static str load(void *user, arena *a, str name)
{
    (void)a;
    if (str_eq(name, S("p"))) return S("<b title=\"{{ v }}\">{{ v }}</b>");
    if (str_eq(name, S("l")))
        return S("<a href=\"{% block u %}/{% endblock %}\">{% block c %}{% endblock %}</a>");
    bool own = str_eq(name, S("t")) || str_eq(name, S("mail/t.text"));
    return own ? *(const str *)user : (str){0};
}

static str sentence(void *user, enum lang lang, str key)
{
    (void)user;
    (void)lang;
    if (str_eq(key, S("k"))) return S("a {x} <{count}>");
    return (str){0};
}

static struct value data_of(arena *a)
{
    struct value root = value_map(a), list = value_list(a), map = value_map(a);
    value_set_text(map, "t", S(MARK));
    value_set_int(map, "n", -3);
    value_set(map, "d", value_decimal(125, 2));
    for (int i = 0; i < 3; i++) value_push(list, value_text(S(MARK)));
    value_push(list, map);
    value_set_text(root, "x", S(MARK));
    value_set_text(root, "u", S("java\tscript:" MARK));
    value_set_text(root, "s", S("Müller\n& Söhne"));
    value_set_int(root, "n", 1773308468000);
    value_set_bool(root, "y", true);
    value_set(root, "l", list);
    value_set(root, "m", map);
    value_set(root, "shell", map);
    return root;
}

/* Could the template's own text make the mark, also in pieces that values join? */
static bool holds_mark(str template)
{
    return str_find(template, S("script")) >= 0 || str_find(template, S("<s")) >= 0;
}

static void run(arena a, str template, str name)
{
    struct liquid_source source = {load, &template};
    struct liquid_env env = {
        .translate = sentence, .lang = LANG_DE, .now_ms = 1773308468000, .time_zone = S("UTC")};
    struct liquid_set *set = NULL;
    struct liquid_err err = {0};
    if (!liquid_compile(&a, &source, &name, 1, &env, &set, &err)) {
        if (err.what.len == 0) abort();
        return;
    }
    struct buf out = buf_new(&a, 1 << 16);
    bool ok = liquid_render(&out, liquid_find(set, name), data_of(&a), &env, &err);
    if (!ok && err.what.len == 0) abort();
    if (!str_eq(name, S("t")) || holds_mark(template)) return;
    str page = buf_str(&out);
    if (str_find(page, S("<script>x")) >= 0 || str_find(page, S("\"><s")) >= 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char *memory;
    enum { MEMORY = 64 << 20 };
    if (memory == NULL) memory = malloc(MEMORY);
    if (memory == NULL || size > 4096) return 0;
    jmp_buf full; /* a template that needs more fails its request, no more */
    arena a = {memory, memory + MEMORY, &full};
    str template = {(const char *)data, (ptrdiff_t)size};
    if (setjmp(full) == 0) run(a, template, S("t"));
    if (setjmp(full) == 0) run(a, template, S("mail/t.text"));
    return 0;
}

#include "web/render.h"

#include "base/limits.h"
#include "base/log.h"
#include "web/embedded.h"

enum { TEMPLATES_MAX = 400 };

static str translate(void *user, enum lang lang, str key)
{
    return i18n_get(user, lang, key);
}

/* The sentences in the form of address of the moment. */
static struct i18n *words_of(const struct ctx *cx)
{
    return cx->informal && cx->texts->informal != NULL ? cx->texts->informal : cx->texts->i18n;
}

struct liquid_env render_env(struct ctx *cx, enum lang lang, str time_zone)
{
    return (struct liquid_env){.translate = translate,
                               .user = words_of(cx),
                               .lang = lang,
                               .now_ms = cx->now_ms,
                               .time_zone = time_zone.len > 0 ? time_zone : S("Europe/Berlin"),
                               .zones = cx->texts->zones};
}

/* "lead/show" is ui/pages/lead/show.liquid; "public/…" and "mail/…" stand beside pages. */
static str template_load(void *user, arena *a, str name)
{
    (void)user;
    bool own = str_starts(name, S("public/")) || str_starts(name, S("mail/")) ||
               str_starts(name, S("blocks/"));
    str path = str_printf(a, "ui/%s%.*s.liquid", own ? "" : "pages/", STR_ARG(name));
    const struct embedded_file *f = embedded_find(path);
    return f == NULL ? (str){0} : (str){(const char *)f->bytes, f->len};
}

bool render_compile(arena *a, const struct i18n *i18n, struct liquid_set **out, str *what)
{
    str *names = NEW(a, str, TEMPLATES_MAX);
    ptrdiff_t count = 0;
    for (ptrdiff_t i = 0; i < embedded_count && count < TEMPLATES_MAX; i++) {
        str path = str_of(embedded_files[i].path);
        if (!str_starts(path, S("ui/")) || !str_ends(path, S(".liquid"))) continue;
        str name = str_slice(path, 3, path.len - 7);
        names[count++] = str_starts(name, S("pages/")) ? str_slice(name, 6, name.len) : name;
    }
    const struct liquid_source source = {template_load, NULL};
    union {
        const struct i18n *in;
        void *out;
    } user = {i18n}; /* liquid_env's user is handed to translate, which only reads it */
    struct liquid_env env = {
        .translate = translate, .user = user.out, .time_zone = S("Europe/Berlin")};
    struct liquid_err err = {0};
    if (liquid_compile(a, &source, names, count, &env, out, &err)) return true;
    *what = str_printf(a, "%.*s:%d: %.*s", STR_ARG(err.file), err.line, STR_ARG(err.what));
    return false;
}

static bool render_one(struct ctx *cx, str name, const struct liquid_env *env, struct value root,
                       str *out)
{
    const struct liquid_template *t = liquid_find(cx->texts->templates, name);
    struct buf b = buf_new(cx->a, LIMIT_MAIL_BYTES);
    struct liquid_err err = {0};
    if (t == NULL)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "no template %.*s", STR_ARG(name));
    if (!liquid_render(&b, t, root, env, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "%.*s:%d: %.*s", STR_ARG(name),
                           err.line, STR_ARG(err.what));
    *out = buf_str(&b);
    return true;
}

/* Templates write our own accent, light and dark: no value may stand in a style. Only a colour in
 * six digits comes in its place. */
static str recolour(arena *a, str html, const char *ours, str theirs)
{
    bool good = theirs.len == 7 && theirs.ptr[0] == '#';
    for (ptrdiff_t i = 1; i < theirs.len && good; i++)
        good = str_find_char(S("0123456789abcdef"), theirs.ptr[i]) >= 0;
    return good ? str_replace(a, html, str_of(ours), theirs) : html;
}

bool render_mail(struct ctx *cx, str name, enum lang lang, str time_zone, struct value data,
                 str *html, str *text)
{
    struct liquid_env env = render_env(cx, lang, time_zone);
    struct value root = value_map(cx->a), shell = value_map(cx->a);
    value_set_text(shell, "lang", lang == LANG_EN ? S("en") : S("de"));
    value_set(root, "shell", shell);
    value_set(root, "data", data);
    if (!render_one(cx, str_printf(cx->a, "%.*s.html", STR_ARG(name)), &env, root, html) ||
        !render_one(cx, str_printf(cx->a, "%.*s.text", STR_ARG(name)), &env, root, text))
        return false;
    str light = value_str(value_at(data, S("workspace.accent")));
    str dark = value_str(value_at(data, S("workspace.accent_dark")));
    if (light.len > 0) *html = recolour(cx->a, *html, "#0b6070", light);
    if (dark.len > 0) *html = recolour(cx->a, *html, "#62c4d0", dark);
    return true;
}

str render_text(struct ctx *cx, enum lang lang, const char *key, const struct err_arg *args,
                int count)
{
    return i18n_text(cx->a, words_of(cx), lang, str_of(key), args, count);
}

/* web/liquid.h -- the Liquid template language, one engine for pages, public pages and mails.
 *
 * Tags: {{ x | filter: a, b }}, if/elsif/else, unless, case/when, for (limit, offset, reversed,
 * else, break, continue; forloop), assign, capture, comment, raw, render 'name', k: v (isolated),
 * layout 'name' with {% block name %} … {% endblock %}. Whitespace control {%- -%} {{- -}}.
 * Expressions: paths a.b[0]["c"].size .first .last, literals (also nil, blank, empty), ranges
 * (1..5) in `for`, == != < <= > >= contains and or (read from the right, as in Liquid), parentheses
 * also around filters: {% render 'ui/field', label: ('lead.name' | t) %}. A `for` over a map walks
 * over pairs: p[0] is the key, p[1] the value.
 * `shell` names the root's key everywhere; a partial sees only it and its named arguments.
 * A template with a layout holds blocks, assign and capture; these run before the layout, which
 * thus sees their variables. A block that the template lacks keeps the layout's content.
 * Filters: escape default upcase downcase capitalize append prepend replace remove split join
 *   first last size strip truncate newline_to_br plus minus times divided_by modulo round json
 *   url_encode; number percent bytes date (web/format.h; input ms, RFC 3339 or 'now');
 *   t: {{ 'lead.title' | t }}, {{ 'lead.count' | t: count: n, name: x }}. Named arguments fill
 *   {gaps}, `count` with its thousands grouped; an unknown key that is data stays as it is. A gap
 *   may take captured markup: the rest of the sentence is then escaped around it.
 *
 * Escaping is by context, found when the template is compiled: text, quoted attribute, URL
 * attribute (href, src, action, formaction, hx-get, hx-post …: javascript: and data: become
 * "#"). Output in an unquoted attribute, a tag or attribute name, <script>, <style>, an event
 * attribute or an HTML comment is a compile error; so is a branch that ends elsewhere than it
 * began (a whole attribute or a part of a value may be a branch). Values are never raw; `render`,
 * `capture`, escape and newline_to_br make markup. In text mode (mail's text part) nothing is
 * escaped.
 *
 * Limits: nesting, loop rounds in all, output bytes; passing one is an error, not a cut page.
 * Sources: Shopify's Liquid reference (tags, truthiness, whitespace); OWASP XSS cheat sheet.
 */
#pragma once

#include "base/buf.h"
#include "base/ctx.h"
#include "base/tz_store.h"
#include "base/value.h"

enum liquid_mode { LIQUID_HTML, LIQUID_TEXT };

struct liquid_template; /* compiled; immutable; shared by threads */

struct liquid_err {
    str file;
    int line;
    str what; /* English sentence */
};

/* Where templates come from, by name ("lead/show"): the absent str if there is none. */
struct liquid_source {
    str (*load)(void *user, arena *a, str name);
    void *user;
};

/* Translation: the sentence for `key` in `lang`, with {gaps} still in it; absent if unknown.
 * Plurals: "key.one" is tried first where the argument `count` is 1. */
struct liquid_env {
    str (*translate)(void *user, enum lang lang, str key);
    void *user;
    enum lang lang;
    int64_t now_ms;
    str time_zone;          /* IANA name, for `date` */
    struct tz_store *zones; /* where it is looked for; may be NULL */
};

/* A set of compiled templates, with their parts and layouts resolved. */
struct liquid_set;

/* Compile every name in names[0..count) and what they render; memory from `a`, which outlives the
 * set. False: *err says where and why. Unknown partials, filters and t-keys written as literals
 * (where env.translate is given) are compile errors. */
MUST_USE bool liquid_compile(arena *a, const struct liquid_source *source, const str *names,
                             ptrdiff_t count, const struct liquid_env *env, struct liquid_set **out,
                             struct liquid_err *err);
/* The template `name` of the set, or NULL. Names that begin with "mail/" and end with ".text" are
 * compiled in text mode, all others as HTML. */
const struct liquid_template *liquid_find(const struct liquid_set *set, str name);
/* Render over `root` (a map). False: *err (a limit). */
MUST_USE bool liquid_render(struct buf *out, const struct liquid_template *template,
                            struct value root, const struct liquid_env *env,
                            struct liquid_err *err);

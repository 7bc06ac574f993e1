#include "web/liquid.h"

#include "web/liquid_ast.h"

#include <stdarg.h>
#include <stdio.h>

bool liquid_fault(struct compiler *c, str file, int line, const char *format, ...)
{
    if (c->failed) return false;
    c->failed = true;
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    *c->err = (struct liquid_err){file, line, str_dup(c->a, str_of(text))};
    return false;
}

struct liquid_template *liquid_part(struct compiler *c, str name, enum liquid_mode mode)
{
    for (struct liquid_template *t = c->set->first; t != NULL; t = t->next)
        if (t->mode == mode && str_eq(t->name, name)) return t;
    str source = c->source->load(c->source->user, c->a, name);
    if (source.ptr == NULL) return NULL;
    struct liquid_template *t = NEW(c->a, struct liquid_template, 1);
    t->name = str_dup(c->a, name);
    t->source = source;
    t->mode = mode;
    *c->tail = t;
    c->tail = &t->next;
    return t;
}

/* Before a layout's text come only the child's assignments and blocks. */
static bool take_blocks(struct compiler *c, struct node *body, struct block_def **blocks,
                        struct node ***prelude)
{
    struct block_def *own = NULL, **tail = &own;
    for (struct node *n = body, *next; n != NULL; n = next) {
        next = n->next;
        bool blank = n->kind == NODE_TEXT && str_trim(n->as.text).len == 0;
        if (blank) continue;
        if (n->kind == NODE_ASSIGN || n->kind == NODE_CAPTURE) {
            n->next = NULL;
            **prelude = n;
            *prelude = &n->next;
            continue;
        }
        if (n->kind != NODE_BLOCK)
            return liquid_fault(c, *n->file, n->line,
                                "outside of blocks a template with a layout only assigns");
        for (const struct block_def *d = own; d != NULL; d = d->next)
            if (str_eq(d->name, n->as.block.name))
                return liquid_fault(c, *n->file, n->line, "the block \"%.*s\" stands here twice",
                                    STR_ARG(d->name));
        struct block_def *d = NEW(c->a, struct block_def, 1);
        d->name = n->as.block.name;
        d->node = n;
        *tail = d;
        tail = &d->next;
    }
    while (*blocks != NULL) blocks = &(*blocks)->next;
    *blocks = own;
    return true;
}

/* Every block has a place, or one nearer to the page took it. */
static bool check_placed(struct compiler *c, const struct block_def *blocks)
{
    for (const struct block_def *d = blocks; d != NULL; d = d->next) {
        bool taken = d->placed;
        for (const struct block_def *nearer = blocks; nearer != d; nearer = nearer->next)
            taken = taken || str_eq(nearer->name, d->name);
        if (!taken)
            return liquid_fault(c, *d->node->file, d->node->line,
                                "the layout has no place for the block \"%.*s\"", STR_ARG(d->name));
    }
    return true;
}

/* Layouts are parsed anew for each page: where blocks stand decides how their outputs escape. */
static bool compile_template(struct compiler *c, struct liquid_template *t)
{
    struct block_def *blocks = NULL;
    struct node **prelude = &t->body;
    str name = t->name, source = t->source;
    for (int layouts = 0;; layouts++) {
        str *file = NEW(c->a, str, 1);
        *file = name;
        struct parse p = {.c = c, .file = file, .mode = t->mode};
        struct node *body = liquid_parse(&p, source);
        if (c->failed) return false;
        if (p.layout.ptr == NULL) {
            *prelude = body;
            break;
        }
        if (layouts == LIQUID_LAYOUTS)
            return liquid_fault(c, name, p.layout_line, "too many layouts within each other");
        if (!take_blocks(c, body, &blocks, &prelude)) return false;
        source = c->source->load(c->source->user, c->a, p.layout);
        if (source.ptr == NULL)
            return liquid_fault(c, name, p.layout_line, "there is no layout \"%.*s\"",
                                STR_ARG(p.layout));
        name = p.layout;
    }
    return liquid_track(c, t, blocks) && check_placed(c, blocks);
}

static enum liquid_mode mode_of(str name)
{
    bool text = str_starts(name, S("mail/")) && str_ends(name, S(".text"));
    return text ? LIQUID_TEXT : LIQUID_HTML;
}

bool liquid_compile(arena *a, const struct liquid_source *source, const str *names, ptrdiff_t count,
                    const struct liquid_env *env, struct liquid_set **out, struct liquid_err *err)
{
    struct liquid_set *set = NEW(a, struct liquid_set, 1);
    struct compiler c = {.a = a, .source = source, .env = env, .set = set, .err = err};
    c.tail = &set->first;
    *err = (struct liquid_err){0};
    for (ptrdiff_t i = 0; i < count; i++)
        if (liquid_part(&c, names[i], mode_of(names[i])) == NULL)
            return liquid_fault(&c, names[i], 0, "there is no such template");
    for (struct liquid_template *t = set->first; t != NULL; t = t->next)
        if (!compile_template(&c, t)) return false;
    *out = set;
    return true;
}

const struct liquid_template *liquid_find(const struct liquid_set *set, str name)
{
    enum liquid_mode mode = mode_of(name);
    for (const struct liquid_template *t = set->first; t != NULL; t = t->next)
        if (t->mode == mode && str_eq(t->name, name)) return t;
    return NULL;
}

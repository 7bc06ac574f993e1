#include "web/liquid_html.h"

struct placed {
    struct placed *next;
    str name;
    const struct node *node;
};

struct track {
    struct compiler *c;
    enum liquid_mode mode;
    struct block_def *blocks;
    struct placed *placed;
    struct html_state *loop; /* the meeting point of a loop's rounds */
    int depth;
};

static bool track_list(struct track *t, struct html_state *s, struct node *list);

static bool fault(struct track *t, const struct node *n, const char *what)
{
    return liquid_fault(t->c, *n->file, n->line, "%s", what);
}

static bool branch_point(struct track *t, struct html_state *s, const struct node *n)
{
    const char *wrong = html_branch(s);
    return wrong == NULL || fault(t, n, wrong);
}

static bool meet(struct track *t, struct html_state *s, const struct html_state *other,
                 const struct node *n)
{
    if (html_merge(s, other)) return true;
    return liquid_fault(t->c, *n->file, n->line,
                        "the branches of this tag end in different places: %s and %s",
                        html_place(s), html_place(other));
}

/* A body from `start`; its end is merged into *end. */
static bool track_body(struct track *t, struct html_state start, struct node *body,
                       struct html_state *end, const struct node *n)
{
    struct html_state s = start;
    if (!track_list(t, &s, body) || !branch_point(t, &s, n)) return false;
    struct html_state begun = start; /* each branch ends where it began */
    return meet(t, &begun, &s, n) && meet(t, end, &s, n);
}

static bool track_choice(struct track *t, struct html_state *s, const struct node *n)
{
    if (!branch_point(t, s, n)) return false;
    struct html_state start = *s, end = *s;
    bool any = false, otherwise = false;
    for (const struct branch *b = n->as.choice.branches; b != NULL; b = b->next) {
        if (b->cond == NULL && b->when_count == 0) otherwise = true;
        struct html_state one = start;
        if (!track_list(t, &one, b->body) || !branch_point(t, &one, n)) return false;
        struct html_state begun = start;
        if (!meet(t, &begun, &one, n)) return false;
        if (!any) {
            end = one;
        } else if (!meet(t, &end, &one, n)) {
            return false;
        }
        any = true;
    }
    *s = end;
    return otherwise || meet(t, s, &start, n);
}

/* The rounds' beginnings are merged until they no longer change: each time the state only gets
 * vaguer, so twice or thrice is enough. */
static bool track_loop(struct track *t, struct html_state *s, const struct node *n)
{
    if (!branch_point(t, s, n)) return false;
    struct html_state start = *s, round = *s;
    struct html_state *outer = t->loop;
    for (bool stable = false; !stable;) {
        struct html_state end = round;
        t->loop = &end;
        bool ok = track_body(t, round, n->as.loop.body, &end, n);
        t->loop = outer;
        if (!ok) return false;
        stable = html_same(&end, &round);
        round = end;
    }
    *s = round;
    return n->as.loop.otherwise == NULL || track_body(t, start, n->as.loop.otherwise, s, n);
}

static bool track_capture(struct track *t, const struct node *n)
{
    struct html_state s = {0};
    struct html_state *loop = t->loop;
    t->loop = NULL;
    bool ok = track_list(t, &s, n->as.assign.body);
    t->loop = loop;
    if (!ok) return false;
    if (s.at == AT_TEXT) return true;
    return liquid_fault(t->c, *n->file, n->line, "the capture ends %s", html_place(&s));
}

/* The page's own block instead of the layout's, if it has one. A block may have one place only:
 * how its outputs escape is noted in its nodes. */
static bool place_block(struct track *t, struct node *n)
{
    for (const struct placed *p = t->placed; p != NULL; p = p->next) {
        if (!str_eq(p->name, n->as.block.name)) continue;
        if (p->node == n) return true;
        return liquid_fault(t->c, *n->file, n->line, "the block \"%.*s\" has two places",
                            STR_ARG(p->name));
    }
    struct placed *p = NEW(t->c->a, struct placed, 1);
    *p = (struct placed){t->placed, n->as.block.name, n};
    t->placed = p;
    for (struct block_def *d = t->blocks; d != NULL; d = d->next) {
        if (!str_eq(d->name, n->as.block.name)) continue;
        d->placed = true;
        n->as.block.body = d->node->as.block.body;
        break;
    }
    return true;
}

static bool track_block(struct track *t, struct html_state *s, struct node *n)
{
    if (!place_block(t, n) || !branch_point(t, s, n)) return false;
    struct html_state start = *s, one = *s;
    if (!track_list(t, &one, n->as.block.body) || !branch_point(t, &one, n)) return false;
    *s = one;
    return meet(t, &start, &one, n);
}

static bool track_output(struct track *t, struct html_state *s, struct node *n)
{
    if (t->mode == LIQUID_TEXT) {
        n->as.output.context = OUT_PLAIN;
        return true;
    }
    const char *wrong = html_output(s, &n->as.output.context);
    return wrong == NULL || fault(t, n, wrong);
}

static bool track_text(struct track *t, struct html_state *s, const struct node *n)
{
    if (t->mode == LIQUID_TEXT) return true;
    int line = n->line;
    const char *wrong = html_read(s, n->as.text, &line);
    return wrong == NULL || liquid_fault(t->c, *n->file, line, "%s", wrong);
}

static bool track_jump(struct track *t, const struct html_state *s, const struct node *n)
{
    struct html_state here = *s;
    return t->loop == NULL || (branch_point(t, &here, n) && meet(t, t->loop, &here, n));
}

static bool track_node(struct track *t, struct html_state *s, struct node *n)
{
    switch (n->kind) {
    case NODE_TEXT:
        return track_text(t, s, n);
    case NODE_OUTPUT:
        return track_output(t, s, n);
    case NODE_IF:
    case NODE_CASE:
        return track_choice(t, s, n);
    case NODE_FOR:
        return track_loop(t, s, n);
    case NODE_BREAK:
    case NODE_CONTINUE:
        return track_jump(t, s, n);
    case NODE_ASSIGN:
        return true;
    case NODE_CAPTURE:
        return track_capture(t, n);
    case NODE_RENDER:
        return s->at == AT_TEXT || fault(t, n, "render stands between tags only");
    case NODE_BLOCK:
        return track_block(t, s, n);
    }
    return false;
}

static bool track_list(struct track *t, struct html_state *s, struct node *list)
{
    if (t->depth >= 2 * LIQUID_NESTING) return list == NULL || fault(t, list, "nested too deeply");
    t->depth++;
    bool ok = true;
    for (struct node *n = list; ok && n != NULL; n = n->next) ok = track_node(t, s, n);
    t->depth--;
    return ok;
}

bool liquid_track(struct compiler *c, struct liquid_template *t, struct block_def *blocks)
{
    struct track track = {.c = c, .mode = t->mode, .blocks = blocks};
    struct html_state s = {0};
    if (!track_list(&track, &s, t->body)) return false;
    if (s.at == AT_TEXT) return true;
    return liquid_fault(c, t->name, 0, "the template ends %s", html_place(&s));
}

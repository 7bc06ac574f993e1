#include "web/liquid_ast.h"

static struct node *parse_nodes(struct parse *p);

static struct node *new_node(struct parse *p, enum node_kind kind)
{
    if (++p->c->nodes > LIQUID_NODES) liquid_parse_fault(p, "the templates are too large");
    struct node *n = NEW(p->c->a, struct node, 1);
    n->kind = kind;
    n->line = p->line;
    n->file = p->file;
    return n;
}

/* The nodes up to a tag this list does not know: p->stop names it, the tag's rest is at hand. */
static struct node *parse_body(struct parse *p)
{
    if (p->depth >= LIQUID_NESTING) {
        liquid_parse_fault(p, "nested too deeply");
        return NULL;
    }
    p->depth++;
    struct node *body = parse_nodes(p);
    p->depth--;
    return body;
}

static bool stopped(const struct parse *p, const char *tag)
{
    return !p->c->failed && str_eq(p->stop, str_of(tag));
}

/* The list ended: was it by `end`? */
static bool expect_end(struct parse *p, const char *end, int line)
{
    if (p->c->failed) return false;
    if (stopped(p, end)) return liquid_parse_done(p);
    if (p->stop.ptr == NULL)
        return liquid_parse_fault(p, "{%% %s %%} is missing for line %d", end, line);
    return liquid_parse_fault(p, "{%% %.*s %%} where {%% %s %%} of line %d should stand",
                              STR_ARG(p->stop), end, line);
}

static struct node *parse_if_tag(struct parse *p, bool negate, const char *end)
{
    struct node *n = new_node(p, NODE_IF);
    struct branch **tail = &n->as.choice.branches;
    bool last = false;
    for (bool first = true;; first = false) {
        struct branch *b = NEW(p->c->a, struct branch, 1);
        b->negate = first && negate;
        if (!last) {
            b->cond = liquid_parse_condition(p);
            if (b->cond == NULL) return NULL;
        }
        if (!liquid_parse_done(p)) return NULL;
        b->body = parse_body(p);
        *tail = b;
        tail = &b->next;
        if (last || (!stopped(p, "elsif") && !stopped(p, "else"))) break;
        last = stopped(p, "else");
    }
    return expect_end(p, end, n->line) ? n : NULL;
}

static struct node *parse_if(struct parse *p)
{
    return parse_if_tag(p, false, "endif");
}

static struct node *parse_unless(struct parse *p)
{
    return parse_if_tag(p, true, "endunless");
}

static bool parse_when(struct parse *p, struct branch *b)
{
    do {
        if (b->when_count == LIQUID_ARGS) return liquid_parse_fault(p, "too many values in when");
        struct expr *e = liquid_parse_value(p, false);
        if (e == NULL) return false;
        b->when[b->when_count++] = e;
    } while (liquid_parse_take(p, ",") || liquid_parse_take(p, "or"));
    return true;
}

static bool is_blank_text(const struct node *n)
{
    return n->kind == NODE_TEXT && str_trim(n->as.text).len == 0;
}

static struct node *parse_case(struct parse *p)
{
    struct node *n = new_node(p, NODE_CASE);
    n->as.choice.subject = liquid_parse_value(p, false);
    if (n->as.choice.subject == NULL || !liquid_parse_done(p)) return NULL;
    for (const struct node *gap = parse_body(p); gap != NULL; gap = gap->next)
        if (!is_blank_text(gap)) {
            liquid_parse_fault(p, "something stands between case and when");
            return NULL;
        }
    struct branch **tail = &n->as.choice.branches;
    while (stopped(p, "when") || stopped(p, "else")) {
        bool last = stopped(p, "else");
        struct branch *b = NEW(p->c->a, struct branch, 1);
        if (!last && !parse_when(p, b)) return NULL;
        if (!liquid_parse_done(p)) return NULL;
        b->body = parse_body(p);
        *tail = b;
        tail = &b->next;
        if (last) break;
    }
    return expect_end(p, "endcase", n->line) ? n : NULL;
}

static bool own_name(struct parse *p, str *out)
{
    if (!liquid_parse_name(p, "the name of a variable", out)) return false;
    if (!str_eq(*out, S("shell")) && !str_eq(*out, S("forloop"))) return true;
    return liquid_parse_fault(p, "\"%.*s\" cannot be set", STR_ARG(*out));
}

static bool parse_for_options(struct parse *p, struct node *n)
{
    while (p->token.kind == TOKEN_NAME) {
        if (liquid_parse_take(p, "reversed")) {
            n->as.loop.reversed = true;
            continue;
        }
        bool limit = str_eq(p->token.text, S("limit"));
        if (!limit && !str_eq(p->token.text, S("offset"))) break;
        liquid_parse_advance(p);
        if (!liquid_parse_take(p, ":")) return liquid_parse_fault(p, "\":\" is missing");
        struct expr *e = liquid_parse_value(p, false);
        if (e == NULL) return false;
        *(limit ? &n->as.loop.limit : &n->as.loop.offset) = e;
        liquid_parse_take(p, ",");
    }
    return liquid_parse_done(p);
}

static struct node *parse_for(struct parse *p)
{
    struct node *n = new_node(p, NODE_FOR);
    if (!own_name(p, &n->as.loop.name)) return NULL;
    if (!liquid_parse_take(p, "in")) {
        liquid_parse_fault(p, "\"in\" is missing");
        return NULL;
    }
    n->as.loop.over = liquid_parse_value(p, true);
    if (n->as.loop.over == NULL || !parse_for_options(p, n)) return NULL;
    p->loops++;
    n->as.loop.body = parse_body(p);
    p->loops--;
    if (stopped(p, "else") && liquid_parse_done(p)) n->as.loop.otherwise = parse_body(p);
    return expect_end(p, "endfor", n->line) ? n : NULL;
}

static struct node *parse_jump(struct parse *p, enum node_kind kind)
{
    struct node *n = new_node(p, kind);
    if (p->loops > 0) return liquid_parse_done(p) ? n : NULL;
    liquid_parse_fault(p, "break and continue stand within {%% for %%} only");
    return NULL;
}

static struct node *parse_break(struct parse *p)
{
    return parse_jump(p, NODE_BREAK);
}

static struct node *parse_continue(struct parse *p)
{
    return parse_jump(p, NODE_CONTINUE);
}

static struct node *parse_assign(struct parse *p)
{
    struct node *n = new_node(p, NODE_ASSIGN);
    if (!own_name(p, &n->as.assign.name)) return NULL;
    if (!liquid_parse_take(p, "=")) {
        liquid_parse_fault(p, "\"=\" is missing");
        return NULL;
    }
    n->as.assign.value = liquid_parse_filtered(p);
    return n->as.assign.value != NULL && liquid_parse_done(p) ? n : NULL;
}

/* A body of its own: a jump may not leave it. */
static struct node *closed_body(struct parse *p)
{
    int loops = p->loops;
    p->loops = 0;
    struct node *body = parse_body(p);
    p->loops = loops;
    return body;
}

static struct node *parse_capture(struct parse *p)
{
    struct node *n = new_node(p, NODE_CAPTURE);
    if (!own_name(p, &n->as.assign.name) || !liquid_parse_done(p)) return NULL;
    n->as.assign.body = closed_body(p);
    return expect_end(p, "endcapture", n->line) ? n : NULL;
}

static bool literal_name(struct parse *p, const char *tag, str *out)
{
    if (p->token.kind != TOKEN_TEXT) return liquid_parse_fault(p, "%s wants a name in quotes", tag);
    *out = p->token.text;
    liquid_parse_advance(p);
    return true;
}

static struct node *parse_render(struct parse *p)
{
    struct node *n = new_node(p, NODE_RENDER);
    str name;
    if (!literal_name(p, "render", &name)) return NULL;
    struct liquid_template *part = liquid_part(p->c, name, p->mode);
    if (part == NULL) {
        liquid_parse_fault(p, "there is no template \"%.*s\"", STR_ARG(name));
        return NULL;
    }
    n->as.render.part = part;
    n->as.render.args = NEW(p->c->a, struct arg, 2 * LIQUID_ARGS);
    while (liquid_parse_take(p, ",") && p->token.kind != TOKEN_END) {
        struct arg arg = {0};
        if (n->as.render.count == 2 * LIQUID_ARGS) {
            liquid_parse_fault(p, "too many arguments");
            return NULL;
        }
        if (!own_name(p, &arg.name)) return NULL;
        if (!liquid_parse_take(p, ":")) {
            liquid_parse_fault(p, "\":\" is missing behind \"%.*s\"", STR_ARG(arg.name));
            return NULL;
        }
        arg.value = liquid_parse_value(p, false);
        if (arg.value == NULL) return NULL;
        n->as.render.args[n->as.render.count++] = arg;
    }
    return liquid_parse_done(p) ? n : NULL;
}

static struct node *parse_layout(struct parse *p)
{
    if (p->begun || p->layout.ptr != NULL || p->depth > 1) {
        liquid_parse_fault(p, "layout has to be the first tag");
        return NULL;
    }
    p->layout_line = p->line;
    if (literal_name(p, "layout", &p->layout)) liquid_parse_done(p);
    return NULL;
}

static struct node *parse_block(struct parse *p)
{
    struct node *n = new_node(p, NODE_BLOCK);
    if (!liquid_parse_name(p, "the name of the block", &n->as.block.name)) return NULL;
    if (!liquid_parse_done(p)) return NULL;
    n->as.block.body = closed_body(p);
    if (stopped(p, "endblock") && p->token.kind == TOKEN_NAME) { /* {% endblock content %} */
        str name;
        if (!liquid_parse_name(p, "the name", &name)) return NULL;
        if (!str_eq(name, n->as.block.name)) {
            liquid_parse_fault(p, "endblock %.*s closes block %.*s of line %d", STR_ARG(name),
                               STR_ARG(n->as.block.name), n->line);
            return NULL;
        }
    }
    return expect_end(p, "endblock", n->line) ? n : NULL;
}

static struct node *parse_raw(struct parse *p)
{
    struct node *n = new_node(p, NODE_TEXT);
    if (!liquid_parse_done(p)) return NULL;
    n->line = p->reader.line;
    if (liquid_skip_to_end(&p->reader, S("raw"), &n->as.text)) return n;
    liquid_parse_fault(p, "{%% endraw %%} is missing");
    return NULL;
}

static struct node *parse_comment(struct parse *p)
{
    str body;
    if (!liquid_skip_to_end(&p->reader, S("comment"), &body))
        liquid_parse_fault(p, "{%% endcomment %%} is missing");
    return NULL;
}

typedef struct node *parse_tag(struct parse *p);

static parse_tag *tag_of(str name)
{
    static const struct {
        const char *name;
        parse_tag *parse;
    } tags[] = {
        {"assign", parse_assign},     {"block", parse_block}, {"break", parse_break},
        {"capture", parse_capture},   {"case", parse_case},   {"comment", parse_comment},
        {"continue", parse_continue}, {"for", parse_for},     {"if", parse_if},
        {"layout", parse_layout},     {"raw", parse_raw},     {"render", parse_render},
        {"unless", parse_unless},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(tags); i++)
        if (str_eq(name, str_of(tags[i].name))) return tags[i].parse;
    return NULL;
}

static bool is_stop(str name)
{
    return str_starts(name, S("end")) || str_eq(name, S("else")) || str_eq(name, S("elsif")) ||
           str_eq(name, S("when"));
}

static struct node *text_node(struct parse *p, struct piece piece)
{
    if (piece.text.len == 0) return NULL;
    if (str_trim(piece.text).len > 0) p->begun = true;
    p->line = piece.line;
    struct node *n = new_node(p, NODE_TEXT);
    n->as.text = piece.text;
    return n;
}

static struct node *output_node(struct parse *p, struct piece piece)
{
    p->begun = true;
    liquid_parse_begin(p, piece.text, piece.line);
    struct node *n = new_node(p, NODE_OUTPUT);
    n->as.output.value = liquid_parse_filtered(p);
    return liquid_parse_done(p) ? n : NULL;
}

/* A tag; true in *stop if it ends the list. */
static struct node *tag_node(struct parse *p, struct piece piece, bool *stop)
{
    if (piece.text.len > 0 && piece.text.ptr[0] == '#') return NULL;
    liquid_parse_begin(p, piece.text, piece.line);
    str name;
    if (!liquid_parse_name(p, "the name of a tag", &name)) return NULL;
    parse_tag *parse = tag_of(name);
    if (parse == NULL && is_stop(name)) {
        *stop = true;
        p->stop = name;
        return NULL;
    }
    if (parse == NULL) {
        liquid_parse_fault(p, "there is no tag \"%.*s\"", STR_ARG(name));
        return NULL;
    }
    struct node *n = parse(p);
    if (parse != parse_comment) p->begun = true;
    return n;
}

static struct node *parse_nodes(struct parse *p)
{
    struct node *first = NULL, **tail = &first;
    p->stop = (str){0};
    for (bool stop = false; !p->c->failed;) {
        struct piece piece = liquid_next_piece(&p->reader);
        struct node *n = NULL;
        if (piece.kind == PIECE_END) {
            p->line = piece.line;
            p->stop = (str){0};
            break;
        }
        if (piece.kind == PIECE_FAULT) {
            p->line = piece.line;
            liquid_parse_fault(p, "%s", piece.fault);
            break;
        }
        if (piece.kind == PIECE_TEXT) n = text_node(p, piece);
        if (piece.kind == PIECE_OUTPUT) n = output_node(p, piece);
        if (piece.kind == PIECE_TAG) n = tag_node(p, piece, &stop);
        if (stop) break;
        if (n == NULL) continue;
        *tail = n;
        tail = &n->next;
    }
    return first;
}

struct node *liquid_parse(struct parse *p, str src)
{
    p->reader = (struct reader){.src = src, .line = 1};
    struct node *body = parse_body(p);
    if (!p->c->failed && p->stop.ptr != NULL)
        liquid_parse_fault(p, "{%% %.*s %%} closes nothing", STR_ARG(p->stop));
    return body;
}

#include "web/liquid_ast.h"

#include <stdarg.h>
#include <stdio.h>

bool liquid_parse_fault(struct parse *p, const char *format, ...)
{
    char text[300];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    p->token = (struct token){TOKEN_END, S("")};
    p->at = p->src.len;
    return liquid_fault(p->c, *p->file, p->line, "%s", text);
}

void liquid_parse_begin(struct parse *p, str src, int line)
{
    p->src = src;
    p->at = 0;
    p->line = line;
    liquid_parse_advance(p);
}

void liquid_parse_advance(struct parse *p)
{
    p->token = liquid_next_token(p->src, &p->at);
    if (p->token.kind == TOKEN_FAULT)
        liquid_parse_fault(p, "unexpected \"%.*s\"", STR_ARG(str_slice(p->token.text, 0, 40)));
}

static bool is_mark(const struct parse *p, const char *text)
{
    return p->token.kind == TOKEN_MARK && str_eq(p->token.text, str_of(text));
}

static bool is_word(const struct parse *p, const char *text)
{
    return p->token.kind == TOKEN_NAME && str_eq(p->token.text, str_of(text));
}

bool liquid_parse_take(struct parse *p, const char *text)
{
    if (!is_mark(p, text) && !is_word(p, text)) return false;
    liquid_parse_advance(p);
    return true;
}

bool liquid_parse_done(struct parse *p)
{
    if (p->c->failed) return false;
    if (p->token.kind == TOKEN_END) return true;
    return liquid_parse_fault(p, "unexpected \"%.*s\"", STR_ARG(p->token.text));
}

bool liquid_parse_name(struct parse *p, const char *what, str *out)
{
    if (p->token.kind != TOKEN_NAME) return liquid_parse_fault(p, "%s is missing", what);
    *out = p->token.text;
    liquid_parse_advance(p);
    return !p->c->failed;
}

static struct expr *new_expr(struct parse *p, enum expr_kind kind)
{
    if (++p->c->nodes > LIQUID_NODES) liquid_parse_fault(p, "the templates are too large");
    struct expr *e = NEW(p->c->a, struct expr, 1);
    e->kind = kind;
    return e;
}

static struct expr *literal(struct parse *p, struct value v)
{
    struct expr *e = new_expr(p, EXPR_LITERAL);
    e->as.literal = v;
    return e;
}

static struct expr *parse_number(struct parse *p)
{
    str text = p->token.text;
    ptrdiff_t point = str_find_char(text, '.');
    int64_t n = 0;
    int scale = 0;
    bool ok;
    if (point < 0) {
        ok = str_to_i64(text, &n);
    } else {
        str digits = str_replace(p->c->a, text, S("."), S(""));
        scale = (int)(text.len - point - 1);
        ok = text.len <= 19 && str_to_i64(digits, &n);
    }
    if (!ok) {
        liquid_parse_fault(p, "the number %.*s is too large", STR_ARG(text));
        return NULL;
    }
    liquid_parse_advance(p);
    return literal(p, point < 0 ? value_int(n) : value_decimal(n, scale));
}

/* ".name" and "[index]" behind a name. */
static bool parse_steps(struct parse *p, struct step **tail)
{
    while (!p->c->failed) {
        struct step *step;
        if (liquid_parse_take(p, ".")) {
            step = NEW(p->c->a, struct step, 1);
            if (!liquid_parse_name(p, "a name behind \".\"", &step->name)) return false;
        } else if (liquid_parse_take(p, "[")) {
            step = NEW(p->c->a, struct step, 1);
            step->index = liquid_parse_value(p, false);
            if (step->index == NULL) return false;
            if (!liquid_parse_take(p, "]")) return liquid_parse_fault(p, "\"]\" is missing");
        } else {
            return true;
        }
        *tail = step;
        tail = &step->next;
    }
    return false;
}

static struct expr *parse_path(struct parse *p)
{
    static const struct {
        const char *word;
        enum expr_kind kind;
        struct value value;
    } words[] = {
        {"true", EXPR_LITERAL, {VALUE_BOOL, {.boolean = true}}},
        {"false", EXPR_LITERAL, {VALUE_BOOL, {.boolean = false}}},
        {"nil", EXPR_LITERAL, {VALUE_NULL, {0}}},
        {"null", EXPR_LITERAL, {VALUE_NULL, {0}}},
        {"blank", EXPR_BLANK, {VALUE_NULL, {0}}},
        {"empty", EXPR_EMPTY, {VALUE_NULL, {0}}},
    };
    str name = p->token.text;
    liquid_parse_advance(p);
    if (!is_mark(p, ".") && !is_mark(p, "["))
        for (ptrdiff_t i = 0; i < COUNTOF(words); i++)
            if (str_eq(name, str_of(words[i].word))) {
                struct expr *e = literal(p, words[i].value);
                e->kind = words[i].kind;
                return e;
            }
    struct expr *e = new_expr(p, EXPR_PATH);
    e->as.path.name = name;
    e->as.path.head = str_eq(name, S("shell"))     ? HEAD_SHELL
                      : str_eq(name, S("forloop")) ? HEAD_FORLOOP
                                                   : HEAD_NAME;
    return parse_steps(p, &e->as.path.steps) ? e : NULL;
}

static struct expr *with_filters(struct parse *p, struct expr *input);

/* "(1..5)" for loops, or a group: "(a or b)", "('lead.name' | t)". */
static struct expr *parse_parens(struct parse *p, bool range)
{
    struct expr *e = liquid_parse_condition(p);
    if (e == NULL) return NULL;
    if (liquid_parse_take(p, "..")) {
        if (!range) {
            liquid_parse_fault(p, "a range stands in {%% for %%} only");
            return NULL;
        }
        struct expr *pair = new_expr(p, EXPR_RANGE);
        pair->as.pair.left = e;
        pair->as.pair.right = liquid_parse_value(p, false);
        e = pair->as.pair.right == NULL ? NULL : pair;
    } else {
        e = with_filters(p, e);
    }
    if (e == NULL) return NULL;
    if (liquid_parse_take(p, ")")) return e;
    liquid_parse_fault(p, "\")\" is missing");
    return NULL;
}

struct expr *liquid_parse_value(struct parse *p, bool range)
{
    if (p->c->failed) return NULL;
    if (p->depth >= LIQUID_NESTING) {
        liquid_parse_fault(p, "nested too deeply");
        return NULL;
    }
    p->depth++;
    struct expr *e = NULL;
    if (p->token.kind == TOKEN_NUMBER) {
        e = parse_number(p);
    } else if (p->token.kind == TOKEN_TEXT) {
        e = literal(p, value_text(p->token.text));
        liquid_parse_advance(p);
    } else if (p->token.kind == TOKEN_NAME) {
        e = parse_path(p);
    } else if (liquid_parse_take(p, "(")) {
        e = parse_parens(p, range);
    } else if (p->token.kind == TOKEN_END) {
        liquid_parse_fault(p, "a value is missing");
    } else {
        liquid_parse_fault(p, "a value is missing before \"%.*s\"", STR_ARG(p->token.text));
    }
    p->depth--;
    return p->c->failed ? NULL : e;
}

static struct expr *parse_comparison(struct parse *p)
{
    static const struct {
        const char *text;
        enum compare_op op;
    } ops[] = {{"==", OP_EQ}, {"!=", OP_NE}, {"<>", OP_NE}, {"<=", OP_LE},
               {">=", OP_GE}, {"<", OP_LT},  {">", OP_GT},  {"contains", OP_CONTAINS}};
    struct expr *left = liquid_parse_value(p, false);
    if (left == NULL) return NULL;
    for (ptrdiff_t i = 0; i < COUNTOF(ops); i++) {
        if (!liquid_parse_take(p, ops[i].text)) continue;
        struct expr *e = new_expr(p, EXPR_COMPARE);
        e->as.pair.op = ops[i].op;
        e->as.pair.left = left;
        e->as.pair.right = liquid_parse_value(p, false);
        return e->as.pair.right == NULL ? NULL : e;
    }
    return left;
}

/* As in Liquid: `and` and `or` weigh the same and are read from the right. */
struct expr *liquid_parse_condition(struct parse *p)
{
    struct expr *left = parse_comparison(p);
    if (left == NULL) return NULL;
    enum expr_kind kind = is_word(p, "and") ? EXPR_AND : EXPR_OR;
    if (!liquid_parse_take(p, "and") && !liquid_parse_take(p, "or")) return left;
    if (p->depth >= LIQUID_NESTING) {
        liquid_parse_fault(p, "nested too deeply");
        return NULL;
    }
    p->depth++;
    struct expr *e = new_expr(p, kind);
    e->as.pair.left = left;
    e->as.pair.right = liquid_parse_condition(p);
    p->depth--;
    return e->as.pair.right == NULL ? NULL : e;
}

/* Does "name:" stand here? */
static bool at_named(const struct parse *p)
{
    if (p->token.kind != TOKEN_NAME) return false;
    ptrdiff_t at = p->at;
    struct token next = liquid_next_token(p->src, &at);
    return next.kind == TOKEN_MARK && str_eq(next.text, S(":"));
}

static bool parse_filter_arg(struct parse *p, struct filter *f)
{
    struct arg arg = {0};
    bool named = at_named(p);
    if (named) {
        arg.name = p->token.text;
        liquid_parse_advance(p);
        liquid_parse_advance(p);
    }
    int *count = named ? &f->named_count : &f->count;
    if (*count == LIQUID_ARGS) return liquid_parse_fault(p, "too many arguments");
    arg.value = liquid_parse_value(p, false);
    if (arg.value == NULL) return false;
    (named ? f->named : f->arg)[(*count)++] = arg;
    return true;
}

static struct filter *parse_filter(struct parse *p)
{
    struct filter *f = NEW(p->c->a, struct filter, 1);
    f->line = p->line;
    str name;
    if (!liquid_parse_name(p, "the name of a filter", &name)) return NULL;
    f->def = liquid_filter(name);
    if (f->def == NULL) {
        liquid_parse_fault(p, "there is no filter \"%.*s\"", STR_ARG(name));
        return NULL;
    }
    if (liquid_parse_take(p, ":")) {
        do {
            if (!parse_filter_arg(p, f)) return NULL;
        } while (liquid_parse_take(p, ","));
    }
    if (f->count < f->def->min || f->count > f->def->max) {
        liquid_parse_fault(p, "the filter %s takes %d to %d arguments, not %d", f->def->name,
                           f->def->min, f->def->max, f->count);
        return NULL;
    }
    if (f->named_count > 0 && !f->def->named) {
        liquid_parse_fault(p, "the filter %s takes no named arguments", f->def->name);
        return NULL;
    }
    return f;
}

/* What can be told without data: an unknown sentence, an unknown way to write a date. */
static bool check_literals(struct parse *p, const struct expr *input, const struct filter *f)
{
    str name = str_of(f->def->name);
    if (str_eq(name, S("date")) && f->count == 1 && f->arg[0].value->kind == EXPR_LITERAL) {
        enum date_format format;
        str wanted = value_str(f->arg[0].value->as.literal);
        if (!date_format_of(wanted, &format))
            return liquid_parse_fault(p, "there is no date format \"%.*s\"", STR_ARG(wanted));
    }
    if (input == NULL || input->kind != EXPR_LITERAL || !str_eq(name, S("t"))) return true;
    str key = value_str(input->as.literal);
    const struct liquid_env *env = p->c->env;
    if (env == NULL || env->translate == NULL || liquid_knows_key(env, key)) return true;
    return liquid_parse_fault(p, "there is no sentence \"%.*s\"", STR_ARG(key));
}

static struct expr *with_filters(struct parse *p, struct expr *input)
{
    if (!is_mark(p, "|")) return input;
    struct expr *e = new_expr(p, EXPR_FILTERED);
    e->as.filtered.input = input;
    struct filter **tail = &e->as.filtered.filters;
    while (liquid_parse_take(p, "|")) {
        struct filter *f = parse_filter(p);
        if (f == NULL) return NULL;
        bool first = tail == &e->as.filtered.filters;
        if (!check_literals(p, first ? input : NULL, f)) return NULL;
        *tail = f;
        tail = &f->next;
        if (++p->c->nodes > LIQUID_NODES) liquid_parse_fault(p, "the templates are too large");
    }
    return p->c->failed ? NULL : e;
}

struct expr *liquid_parse_filtered(struct parse *p)
{
    struct expr *input = liquid_parse_value(p, false);
    return input == NULL ? NULL : with_filters(p, input);
}

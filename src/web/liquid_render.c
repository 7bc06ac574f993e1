#include "web/liquid_ast.h"

#include "base/html.h"

#include <string.h>

enum flow { FLOW_ON, FLOW_BREAK, FLOW_CONTINUE };

static enum flow run_list(struct run *r, const struct node *list);

const struct tz *liquid_zone(struct run *r)
{
    if (!r->zone_tried) {
        r->zone_tried = true;
        str name = r->env->time_zone;
        if (name.len > 0 && !tz_store_get(r->env->zones, r->a, name, &r->zone)) r->zone = NULL;
    }
    return r->zone;
}

/* ---- writing a value where it stands ---- */

/* Where a URL's scheme ends, or -1: white space and control bytes are skipped as browsers do. */
static ptrdiff_t read_scheme(str url, char *scheme, ptrdiff_t size, ptrdiff_t *len)
{
    *len = 0;
    for (ptrdiff_t i = 0; i < url.len; i++) {
        char c = url.ptr[i];
        if (c == ':') return i;
        if (c == '/' || c == '?' || c == '#') return -1;
        if ((unsigned char)c <= ' ') continue;
        if (*len < size) scheme[*len] = c;
        (*len)++;
    }
    return -1;
}

bool liquid_url_ok(str url)
{
    char scheme[8];
    ptrdiff_t len;
    if (read_scheme(url, scheme, COUNTOF(scheme), &len) < 0) return true;
    if (len > COUNTOF(scheme)) return false;
    str s = {scheme, len};
    return str_eq_nocase(s, S("http")) || str_eq_nocase(s, S("https")) ||
           str_eq_nocase(s, S("mailto")) || str_eq_nocase(s, S("tel"));
}

bool liquid_url_part_ok(str url)
{
    char scheme[1];
    ptrdiff_t len;
    return read_scheme(url, scheme, COUNTOF(scheme), &len) < 0;
}

/* Markup in an attribute: its character references stand, its tags and quotes do not. */
static void put_quoted_markup(struct buf *b, str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '&') {
            buf_char(b, '&');
        } else {
            html_escape(b, str_slice(s, i, i + 1));
        }
    }
}

static void put_escaped(struct buf *b, struct value v)
{
    if (v.type == VALUE_TEXT) {
        html_escape(b, v.as.text);
        return;
    }
    if (v.type != VALUE_LIST) {
        liquid_write(b, v); /* digits, "true": nothing to escape */
        return;
    }
    for (ptrdiff_t i = 0; i < v.as.list->count; i++)
        if (v.as.list->item[i].type != VALUE_LIST) put_escaped(b, v.as.list->item[i]);
}

static void put_value(struct run *r, enum out_context context, struct lv lv)
{
    bool ok = true;
    if (context == OUT_PLAIN || (context == OUT_TEXT && lv.markup)) {
        liquid_write(r->out, lv.v);
        return;
    }
    if (context == OUT_URL || context == OUT_URL_MORE) {
        str url = liquid_text(r, lv.v);
        ok = context == OUT_URL ? liquid_url_ok(url) : liquid_url_part_ok(url);
        lv.v = value_text(url);
    }
    if (!ok) {
        buf_char(r->out, '#');
    } else if (lv.markup) {
        put_quoted_markup(r->out, liquid_text(r, lv.v));
    } else {
        put_escaped(r->out, lv.v);
    }
}

/* ---- nodes ---- */

void liquid_set(struct run *r, str name, struct lv value)
{
    struct frame *f = r->frame;
    for (int i = 0; i < f->count; i++)
        if (str_eq(f->variable[i].name, name)) {
            f->variable[i].value = value;
            return;
        }
    if (f->count == f->cap) {
        int cap = f->cap == 0 ? 8 : 2 * f->cap;
        struct variable *grown = NEW(r->a, struct variable, cap);
        if (f->count > 0) memcpy(grown, f->variable, (size_t)f->count * sizeof *grown);
        f->variable = grown;
        f->cap = cap;
    }
    f->variable[f->count++] = (struct variable){name, value};
}

static bool count_round(struct run *r)
{
    if (++r->rounds <= LIQUID_ROUNDS) return !r->failed;
    return liquid_stop(r, "too many loop rounds");
}

static enum flow run_choice(struct run *r, const struct node *n)
{
    struct value subject = {0};
    if (n->kind == NODE_CASE) subject = liquid_eval(r, n->as.choice.subject).v;
    for (const struct branch *b = n->as.choice.branches; b != NULL; b = b->next) {
        bool taken = b->cond == NULL && b->when_count == 0;
        if (b->cond != NULL) taken = liquid_true(r, b->cond) != b->negate;
        for (int i = 0; i < b->when_count && !taken; i++)
            taken = liquid_equal(subject, liquid_eval(r, b->when[i]).v);
        if (taken) return run_list(r, b->body);
    }
    return FLOW_ON;
}

/* What a loop walks over: a list, a map's pairs, numbers, or one text. */
struct walk {
    struct value over;
    int64_t from, count; /* numbers: from, from + 1 … */
};

static struct walk walk_of(struct run *r, const struct expr *over)
{
    struct walk w = {0};
    if (over->kind == EXPR_RANGE) {
        struct value from = liquid_eval(r, over->as.pair.left).v;
        struct value to = liquid_eval(r, over->as.pair.right).v;
        if (from.type != VALUE_INT || to.type != VALUE_INT) return w;
        w.from = from.as.integer;
        /* A count beyond the limit is stopped by it, so that it need not be exact. */
        if (to.as.integer < w.from) return w;
        uint64_t span = (uint64_t)to.as.integer - (uint64_t)w.from;
        w.count = span > LIQUID_ROUNDS ? LIQUID_ROUNDS + 1 : (int64_t)span + 1;
        w.over = value_int(w.from);
        return w;
    }
    w.over = liquid_eval(r, over).v;
    w.count = value_count(w.over);
    if (w.over.type == VALUE_TEXT && w.over.as.text.len > 0) w.count = 1;
    return w;
}

static struct value walk_item(struct run *r, const struct walk *w, int64_t i)
{
    switch (w->over.type) {
    case VALUE_LIST:
        return w->over.as.list->item[i];
    case VALUE_INT:
        return value_int((int64_t)((uint64_t)w->from + (uint64_t)i));
    case VALUE_TEXT:
        return w->over;
    case VALUE_MAP: {
        const ptrdiff_t bytes = sizeof(struct value_list) + 2 * sizeof(struct value);
        if (!liquid_took(r, bytes)) return value_null();
        struct value pair = value_list(r->a);
        struct value *item = NEW(r->a, struct value, 2);
        item[0] = value_text(w->over.as.map->entry[i].key);
        item[1] = w->over.as.map->entry[i].value;
        *pair.as.list = (struct value_list){r->a, item, 2, 2};
        return pair;
    }
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_DECIMAL:
        break;
    }
    return value_null();
}

/* A count within 0..most; `most` if there is no expression. */
static int64_t bound(struct run *r, const struct expr *e, int64_t otherwise, int64_t most)
{
    if (e == NULL) return otherwise;
    struct value v = liquid_eval(r, e).v;
    if (v.type != VALUE_INT || v.as.integer < 0) return v.type == VALUE_INT ? 0 : otherwise;
    return v.as.integer < most ? v.as.integer : most;
}

static enum flow run_loop(struct run *r, const struct node *n)
{
    struct walk w = walk_of(r, n->as.loop.over);
    int64_t from = bound(r, n->as.loop.offset, 0, w.count);
    int64_t count = bound(r, n->as.loop.limit, w.count - from, w.count - from);
    if (count == 0) return run_list(r, n->as.loop.otherwise);
    struct loop_run loop = {.outer = r->frame->loop, .name = n->as.loop.name, .count = count};
    r->frame->loop = &loop;
    for (int64_t i = 0; i < count; i++) {
        r->node = n;
        if (!count_round(r)) break;
        int64_t at = from + (n->as.loop.reversed ? count - 1 - i : i);
        loop.item = lv_of(walk_item(r, &w, at));
        loop.index = i;
        if (run_list(r, n->as.loop.body) == FLOW_BREAK) break;
    }
    r->frame->loop = loop.outer;
    return FLOW_ON;
}

static void run_capture(struct run *r, const struct node *n)
{
    struct buf *page = r->out;
    struct buf b = liquid_make(r);
    r->out = &b;
    run_list(r, n->as.assign.body);
    r->out = page;
    liquid_set(r, n->as.assign.name,
               (struct lv){value_text(liquid_made(r, &b)), r->mode == LIQUID_HTML});
}

static void run_part(struct run *r, const struct node *n)
{
    if (r->depth >= LIQUID_RENDER_DEPTH) {
        liquid_stop(r, "too many partials within each other");
        return;
    }
    if (!count_round(r)) return;
    struct variable args[2 * LIQUID_ARGS];
    for (int i = 0; i < n->as.render.count; i++)
        args[i] = (struct variable){n->as.render.args[i].name,
                                    liquid_eval(r, n->as.render.args[i].value)};
    struct frame frame = {
        .variable = args, .count = n->as.render.count, .cap = COUNTOF(args), .isolated = true};
    struct frame *caller = r->frame;
    r->frame = &frame;
    r->depth++;
    run_list(r, n->as.render.part->body);
    r->depth--;
    r->frame = caller;
}

static enum flow run_node(struct run *r, const struct node *n)
{
    r->node = n;
    switch (n->kind) {
    case NODE_TEXT:
        buf_put(r->out, n->as.text);
        break;
    case NODE_OUTPUT:
        put_value(r, n->as.output.context, liquid_eval(r, n->as.output.value));
        break;
    case NODE_IF:
    case NODE_CASE:
        return run_choice(r, n);
    case NODE_FOR:
        return run_loop(r, n);
    case NODE_BREAK:
        return FLOW_BREAK;
    case NODE_CONTINUE:
        return FLOW_CONTINUE;
    case NODE_ASSIGN:
        liquid_set(r, n->as.assign.name, liquid_eval(r, n->as.assign.value));
        break;
    case NODE_CAPTURE:
        run_capture(r, n);
        break;
    case NODE_RENDER:
        run_part(r, n);
        break;
    case NODE_BLOCK:
        return run_list(r, n->as.block.body);
    }
    return FLOW_ON;
}

static enum flow run_list(struct run *r, const struct node *list)
{
    for (const struct node *n = list; n != NULL; n = n->next) {
        enum flow flow = run_node(r, n);
        if (r->out->full) {
            r->node = n;
            liquid_stop(r, "the page is too large");
        }
        if (r->failed) return FLOW_BREAK;
        if (flow != FLOW_ON) return flow;
    }
    return FLOW_ON;
}

bool liquid_render(struct buf *out, const struct liquid_template *template, struct value root,
                   const struct liquid_env *env, struct liquid_err *err)
{
    static const struct liquid_env none = {0};
    struct frame frame = {0};
    struct run run = {
        .out = out,
        .a = out->a,
        .env = env == NULL ? &none : env,
        .root = root,
        .mode = template->mode,
        .frame = &frame,
        .err = err,
    };
    *err = (struct liquid_err){0};
    run_list(&run, template->body);
    return !run.failed;
}

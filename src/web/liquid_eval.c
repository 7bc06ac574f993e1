#include "web/liquid_ast.h"

bool liquid_stop(struct run *r, const char *what)
{
    if (r->failed) return false;
    r->failed = true;
    *r->err = (struct liquid_err){.what = str_of(what)};
    if (r->node != NULL) {
        r->err->file = *r->node->file;
        r->err->line = r->node->line;
    }
    return false;
}

struct buf liquid_make(struct run *r)
{
    return buf_new(r->a, r->made < LIQUID_MADE_BYTES ? LIQUID_MADE_BYTES - r->made : 0);
}

str liquid_made(struct run *r, struct buf *b)
{
    if (b->ptr != NULL && b->ptr + b->cap == r->a->beg) { /* give the unused tail back */
        r->a->beg = b->ptr + b->len;
        b->cap = b->len;
    }
    liquid_took(r, b->cap);
    if (b->full) liquid_stop(r, "filters and captures make too much text");
    return buf_str(b);
}

bool liquid_took(struct run *r, ptrdiff_t bytes)
{
    r->made += bytes;
    return r->made <= LIQUID_MADE_BYTES || liquid_stop(r, "the template makes too many values");
}

void liquid_write(struct buf *b, struct value v)
{
    switch (v.type) {
    case VALUE_NULL:
    case VALUE_MAP:
        break;
    case VALUE_BOOL:
        buf_put(b, v.as.boolean ? S("true") : S("false"));
        break;
    case VALUE_INT:
        buf_i64(b, v.as.integer);
        break;
    case VALUE_DECIMAL: {
        uint64_t size = v.as.decimal.unscaled < 0 ? 0 - (uint64_t)v.as.decimal.unscaled
                                                  : (uint64_t)v.as.decimal.unscaled;
        uint64_t unit = 1;
        for (int i = 0; i < v.as.decimal.scale; i++) unit *= 10;
        if (v.as.decimal.unscaled < 0) buf_char(b, '-');
        buf_printf(b, "%llu", (unsigned long long)(size / unit));
        if (v.as.decimal.scale > 0)
            buf_printf(b, ".%0*llu", v.as.decimal.scale, (unsigned long long)(size % unit));
        break;
    }
    case VALUE_TEXT:
        buf_put(b, v.as.text);
        break;
    case VALUE_LIST:
        for (ptrdiff_t i = 0; i < v.as.list->count; i++)
            if (v.as.list->item[i].type != VALUE_LIST) liquid_write(b, v.as.list->item[i]);
        break;
    }
}

str liquid_text(struct run *r, struct value v)
{
    if (v.type == VALUE_TEXT) return v.as.text;
    if (v.type == VALUE_NULL) return S("");
    struct buf b = liquid_make(r);
    liquid_write(&b, v);
    return liquid_made(r, &b);
}

static struct value forloop_field(const struct loop_run *loop, str name)
{
    if (str_eq(name, S("index"))) return value_int(loop->index + 1);
    if (str_eq(name, S("index0"))) return value_int(loop->index);
    if (str_eq(name, S("rindex"))) return value_int(loop->count - loop->index);
    if (str_eq(name, S("rindex0"))) return value_int(loop->count - loop->index - 1);
    if (str_eq(name, S("first"))) return value_bool(loop->index == 0);
    if (str_eq(name, S("last"))) return value_bool(loop->index + 1 == loop->count);
    if (str_eq(name, S("length"))) return value_int(loop->count);
    return value_null();
}

static ptrdiff_t characters(str s)
{
    ptrdiff_t n = 0;
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (((unsigned char)s.ptr[i] & 0xc0) != 0x80) n++;
    return n;
}

static struct value get_name(struct value v, str name)
{
    if (v.type == VALUE_MAP) {
        struct value there = value_get(v, name);
        if (there.type != VALUE_NULL || !str_eq(name, S("size"))) return there;
        return value_int(v.as.map->count);
    }
    if (str_eq(name, S("size"))) {
        if (v.type == VALUE_LIST) return value_int(v.as.list->count);
        if (v.type == VALUE_TEXT) return value_int(characters(v.as.text));
    }
    if (v.type != VALUE_LIST || v.as.list->count == 0) return value_null();
    if (str_eq(name, S("first"))) return v.as.list->item[0];
    if (str_eq(name, S("last"))) return v.as.list->item[v.as.list->count - 1];
    return value_null();
}

static struct value get_index(struct value v, struct value index)
{
    if (index.type == VALUE_TEXT) return get_name(v, index.as.text);
    if (index.type != VALUE_INT || v.type != VALUE_LIST) return value_null();
    int64_t i = index.as.integer;
    if (i < 0) i += v.as.list->count;
    return i >= 0 && i < v.as.list->count ? v.as.list->item[i] : value_null();
}

static struct lv find_name(const struct run *r, str name)
{
    const struct frame *f = r->frame;
    for (const struct loop_run *loop = f->loop; loop != NULL; loop = loop->outer)
        if (str_eq(loop->name, name)) return loop->item;
    for (int i = f->count - 1; i >= 0; i--)
        if (str_eq(f->variable[i].name, name)) return f->variable[i].value;
    return lv_of(f->isolated ? value_null() : value_get(r->root, name));
}

static struct lv eval_path(struct run *r, const struct expr *e)
{
    const struct step *step = e->as.path.steps;
    struct lv at = {0};
    switch (e->as.path.head) {
    case HEAD_NAME:
        at = find_name(r, e->as.path.name);
        break;
    case HEAD_SHELL:
        at.v = value_get(r->root, S("shell"));
        break;
    case HEAD_FORLOOP: {
        const struct loop_run *loop = r->frame->loop;
        for (; step != NULL && loop != NULL && str_eq(step->name, S("parentloop"));
             step = step->next)
            loop = loop->outer;
        if (loop == NULL || step == NULL) return at;
        at.v = forloop_field(loop, step->name);
        step = step->next;
        break;
    }
    }
    for (; step != NULL; step = step->next) {
        struct value index =
            step->index == NULL ? value_text(step->name) : liquid_eval(r, step->index).v;
        at = lv_of(get_index(at.v, index));
    }
    return at;
}

static bool as_number(struct value v, int64_t *unscaled, int *scale)
{
    if (v.type == VALUE_INT) {
        *unscaled = v.as.integer;
        *scale = 0;
        return true;
    }
    if (v.type != VALUE_DECIMAL) return false;
    *unscaled = v.as.decimal.unscaled;
    *scale = v.as.decimal.scale;
    return true;
}

__extension__ typedef __int128 wide; /* int64 times 10^18 fits */

/* < 0, 0, > 0; false if the two cannot be ordered. */
static bool compare(struct value a, struct value b, int *order)
{
    int64_t m = 0, n = 0;
    int m_scale = 0, n_scale = 0;
    if (as_number(a, &m, &m_scale) && as_number(b, &n, &n_scale)) {
        wide left = m, right = n;
        for (int i = m_scale; i < n_scale; i++) left *= 10;
        for (int i = n_scale; i < m_scale; i++) right *= 10;
        *order = (left > right) - (left < right);
        return true;
    }
    if (a.type != VALUE_TEXT || b.type != VALUE_TEXT) return false;
    *order = str_cmp(a.as.text, b.as.text);
    return true;
}

bool liquid_equal(struct value a, struct value b)
{
    int order;
    if (compare(a, b, &order)) return order == 0;
    if (a.type != b.type) return false;
    if (a.type == VALUE_BOOL) return a.as.boolean == b.as.boolean;
    if (a.type == VALUE_LIST) return a.as.list == b.as.list;
    if (a.type == VALUE_MAP) return a.as.map == b.as.map;
    return a.type == VALUE_NULL;
}

static bool is_empty(struct value v)
{
    if (v.type == VALUE_TEXT) return v.as.text.len == 0;
    return (v.type == VALUE_LIST || v.type == VALUE_MAP) && value_count(v) == 0;
}

static bool is_blank(struct value v)
{
    if (v.type == VALUE_TEXT) return str_trim(v.as.text).len == 0;
    return !value_truthy(v) || is_empty(v);
}

static bool contains(struct run *r, struct value in, struct value what)
{
    if (in.type == VALUE_TEXT)
        return what.type != VALUE_NULL && str_find(in.as.text, liquid_text(r, what)) >= 0;
    if (in.type == VALUE_MAP && what.type == VALUE_TEXT)
        return !value_is_null(value_get(in, what.as.text));
    if (in.type != VALUE_LIST) return false;
    for (ptrdiff_t i = 0; i < in.as.list->count; i++)
        if (liquid_equal(in.as.list->item[i], what)) return true;
    return false;
}

static bool eval_equal(struct run *r, const struct expr *left, const struct expr *right)
{
    if (left->kind == EXPR_BLANK || left->kind == EXPR_EMPTY) {
        const struct expr *swap = left;
        left = right;
        right = swap;
    }
    struct value v = liquid_eval(r, left).v;
    if (right->kind == EXPR_BLANK) return is_blank(v);
    if (right->kind == EXPR_EMPTY) return is_empty(v);
    return liquid_equal(v, liquid_eval(r, right).v);
}

static bool eval_compare(struct run *r, const struct expr *e)
{
    const struct expr *left = e->as.pair.left, *right = e->as.pair.right;
    if (e->as.pair.op == OP_EQ) return eval_equal(r, left, right);
    if (e->as.pair.op == OP_NE) return !eval_equal(r, left, right);
    struct value a = liquid_eval(r, left).v, b = liquid_eval(r, right).v;
    if (e->as.pair.op == OP_CONTAINS) return contains(r, a, b);
    int order;
    if (!compare(a, b, &order)) return false;
    switch (e->as.pair.op) {
    case OP_LT:
        return order < 0;
    case OP_LE:
        return order <= 0;
    case OP_GT:
        return order > 0;
    case OP_GE:
        return order >= 0;
    case OP_EQ:
    case OP_NE:
    case OP_CONTAINS:
        break;
    }
    return false;
}

static struct lv eval_filters(struct run *r, const struct expr *e)
{
    struct lv v = liquid_eval(r, e->as.filtered.input);
    for (const struct filter *f = e->as.filtered.filters; f != NULL && !r->failed; f = f->next) {
        struct lv arg[LIQUID_ARGS] = {0};
        for (int i = 0; i < f->count; i++) arg[i] = liquid_eval(r, f->arg[i].value);
        v = f->def->apply(r, f, v, arg);
    }
    return v;
}

struct lv liquid_eval(struct run *r, const struct expr *e)
{
    switch (e->kind) {
    case EXPR_LITERAL:
        return lv_of(e->as.literal);
    case EXPR_PATH:
        return eval_path(r, e);
    case EXPR_COMPARE:
        return lv_of(value_bool(eval_compare(r, e)));
    case EXPR_AND:
        return lv_of(
            value_bool(liquid_true(r, e->as.pair.left) && liquid_true(r, e->as.pair.right)));
    case EXPR_OR:
        return lv_of(
            value_bool(liquid_true(r, e->as.pair.left) || liquid_true(r, e->as.pair.right)));
    case EXPR_FILTERED:
        return eval_filters(r, e);
    case EXPR_BLANK:
    case EXPR_EMPTY:
        return lv_of(value_text(S("")));
    case EXPR_RANGE:
        break; /* the parser lets it stand in `for` alone */
    }
    return (struct lv){0};
}

bool liquid_true(struct run *r, const struct expr *e)
{
    return value_truthy(liquid_eval(r, e).v);
}

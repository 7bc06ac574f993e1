#include "base/json.h"

#include "base/json_scan.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <jansson.h>
#include <stdlib.h>

/* The numbers of the text in their order: jansson reads decimals as doubles, which are not exact;
 * so they are read again from where they stand. */
struct reader {
    arena *a;
    struct json_scan scan;
    bool bad_number;
};

static struct value read_value(struct reader *r, const json_t *from);

static struct value read_number(struct reader *r, const json_t *from)
{
    struct value v;
    str token = json_scan_number(&r->scan);
    if (json_is_integer(from)) return value_int(json_integer_value(from));
    if (!json_decimal(token, &v)) {
        r->bad_number = true;
        return value_null();
    }
    return v;
}

static struct value read_text(arena *a, const json_t *from)
{
    str s = {json_string_value(from), (ptrdiff_t)json_string_length(from)};
    return value_text(str_dup(a, s));
}

static struct value read_array(struct reader *r, const json_t *from)
{
    struct value list = value_list(r->a);
    for (size_t i = 0; i < json_array_size(from); i++)
        value_push(list, read_value(r, json_array_get(from, i)));
    return list;
}

static struct value read_object(struct reader *r, const json_t *from)
{
    struct value map = value_map(r->a);
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)from, key, item)
    {
        str name = str_dup(r->a, str_of(key));
        /* Keys are unique already: jansson was told to refuse others. */
        value_add(map, name, read_value(r, item));
    }
    return map;
}

/* Recursion is bounded: json_scan_check has counted the nesting. */
static struct value read_value(struct reader *r, const json_t *from)
{
    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return read_object(r, from);
    case JSON_ARRAY:
        return read_array(r, from);
    case JSON_STRING:
        return read_text(r->a, from);
    case JSON_INTEGER:
    case JSON_REAL:
        return read_number(r, from);
    case JSON_TRUE:
        return value_bool(true);
    case JSON_FALSE:
        return value_bool(false);
    case JSON_NULL:
        break;
    }
    return value_null();
}

static const char *phrase(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "invalid UTF-8";
    case json_error_premature_end_of_input:
        return "unexpected end";
    case json_error_end_of_input_expected:
        return "more after the end";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "U+0000 is not allowed";
    case json_error_duplicate_key:
        return "duplicate key";
    case json_error_numeric_overflow:
        return "number out of range";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_out_of_memory:
        return "out of memory";
    case json_error_unknown:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "invalid syntax";
}

/* Copy the tree into the arena. jansson's memory is its own: where the arena runs out, it is given
 * back before the jump goes on to the edge. */
static bool copy_tree(arena *a, json_t *root, str text, struct value *out)
{
    jmp_buf *outer = a->full, here;
    if (setjmp(here) != 0) {
        json_decref(root);
        a->full = outer;
        if (outer == NULL) abort();
        longjmp(*outer, 1);
    }
    a->full = &here;
    struct reader r = {.a = a, .scan = {.rest = text}};
    struct value v = read_value(&r, root);
    a->full = outer;
    *out = v;
    return !r.bad_number;
}

bool json_parse(arena *a, str text, struct value *out, struct json_err *err)
{
    *out = value_null();
    *err = (struct json_err){0};
    err->what = json_scan_check(text, LIMIT_JSON_DEPTH, LIMIT_JSON_ITEMS);
    if (err->what != NULL) return false;

    json_error_t e;
    json_t *root = json_loadb(text.ptr == NULL ? "" : text.ptr, (size_t)text.len,
                              JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);
    if (root == NULL) {
        *err = (struct json_err){e.line > 0 ? e.line : 0, e.column > 0 ? e.column : 0,
                                 phrase(json_error_code(&e))};
        return false;
    }
    bool ok = copy_tree(a, root, text, out);
    json_decref(root);
    if (ok) return true;
    *out = value_null();
    err->what = "number out of range";
    return false;
}

/* base/value.h -- a tree of values: what a handler describes, JSON and templates render.
 *
 * Values live in an arena and are built once; a map keeps the order of insertion.
 * Decimals are int64 with a scale (12.50 = {1250, 2}); floats do not exist.
 */
#pragma once

#include "base/arena.h"
#include "base/str.h"

enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_INT, VALUE_DECIMAL, VALUE_TEXT, VALUE_LIST, VALUE_MAP };

struct value {
    enum value_type type;
    union {
        bool    boolean;
        int64_t integer;
        struct {
            int64_t unscaled;
            int     scale; /* digits after the point, 0..18 */
        } decimal;
        str                text;
        struct value_list *list;
        struct value_map  *map;
    } as;
};

struct value_list {
    arena        *a;
    struct value *item;
    ptrdiff_t     count, cap;
};

struct value_entry {
    str          key;
    struct value value;
};

struct value_map {
    arena              *a;
    struct value_entry *entry;
    ptrdiff_t           count, cap;
};

/* One value of each kind. */
struct value value_null(void);
struct value value_bool(bool b);
struct value value_int(int64_t i);
struct value value_decimal(int64_t unscaled, int scale);
/* Borrowed text; the absent str becomes null. */
struct value value_text(str s);
struct value value_list(arena *a);
struct value value_map(arena *a);

/* Append to a list made with value_list. */
void value_push(struct value list, struct value item);
/* Set in a map made with value_map; an existing key is replaced. `key` is a literal. */
void value_set(struct value map, const char *key, struct value v);
/* The same for a key that is data. */
void value_set_str(struct value map, str key, struct value v);
/* Append an entry whose key is known to be new; for whoever has made sure already. */
void value_add(struct value map, str key, struct value v);
void value_set_text(struct value map, const char *key, str s);
void value_set_int(struct value map, const char *key, int64_t i);
void value_set_bool(struct value map, const char *key, bool b);

/* The entry of a map, or null: for anything but a map, too. */
struct value value_get(struct value map, str key);
/* Follow "a.b.c"; list items by number ("items.0.name"). */
struct value value_at(struct value root, str path);
/* The text of a text value, else the absent str. */
str value_str(struct value v);
/* How many items a list or map has, else 0. */
ptrdiff_t value_count(struct value v);
bool value_is_null(struct value v);
/* False for null and false only (as in Liquid). */
bool value_truthy(struct value v);

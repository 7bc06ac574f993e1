#include "base/value.h"

#include <string.h>

enum { FIRST_ITEMS = 8 };

struct value value_null(void)
{
    return (struct value){0};
}
struct value value_bool(bool b)
{
    return (struct value){VALUE_BOOL, {.boolean = b}};
}
struct value value_int(int64_t i)
{
    return (struct value){VALUE_INT, {.integer = i}};
}

struct value value_decimal(int64_t unscaled, int scale)
{
    assert(scale >= 0 && scale <= 18);
    return (struct value){VALUE_DECIMAL, {.decimal = {unscaled, scale}}};
}

struct value value_text(str s)
{
    if (s.ptr == NULL) return value_null();
    return (struct value){VALUE_TEXT, {.text = s}};
}

struct value value_list(arena *a)
{
    struct value_list *list = NEW(a, struct value_list, 1);
    list->a = a;
    return (struct value){VALUE_LIST, {.list = list}};
}

struct value value_map(arena *a)
{
    struct value_map *map = NEW(a, struct value_map, 1);
    map->a = a;
    return (struct value){VALUE_MAP, {.map = map}};
}

void value_push(struct value list, struct value item)
{
    assert(list.type == VALUE_LIST);
    struct value_list *l = list.as.list;
    if (l->count == l->cap) {
        ptrdiff_t cap = l->cap == 0 ? FIRST_ITEMS : 2 * l->cap;
        struct value *grown = NEW(l->a, struct value, cap);
        if (l->count > 0) memcpy(grown, l->item, (size_t)l->count * sizeof *grown);
        l->item = grown;
        l->cap = cap;
    }
    l->item[l->count++] = item;
}

static struct value_entry *map_find(const struct value_map *map, str key)
{
    for (ptrdiff_t i = 0; i < map->count; i++)
        if (str_eq(map->entry[i].key, key)) return &map->entry[i];
    return NULL;
}

void value_add(struct value map, str key, struct value v)
{
    assert(map.type == VALUE_MAP);
    struct value_map *m = map.as.map;
    if (m->count == m->cap) {
        ptrdiff_t cap = m->cap == 0 ? FIRST_ITEMS : 2 * m->cap;
        struct value_entry *grown = NEW(m->a, struct value_entry, cap);
        if (m->count > 0) memcpy(grown, m->entry, (size_t)m->count * sizeof *grown);
        m->entry = grown;
        m->cap = cap;
    }
    m->entry[m->count++] = (struct value_entry){key, v};
}

void value_set_str(struct value map, str key, struct value v)
{
    assert(map.type == VALUE_MAP);
    struct value_entry *there = map_find(map.as.map, key);
    if (there != NULL) {
        there->value = v;
        return;
    }
    value_add(map, key, v);
}

void value_set(struct value map, const char *key, struct value v)
{
    value_set_str(map, str_of(key), v);
}

void value_set_text(struct value map, const char *key, str s)
{
    value_set(map, key, value_text(s));
}

void value_set_int(struct value map, const char *key, int64_t i)
{
    value_set(map, key, value_int(i));
}

void value_set_bool(struct value map, const char *key, bool b)
{
    value_set(map, key, value_bool(b));
}

struct value value_get(struct value map, str key)
{
    if (map.type != VALUE_MAP) return value_null();
    const struct value_entry *there = map_find(map.as.map, key);
    return there == NULL ? value_null() : there->value;
}

struct value value_at(struct value root, str path)
{
    struct value v = root;
    for (str rest = path; rest.ptr != NULL;) {
        str part = str_cut(rest, '.', &rest);
        int64_t i = 0;
        if (v.type != VALUE_LIST) {
            v = value_get(v, part);
        } else if (str_to_i64(part, &i) && i >= 0 && i < v.as.list->count) {
            v = v.as.list->item[i];
        } else {
            return value_null();
        }
    }
    return v;
}

str value_str(struct value v)
{
    return v.type == VALUE_TEXT ? v.as.text : (str){0};
}

ptrdiff_t value_count(struct value v)
{
    if (v.type == VALUE_LIST) return v.as.list->count;
    return v.type == VALUE_MAP ? v.as.map->count : 0;
}

bool value_is_null(struct value v)
{
    return v.type == VALUE_NULL;
}

bool value_truthy(struct value v)
{
    return v.type == VALUE_BOOL ? v.as.boolean : v.type != VALUE_NULL;
}

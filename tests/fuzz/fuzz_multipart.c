/* Property: names and texts of a form are text, and files lie within the body. The first line is
 * the Content-Type field. */
#include "base/limits.h"
#include "base/multipart.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct value v, str body)
{
    if (v.type == VALUE_TEXT) {
        if (!utf8_valid(v.as.text)) abort();
    } else if (v.type == VALUE_LIST) {
        for (ptrdiff_t i = 0; i < value_count(v); i++) check_value(v.as.list->item[i], body);
    } else {
        str bytes = value_str(value_get(v, S("bytes")));
        if (bytes.ptr < body.ptr || bytes.ptr + bytes.len > body.ptr + body.len) abort();
        str name = value_str(value_get(v, S("filename")));
        if (!utf8_valid(name) || str_find_char(name, '/') >= 0) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = {(const char *)data, (ptrdiff_t)size};
    str body, type = str_cut(text, '\n', &body);
    struct value map;
    bool ok = multipart_parse(&a, type, body, LIMIT_FORM_FIELDS, &map);
    if (!ok && value_count(map) != 0) abort();
    for (ptrdiff_t i = 0; i < value_count(map); i++) {
        if (!utf8_valid(map.as.map->entry[i].key)) abort();
        check_value(map.as.map->entry[i].value, body);
    }
    return 0;
}

/* Property: what was read is written so that it reads the same again, and safe to stand in HTML. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = {(const char *)data, (ptrdiff_t)size};
    struct value v;
    struct json_err err;
    if (!json_parse(&a, text, &v, &err)) {
        if (err.what == NULL || !value_is_null(v)) abort();
        return 0;
    }
    str once = json_text(&a, v);
    if (str_find_char(once, '<') >= 0 || str_find_char(once, '&') >= 0) abort();
    if (!json_parse(&a, once, &v, &err)) abort();
    if (!str_eq(json_text(&a, v), once)) abort();
    return 0;
}

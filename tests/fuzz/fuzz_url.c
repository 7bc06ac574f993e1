/* Properties: the parts of a URL stand in it in their order; encoding is undone by decoding;
 * the names and values of a form are text. */
#include "base/limits.h"
#include "base/url.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_text(str s)
{
    return s.ptr != NULL && utf8_valid(s) && str_find_char(s, '\0') < 0;
}

static void check_form(arena *a, str body)
{
    bool ok = false;
    struct value map = urlencoded_parse(a, body, &ok);
    if (!ok && value_count(map) != 0) abort();
    if (value_count(map) > LIMIT_FORM_FIELDS) abort();
    for (ptrdiff_t i = 0; i < value_count(map); i++) {
        struct value_entry *entry = &map.as.map->entry[i];
        if (!is_text(entry->key)) abort();
        if (entry->value.type == VALUE_TEXT && !is_text(entry->value.as.text)) abort();
        if (entry->value.type == VALUE_LIST && value_count(entry->value) < 2) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = {(const char *)data, (ptrdiff_t)size};
    struct url u;
    str back;
    if (url_parse(text, &u)) {
        if (u.host.ptr != u.scheme.ptr + u.scheme.len + 3 || u.host.len == 0) abort();
        if (u.path.len > 0 && u.path.ptr[0] != '/') abort();
        if (u.port < 1 || u.port > 65535) abort();
        if (str_find_char(u.host, '@') >= 0) abort();
    }
    if (percent_decode(&a, text, false, &back) && !is_text(str_dup(&a, back)) && back.len > 0)
        abort();
    bool sound = utf8_valid(text) && str_find_char(text, '\0') < 0;
    if (percent_decode(&a, percent_encode(&a, text), true, &back) != sound) abort();
    if (sound && !str_eq(back, text)) abort();
    check_form(&a, text);
    return 0;
}

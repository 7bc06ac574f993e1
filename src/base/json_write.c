/* base/json_write.c -- values as JSON text. */
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <stdio.h>

/* How a character must be written, or nothing if it may stand as it is. */
static const char *escape_of(uint32_t c, char room[static 8])
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case '\0':
        return "\\u0000";
    default:
        break;
    }
    /* U+2028/9 end a line in old JavaScript; the signs of HTML would end a script element. */
    if (c >= 0x20 && c != '<' && c != '>' && c != '&' && c != 0x2028 && c != 0x2029 && c != 0x7f)
        return NULL;
    snprintf(room, 8, "\\u%04x", (unsigned)c);
    return room;
}

static void write_text(struct buf *b, str s)
{
    ptrdiff_t from = 0;
    buf_char(b, '"');
    for (ptrdiff_t i = 0, n; i < s.len; i += n) {
        uint32_t c = (unsigned char)s.ptr[i];
        char room[8];
        n = 1;
        if (c >= 0x80) n = utf8_decode(s, i, &c);
        bool bad = n == 1 && c >= 0x80; /* foreign bytes must not make the whole unreadable */
        const char *escaped = bad ? "\\ufffd" : escape_of(c, room);
        if (escaped == NULL) continue;
        buf_put(b, str_slice(s, from, i));
        buf_put(b, str_of(escaped));
        from = i + n;
    }
    buf_put(b, str_slice(s, from, s.len));
    buf_char(b, '"');
}

static void write_decimal(struct buf *b, int64_t unscaled, int scale)
{
    char digits[24];
    uint64_t size = unscaled < 0 ? 0 - (uint64_t)unscaled : (uint64_t)unscaled;
    int len = snprintf(digits, sizeof digits, "%0*" PRIu64, scale + 1, size);
    if (unscaled < 0) buf_char(b, '-');
    buf_put(b, (str){digits, len - scale});
    if (scale > 0) {
        buf_char(b, '.');
        buf_put(b, (str){digits + len - scale, scale});
    }
}

static void write_list(struct buf *b, const struct value_list *list)
{
    buf_char(b, '[');
    for (ptrdiff_t i = 0; i < list->count; i++) {
        if (i > 0) buf_char(b, ',');
        json_write(b, list->item[i]);
    }
    buf_char(b, ']');
}

static void write_map(struct buf *b, const struct value_map *map)
{
    buf_char(b, '{');
    for (ptrdiff_t i = 0; i < map->count; i++) {
        if (i > 0) buf_char(b, ',');
        write_text(b, map->entry[i].key);
        buf_char(b, ':');
        json_write(b, map->entry[i].value);
    }
    buf_char(b, '}');
}

void json_write(struct buf *b, struct value v)
{
    switch (v.type) {
    case VALUE_NULL:
        buf_put(b, S("null"));
        break;
    case VALUE_BOOL:
        buf_put(b, v.as.boolean ? S("true") : S("false"));
        break;
    case VALUE_INT:
        buf_i64(b, v.as.integer);
        break;
    case VALUE_DECIMAL:
        write_decimal(b, v.as.decimal.unscaled, v.as.decimal.scale);
        break;
    case VALUE_TEXT:
        write_text(b, v.as.text);
        break;
    case VALUE_LIST:
        write_list(b, v.as.list);
        break;
    case VALUE_MAP:
        write_map(b, v.as.map);
        break;
    }
}

str json_text(arena *a, struct value v)
{
    struct buf b = buf_new(a, LIMIT_JSON_OUT_BYTES);
    json_write(&b, v);
    return buf_str(&b);
}

#include "base/log.h"

#include "base/clock.h"
#include "base/tz.h"
#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const LEVEL[] = {"debug", "info", "warn", "error"};

void log_line(enum log_level level, const char *event, const char *format, ...)
{
    char line[LOG_LINE_BYTES], time_text[64];
    arena scratch = {time_text, time_text + sizeof time_text, NULL};
    str at = rfc3339(&scratch, clock_now_ms());
    int cap = LOG_LINE_BYTES - 1; /* one byte for the line's end */
    int len =
        snprintf(line, (size_t)cap, "ts=%.*s level=%s event=%s ", STR_ARG(at), LEVEL[level], event);
    if (len < 0 || len >= cap) return; /* an event's name is a short literal */

    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + len, (size_t)(cap - len), format, args);
    va_end(args);
    if (more > 0) len = len + more < cap ? len + more : cap - 1;
    for (int i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ') line[i] = ' ';
    while (len > 0 && line[len - 1] == ' ') len--;
    line[len++] = '\n';
    /* A log that cannot be written has nobody to be told. */
    ssize_t written = write(STDERR_FILENO, line, (size_t)len);
    (void)written;
}

static bool is_plain(str s)
{
    if (s.len == 0 || !utf8_valid(s)) return false;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7f) return false;
    }
    return true;
}

struct log_text log_str(str value)
{
    struct log_text out = {0};
    enum { ROOM = LOG_VALUE_BYTES - 8 }; /* the longest escape, quote, NUL */
    if (is_plain(value) && value.len < ROOM) {
        memcpy(out.text, value.ptr, (size_t)value.len);
        return out;
    }
    bool valid = utf8_valid(value);
    int n = 0;
    out.text[n++] = '"';
    str shown = utf8_cut(value, ROOM);
    for (ptrdiff_t i = 0; i < shown.len && n < ROOM; i++) {
        unsigned char c = (unsigned char)shown.ptr[i];
        if (c == '"' || c == '\\') {
            out.text[n++] = '\\';
            out.text[n++] = (char)c;
        } else if (c < ' ' || c == 0x7f || (c >= 0x80 && !valid)) {
            n += snprintf(out.text + n, 5, "\\x%02x", c);
        } else {
            out.text[n++] = (char)c;
        }
    }
    out.text[n++] = '"';
    return out;
}

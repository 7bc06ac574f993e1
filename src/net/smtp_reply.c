#include "net/smtp_reply.h"

#include "base/utf8.h"

#include <string.h>

void smtp_reply_reset(struct smtp_reply *r)
{
    r->code = 0;
    r->line_count = 0;
    r->text_len = 0;
    r->line_len = 0;
    r->state = SMTP_FEED_MORE;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reply-code = %x32-35 %x30-35 %x30-39 (RFC 5321 4.2); 0 if it is none. */
static int code_of(str line)
{
    if (line.len < 3) return 0;
    const char *p = line.ptr;
    if (p[0] < '2' || p[0] > '5' || p[1] < '0' || p[1] > '5' || !is_digit(p[2])) return 0;
    return (p[0] - '0') * 100 + (p[1] - '0') * 10 + (p[2] - '0');
}

/* One whole line, without its CR LF. */
static enum smtp_feed take_line(struct smtp_reply *r, str line)
{
    int code = code_of(line);
    if (code == 0 || (r->line_count > 0 && code != r->code)) return SMTP_FEED_BAD;
    bool last = line.len == 3 || line.ptr[3] == ' ';
    if (!last && line.ptr[3] != '-') return SMTP_FEED_BAD;

    str text = str_slice(line, 4, line.len);
    if (++r->line_count > SMTP_REPLY_LINES) return SMTP_FEED_BAD;
    if (text.len + 1 > SMTP_REPLY_BYTES - r->text_len) return SMTP_FEED_BAD;
    r->code = code;
    if (text.len > 0) memcpy(r->text + r->text_len, text.ptr, (size_t)text.len);
    r->text_len += text.len;
    r->text[r->text_len++] = '\n';
    return last ? SMTP_FEED_DONE : SMTP_FEED_MORE;
}

static enum smtp_feed take_byte(struct smtp_reply *r, char c)
{
    bool after_cr = r->line_len > 0 && r->line[r->line_len - 1] == '\r';
    if (c == '\n') {
        if (!after_cr) return SMTP_FEED_BAD;
        str line = {r->line, r->line_len - 1};
        r->line_len = 0;
        return take_line(r, line);
    }
    if (after_cr || c == '\0' || r->line_len == SMTP_LINE_BYTES) return SMTP_FEED_BAD;
    r->line[r->line_len++] = c;
    return SMTP_FEED_MORE;
}

enum smtp_feed smtp_reply_feed(struct smtp_reply *r, str bytes, ptrdiff_t *used)
{
    ptrdiff_t i = 0;
    while (i < bytes.len && r->state == SMTP_FEED_MORE) r->state = take_byte(r, bytes.ptr[i++]);
    *used = i;
    return r->state;
}

str smtp_reply_text(const struct smtp_reply *r)
{
    return (str){r->text, r->text_len};
}

/* One to three digits at `at`; the place after them, or -1. */
static ptrdiff_t skip_number(str s, ptrdiff_t at)
{
    ptrdiff_t n = 0;
    while (at + n < s.len && n < 4 && is_digit(s.ptr[at + n])) n++;
    return n >= 1 && n <= 3 ? at + n : -1;
}

/* Length of the enhanced code at the beginning of `line`, 0 if there is none. */
static ptrdiff_t enhanced_len(str line, int code)
{
    if (line.len < 5 || line.ptr[0] != (char)('0' + code / 100) || line.ptr[1] != '.') return 0;
    ptrdiff_t at = skip_number(line, 2);
    if (at < 0 || at >= line.len || line.ptr[at] != '.') return 0;
    at = skip_number(line, at + 1);
    if (at < 0 || (at < line.len && line.ptr[at] != ' ')) return 0;
    return at;
}

void smtp_reply_enhanced(const struct smtp_reply *r, char *to)
{
    to[0] = '\0';
    str rest = smtp_reply_text(r);
    while (rest.len > 0) {
        str line = str_cut(rest, '\n', &rest);
        ptrdiff_t n = enhanced_len(line, r->code);
        if (n == 0) continue;
        assert(n < SMTP_ENHANCED_BYTES);
        memcpy(to, line.ptr, (size_t)n);
        to[n] = '\0';
        return;
    }
}

void smtp_reply_words(const struct smtp_reply *r, char *to, ptrdiff_t cap)
{
    char joined[SMTP_REPLY_BYTES];
    ptrdiff_t len = 0;
    str rest = smtp_reply_text(r);
    while (rest.len > 0) {
        str line = str_cut(rest, '\n', &rest);
        line = str_slice(line, enhanced_len(line, r->code), line.len);
        if (line.len > 0) memcpy(joined + len, line.ptr, (size_t)line.len);
        len += line.len;
        joined[len++] = '\n'; /* smtp_printable makes it a space */
    }
    smtp_printable((str){joined, len}, to, cap);
}

/* Characters that would reorder or break the line around them. */
static bool is_mark(uint32_t c)
{
    return (c >= 0x80 && c < 0xA0) || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

void smtp_printable(str text, char *to, ptrdiff_t cap)
{
    assert(cap > 0);
    ptrdiff_t len = 0;
    bool gap = false;
    for (ptrdiff_t i = 0; i < text.len;) {
        uint32_t c = 0;
        const char *p = text.ptr + i;
        ptrdiff_t n = utf8_decode(text, i, &c);
        i += n;
        if (c <= ' ' || c == 0x7F) {
            gap = len > 0;
            continue;
        }
        if ((n == 1 && c == 0xFFFD) || is_mark(c)) {
            p = "?";
            n = 1;
        }
        if (len + gap + n >= cap) break;
        if (gap) to[len++] = ' ';
        gap = false;
        memcpy(to + len, p, (size_t)n);
        len += n;
    }
    to[len] = '\0';
}

#include "net/mime_write.h"

#include "base/buf.h"
#include "base/crypto.h"
#include "base/limits.h"
#include "base/utf8.h"

#include <string.h>
#include <time.h>

enum {
    FOLD_BYTES = 76,                       /* RFC 2047 2: of a line with an encoded word */
    WORD_BYTES = 75,                       /* of an encoded word */
    MAIL_BYTES_MAX = 4 * LIMIT_MAIL_BYTES, /* quoted-printable may triple a text */
};

static const char hex[] = "0123456789ABCDEF";

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* -- what may stand in a header -- */

/* One line of valid UTF-8: controls become spaces, runs of spaces one, bad bytes U+FFFD. */
static str clean_line(arena *a, str s)
{
    char *to = NEW(a, char, 3 * s.len + 1);
    ptrdiff_t len = 0;
    bool gap = false;
    for (ptrdiff_t i = 0; i < s.len;) {
        uint32_t c = 0;
        ptrdiff_t n = utf8_decode(s, i, &c);
        const char *p = s.ptr + i;
        i += n;
        if (c <= ' ' || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029) {
            gap = len > 0;
            continue;
        }
        if (gap) to[len++] = ' ';
        gap = false;
        if (n == 1 && c == 0xFFFD) {
            p = "\xEF\xBF\xBD";
            n = 3;
        }
        memcpy(to + len, p, (size_t)n);
        len += n;
    }
    return (str){to, len};
}

/* Printable ASCII without white space and without `refused`. */
static bool is_plain(str s, str refused)
{
    for (ptrdiff_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || s.ptr[i] >= 0x7F || str_find_char(refused, s.ptr[i]) >= 0)
            return false;
    return true;
}

bool mime_address_ok(str address)
{
    str domain, local = str_cut(address, '@', &domain);
    if (address.len > LIMIT_EMAIL_BYTES || local.len == 0 || domain.len == 0) return false;
    if (!is_plain(local, S("<>()[],;:\\\"@"))) return false;
    if (domain.ptr[0] == '.' || str_ends(domain, S(".")) || str_find(domain, S("..")) >= 0)
        return false;
    for (ptrdiff_t i = 0; i < domain.len; i++)
        if (!is_alnum(domain.ptr[i]) && domain.ptr[i] != '-' && domain.ptr[i] != '.') return false;
    return true;
}

static bool id_ok(str id)
{
    str right, left = str_cut(id, '@', &right);
    return id.len <= 900 && left.len > 0 && right.len > 0 && is_plain(id, S("<>()[],;:\\\"")) &&
           str_find_char(right, '@') < 0;
}

static bool url_ok(str url, str scheme)
{
    return url.len <= 900 && url.len > scheme.len && str_starts(url, scheme) &&
           is_plain(url, S("<>,\""));
}

/* -- encoded words -- */

/* Safe in an encoded word anywhere, in a display name too (RFC 2047 5 (3)). */
static bool is_q_safe(char c)
{
    return is_alnum(c) || c == '!' || c == '*' || c == '-' || c == '/';
}

static ptrdiff_t q_len(char c)
{
    return is_q_safe(c) || c == ' ' ? 1 : 3;
}

static void put_q(struct buf *b, str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == ' ') {
            buf_char(b, '_');
        } else if (is_q_safe((char)c)) {
            buf_char(b, (char)c);
        } else {
            buf_char(b, '=');
            buf_char(b, hex[c >> 4]);
            buf_char(b, hex[c & 15]);
        }
    }
}

/* `s` as encoded words of whole characters, one a line; `column` is where the first begins. */
static ptrdiff_t put_encoded(struct buf *b, str s, ptrdiff_t column)
{
    ptrdiff_t q_total = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) q_total += q_len(s.ptr[i]);
    bool base64 = 2 * q_total > 5 * s.len; /* three quarters of it would be escapes */
    while (s.len > 0) {
        ptrdiff_t room = (FOLD_BYTES - column < WORD_BYTES ? FOLD_BYTES - column : WORD_BYTES) - 12;
        ptrdiff_t take = 0, cost = 0;
        while (take < s.len) {
            uint32_t c = 0;
            ptrdiff_t n = utf8_decode(s, take, &c), more = 0;
            for (ptrdiff_t i = 0; i < n; i++) more += q_len(s.ptr[take + i]);
            ptrdiff_t next = base64 ? (take + n + 2) / 3 * 4 : cost + more;
            if (next > room) break;
            cost = next;
            take += n;
        }
        if (take > 0) {
            buf_put(b, base64 ? S("=?utf-8?b?") : S("=?utf-8?q?"));
            if (base64)
                buf_put(b, base64_encode(b->a, str_slice(s, 0, take)));
            else
                put_q(b, str_slice(s, 0, take));
            buf_put(b, S("?="));
            s = str_slice(s, take, s.len);
            column += 12 + cost;
        }
        if (s.len == 0) break;
        buf_put(b, S("\r\n "));
        column = 1;
    }
    return column;
}

/* True if `s` must be encoded: not ASCII, looks like an encoded word, or has a word that no
 * folding can bring below a line. */
static bool needs_encoding(str s)
{
    ptrdiff_t word = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        if ((unsigned char)s.ptr[i] >= 0x7F) return true;
        word = s.ptr[i] == ' ' ? 0 : word + 1;
        if (word > FOLD_BYTES - 2) return true;
    }
    return str_find(s, S("=?")) >= 0;
}

/* ASCII words, folded where a line would pass its end. */
static ptrdiff_t put_folded(struct buf *b, str s, ptrdiff_t column)
{
    bool first = true;
    while (s.ptr != NULL) {
        str word = str_cut(s, ' ', &s);
        if (column + 1 + word.len > FOLD_BYTES && column > 1) {
            buf_put(b, S("\r\n "));
            column = 1;
        } else if (!first) {
            buf_char(b, ' ');
            column++;
        }
        buf_put(b, word);
        column += word.len;
        first = false;
    }
    return column;
}

/* "Name: text" for text of people. */
static void put_text_header(struct buf *b, str name, str value)
{
    str s = clean_line(b->a, value);
    buf_put(b, name);
    buf_put(b, S(": "));
    if (needs_encoding(s))
        (void)put_encoded(b, s, name.len + 2);
    else
        (void)put_folded(b, s, name.len + 2);
    buf_put(b, S("\r\n"));
}

/* -- addresses -- */

/* A display name as an atom, a quoted string or encoded words. */
static ptrdiff_t put_display_name(struct buf *b, str name, ptrdiff_t column)
{
    bool atoms = true;
    for (ptrdiff_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && str_find_char(S(" -_+!'/"), name.ptr[i]) < 0) atoms = false;
    if (needs_encoding(name)) return put_encoded(b, name, column);
    if (atoms) return put_folded(b, name, column);
    struct buf quoted = buf_new(b->a, MAIL_BYTES_MAX);
    buf_char(&quoted, '"');
    for (ptrdiff_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '"' || name.ptr[i] == '\\') buf_char(&quoted, '\\');
        buf_char(&quoted, name.ptr[i]);
    }
    buf_char(&quoted, '"');
    return put_folded(b, buf_str(&quoted), column);
}

static void put_address_header(struct buf *b, str header, str name, str address)
{
    str s = clean_line(b->a, name);
    ptrdiff_t column = header.len + 2;
    buf_put(b, header);
    buf_put(b, S(": "));
    if (s.len == 0) {
        buf_put(b, address);
    } else {
        column = put_display_name(b, s, column);
        buf_put(b, column + address.len + 3 > FOLD_BYTES ? S("\r\n <") : S(" <"));
        buf_put(b, address);
        buf_char(b, '>');
    }
    buf_put(b, S("\r\n"));
}

/* -- the other headers -- */

static void put_date(struct buf *b, int64_t ms)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t s = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm t;
    if (gmtime_r(&s, &t) == NULL) return;
    buf_printf(b, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d +0000\r\n",
               days + (ptrdiff_t)3 * t.tm_wday, t.tm_mday, months + (ptrdiff_t)3 * t.tm_mon,
               t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
}

static bool put_unsubscribe(struct buf *b, const struct mime_message *m)
{
    str url = m->list_unsubscribe_url, mailto = m->list_unsubscribe_mailto;
    bool https = str_starts(url, S("https://"));
    if (url.len > 0 && !url_ok(url, https ? S("https://") : S("http://"))) return false;
    if (mailto.len > 0 && !url_ok(mailto, S("mailto:"))) return false;
    if (url.len == 0 && mailto.len == 0) return true;
    buf_put(b, S("List-Unsubscribe: "));
    if (url.len > 0) buf_printf(b, "<%.*s>%s", STR_ARG(url), mailto.len > 0 ? ",\r\n " : "");
    if (mailto.len > 0) buf_printf(b, "<%.*s>", STR_ARG(mailto));
    buf_put(b, S("\r\n"));
    if (https) buf_put(b, S("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    return true;
}

/* A field name (RFC 5322 2.2) that is not one of ours. */
static bool extra_name_ok(str name)
{
    static const str ours[] = {
        S_INIT("from"),
        S_INIT("sender"),
        S_INIT("to"),
        S_INIT("cc"),
        S_INIT("bcc"),
        S_INIT("reply-to"),
        S_INIT("subject"),
        S_INIT("date"),
        S_INIT("message-id"),
        S_INIT("mime-version"),
        S_INIT("list-unsubscribe"),
        S_INIT("list-unsubscribe-post"),
        S_INIT("auto-submitted"),
        S_INIT("return-path"),
        S_INIT("received"),
        S_INIT("dkim-signature"),
    };
    if (name.len == 0 || name.len > 60) return false;
    for (ptrdiff_t i = 0; i < name.len; i++)
        if (!is_alnum(name.ptr[i]) && name.ptr[i] != '-') return false;
    for (ptrdiff_t i = 0; i < COUNTOF(ours); i++)
        if (str_eq_nocase(name, ours[i])) return false;
    return !str_eq_nocase(str_slice(name, 0, 8), S("content-"));
}

static bool put_extra(struct buf *b, const struct mime_message *m)
{
    for (int i = 0; i < m->extra_count; i++) {
        if (!extra_name_ok(m->extra[i].name)) return false;
        put_text_header(b, m->extra[i].name, m->extra[i].value);
    }
    return true;
}

/* -- bodies -- */

/* A byte that goes out as it is; white space only where the line goes on. */
static bool is_literal(str s, ptrdiff_t at, ptrdiff_t column)
{
    char c = s.ptr[at];
    if (c == ' ' || c == '\t')
        return at + 1 < s.len && s.ptr[at + 1] != '\r' && s.ptr[at + 1] != '\n';
    /* "From " is changed by mailboxes of old, a lone dot by relays that count badly */
    if (column == 0 && c == '.') return false;
    if (column == 0 && c == 'F' && str_starts(str_slice(s, at, s.len), S("From "))) return false;
    return c > ' ' && c < 0x7F && c != '=';
}

/* How many of the next bytes go out as they are within a line, at most `max`. */
static ptrdiff_t literal_run(str s, ptrdiff_t at, ptrdiff_t max)
{
    const char *p = s.ptr + at;
    ptrdiff_t n = 0, left = s.len - at;
    for (; n < max && n < left; n++) {
        unsigned char c = (unsigned char)p[n];
        if (c > ' ' && c < 0x7F && c != '=') continue;
        if (c == ' ' && n + 1 < left && p[n + 1] > ' ') continue;
        if (!is_literal(s, at + n, 1)) break; /* white space may be one */
    }
    return n;
}

/* Put out line[0..column) and what ends it; 0, the next column. `line` has room for three more. */
static ptrdiff_t end_line(struct buf *b, char *line, ptrdiff_t column, str end)
{
    memcpy(line + column, end.ptr, (size_t)end.len);
    buf_put(b, (str){line, column + end.len});
    return 0;
}

/* Quoted-printable (RFC 2045 6.7); line ends of any kind become CR LF, the last line gets one.
 * A line at a time: a call for each sign was a tenth of a submission's work. */
static void put_quoted_printable(struct buf *b, str s)
{
    char line[80]; /* 75 signs, "=", CR LF */
    ptrdiff_t column = 0;
    for (ptrdiff_t i = 0; i < s.len;) {
        uint32_t ch = 0;
        /* most of a mail is plain: a piece at a time, and the rest a character at a time */
        ptrdiff_t plain = column > 0 ? literal_run(s, i, 75 - column) : 0;
        if (plain > 0) {
            memcpy(line + column, s.ptr + i, (size_t)plain);
            column += plain;
            i += plain;
            continue;
        }
        ptrdiff_t n = utf8_decode(s, i, &ch);
        if (ch == '\r' || ch == '\n') {
            i += ch == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n' ? 2 : 1;
            column = end_line(b, line, column, S("\r\n"));
            continue;
        }
        bool literal = n == 1 && is_literal(s, i, column);
        str bytes = n == 1 && ch == 0xFFFD ? S("\xEF\xBF\xBD") : str_slice(s, i, i + n);
        /* a character is kept on one line, and the last column is for the "=" */
        if (column + (literal ? 1 : 3 * bytes.len) > 75) {
            column = end_line(b, line, column, S("=\r\n"));
            /* what was fine within a line may not be at its beginning */
            literal = literal && is_literal(s, i, 0);
        }
        i += n;
        for (ptrdiff_t k = 0; k < bytes.len && !literal; k++) {
            unsigned char c = (unsigned char)bytes.ptr[k];
            line[column++] = '=';
            line[column++] = hex[c >> 4];
            line[column++] = hex[c & 15];
        }
        if (literal) line[column++] = bytes.ptr[0];
    }
    if (column > 0) end_line(b, line, column, S("\r\n"));
}

static void put_part(struct buf *b, const char *type, str body)
{
    buf_printf(b,
               "Content-Type: %s; charset=utf-8\r\n"
               "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
               type);
    put_quoted_printable(b, body);
}

/* FNV-1a: a boundary must only be the same for the same message. "=_" cannot occur in
 * quoted-printable text, so no body can hold it. */
static uint64_t boundary_number(str id)
{
    uint64_t h = 0xCBF29CE484222325u;
    for (ptrdiff_t i = 0; i < id.len; i++) h = (h ^ (unsigned char)id.ptr[i]) * 0x100000001B3u;
    return h;
}

static void put_base64(struct buf *b, str bytes)
{
    enum { LINE = 57 }; /* bytes that make 76 characters */
    for (ptrdiff_t i = 0; i < bytes.len; i += LINE) {
        ptrdiff_t end = i + LINE < bytes.len ? i + LINE : bytes.len;
        buf_put(b, base64_encode(b->a, str_slice(bytes, i, end)));
        buf_put(b, S("\r\n"));
    }
}

/* The HTML and the image it shows. */
static void put_related(struct buf *b, const struct mime_message *m, unsigned long long number)
{
    buf_printf(b,
               "Content-Type: multipart/related; type=\"text/html\";\r\n"
               " boundary=\"=_r%016llx\"\r\n\r\n--=_r%016llx\r\n",
               number, number);
    put_part(b, "text/html", m->html);
    buf_printf(b,
               "\r\n--=_r%016llx\r\nContent-Type: %.*s\r\nContent-ID: <%.*s>\r\n"
               "Content-Disposition: inline\r\nContent-Transfer-Encoding: base64\r\n\r\n",
               number, STR_ARG(m->image.media_type), STR_ARG(m->image.id));
    put_base64(b, m->image.bytes);
    buf_printf(b, "\r\n--=_r%016llx--\r\n", number);
}

static void put_bodies(struct buf *b, const struct mime_message *m, str id)
{
    if (m->html.ptr == NULL || m->text.ptr == NULL) {
        bool html = m->html.ptr != NULL;
        put_part(b, html ? "text/html" : "text/plain", html ? m->html : m->text);
        return;
    }
    unsigned long long number = boundary_number(id);
    buf_printf(b, "Content-Type: multipart/alternative;\r\n boundary=\"=_%016llx\"\r\n\r\n",
               number);
    buf_printf(b, "--=_%016llx\r\n", number);
    put_part(b, "text/plain", m->text);
    buf_printf(b, "\r\n--=_%016llx\r\n", number);
    if (m->image.bytes.len > 0)
        put_related(b, m, number);
    else
        put_part(b, "text/html", m->html);
    buf_printf(b, "\r\n--=_%016llx--\r\n", number);
}

bool mime_write(arena *a, const struct mime_message *m, str *out)
{
    str id = m->message_id;
    if (str_starts(id, S("<")) && str_ends(id, S(">"))) id = str_slice(id, 1, id.len - 1);
    if (!id_ok(id) || !mime_address_ok(m->from_address) || !mime_address_ok(m->to_address))
        return false;
    if (m->reply_to.len > 0 && !mime_address_ok(m->reply_to)) return false;
    if (m->text.ptr == NULL && m->html.ptr == NULL) return false;
    if (m->image.bytes.len > 0 &&
        (!id_ok(m->image.id) || !is_plain(m->image.media_type, S(";\"<>()"))))
        return false;

    struct buf b = buf_new(a, MAIL_BYTES_MAX);
    put_date(&b, m->date_ms);
    put_address_header(&b, S("From"), m->from_name, m->from_address);
    put_address_header(&b, S("To"), m->to_name, m->to_address);
    if (m->reply_to.len > 0) put_address_header(&b, S("Reply-To"), (str){NULL, 0}, m->reply_to);
    put_text_header(&b, S("Subject"), m->subject);
    buf_printf(&b, "Message-ID: <%.*s>\r\n", STR_ARG(id));
    if (!put_unsubscribe(&b, m)) return false;
    if (m->auto_generated) buf_put(&b, S("Auto-Submitted: auto-generated\r\n"));
    if (!put_extra(&b, m)) return false;
    buf_put(&b, S("MIME-Version: 1.0\r\n"));
    put_bodies(&b, m, id);
    *out = buf_str(&b);
    return !b.full;
}

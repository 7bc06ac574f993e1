#include "post/mime_part.h"

/* --- heads --- */

/* Cut a head from its body at the first empty line. */
static bool head_cut(str part, str *head, str *body)
{
    if (str_starts(part, S("\r\n"))) { /* a part may have no head at all */
        *head = S("");
        *body = str_slice(part, 2, part.len);
        return true;
    }
    ptrdiff_t at = str_find(part, S("\r\n\r\n"));
    if (at < 0) return false;
    *head = str_slice(part, 0, at + 2);
    *body = str_slice(part, at + 4, part.len);
    return true;
}

/* The value of a field, its folding included; the absent str if there is none. */
static str field(str head, str name)
{
    for (str rest = head; rest.ptr != NULL && rest.len > 0;) {
        ptrdiff_t end = 0, line = 0;
        do {
            ptrdiff_t at = str_find(str_slice(rest, line, rest.len), S("\r\n"));
            end = at < 0 ? rest.len : line + at;
            line = end + 2;
        } while (line < rest.len && (rest.ptr[line] == ' ' || rest.ptr[line] == '\t'));
        str value, left = str_cut(str_slice(rest, 0, end), ':', &value);
        if (value.ptr != NULL && str_eq_nocase(left, name)) return str_trim(value);
        rest = str_slice(rest, line, rest.len);
    }
    return (str){0};
}

/* "multipart/alternative; boundary="x"": is it of that type? */
static bool is_type(str value, str type)
{
    str rest;
    return str_eq_nocase(str_trim(str_cut(value, ';', &rest)), type);
}

static str boundary_of(str content_type)
{
    str rest, type = str_cut(content_type, ';', &rest);
    (void)type;
    while (rest.ptr != NULL) {
        str value, name = str_trim(str_cut(str_cut(rest, ';', &rest), '=', &value));
        if (!str_eq_nocase(name, S("boundary")) || value.ptr == NULL) continue;
        value = str_trim(value);
        bool quoted = value.len >= 2 && value.ptr[0] == '"' && str_ends(value, S("\""));
        return quoted ? str_slice(value, 1, value.len - 1) : value;
    }
    return (str){0};
}

/* --- bodies --- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What is no valid escape stays as it is. Line ends become LF. */
static str quoted_printable(arena *a, str s)
{
    char *to = NEW(a, char, s.len + 1);
    ptrdiff_t len = 0;
    for (ptrdiff_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\r' && i + 1 < s.len && s.ptr[i + 1] == '\n') continue;
        if (s.ptr[i] == '=' && str_starts(str_slice(s, i + 1, s.len), S("\r\n"))) {
            i += 2;
            continue;
        }
        int high = i + 2 < s.len && s.ptr[i] == '=' ? hex_digit(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(s.ptr[i + 2]) : -1;
        if (low >= 0) {
            to[len++] = (char)(high * 16 + low);
            i += 2;
        } else {
            to[len++] = s.ptr[i];
        }
    }
    return (str){to, len};
}

static bool parts_read(arena *a, str type, str body, bool inner, struct mime_parts *out);

/* "<left@right>" without its brackets. */
static str id_of(str value)
{
    bool angle = value.len > 2 && value.ptr[0] == '<' && str_ends(value, S(">"));
    return angle ? str_slice(value, 1, value.len - 1) : value;
}

/* `inner`: of a multipart/related, which has no other inside. */
static bool part_read(arena *a, str part, bool inner, struct mime_parts *out)
{
    str head, body, rest;
    if (!head_cut(part, &head, &body)) return false;
    str type = field(head, S("Content-Type"));
    if (is_type(type, S("multipart/related")) && !inner)
        return parts_read(a, type, body, true, out);
    if (type.len > 6 && str_starts(type, S("image/")) &&
        str_eq_nocase(field(head, S("Content-Transfer-Encoding")), S("base64"))) {
        out->image_type = str_trim(str_cut(type, ';', &rest));
        out->image_id = id_of(field(head, S("Content-ID")));
        out->image = str_replace(a, body, S("\r\n"), S(""));
        return true;
    }
    bool html = is_type(type, S("text/html"));
    if (!html && type.ptr != NULL && !is_type(type, S("text/plain"))) return true;
    if (str_eq_nocase(field(head, S("Content-Transfer-Encoding")), S("quoted-printable")))
        body = quoted_printable(a, body);
    *(html ? &out->html : &out->text) = body;
    return true;
}

/* The text up to the next delimiter line; *last: the closing one. */
static bool part_cut(str rest, str delimiter, str *part, str *after, bool *last)
{
    ptrdiff_t at = str_starts(rest, delimiter) ? 0 : -1;
    for (ptrdiff_t from = 0; at < 0;) {
        ptrdiff_t line = str_find(str_slice(rest, from, rest.len), S("\r\n"));
        if (line < 0) return false;
        from += line + 2;
        if (str_starts(str_slice(rest, from, rest.len), delimiter)) at = from;
    }
    *part = str_slice(rest, 0, at >= 2 ? at - 2 : 0); /* the line end belongs to the delimiter */
    rest = str_slice(rest, at + delimiter.len, rest.len);
    *last = str_starts(rest, S("--"));
    ptrdiff_t line = str_find(rest, S("\r\n"));
    *after = str_slice(rest, line < 0 ? rest.len : line + 2, rest.len);
    return true;
}

bool mime_parts_read(arena *a, str mime, struct mime_parts *out)
{
    str head, body;
    *out = (struct mime_parts){0};
    if (!head_cut(mime, &head, &body)) return false;
    str type = field(head, S("Content-Type"));
    if (!is_type(type, S("multipart/alternative"))) return part_read(a, mime, true, out);
    return parts_read(a, type, body, false, out);
}

static bool parts_read(arena *a, str type, str body, bool inner, struct mime_parts *out)
{
    str boundary = boundary_of(type), part;
    if (boundary.len <= 0) return false;
    str delimiter = str_printf(a, "--%.*s", STR_ARG(boundary));
    bool last = false;
    if (!part_cut(body, delimiter, &part, &body, &last)) return false; /* the preamble */
    for (int i = 0; i < MIME_PARTS_MAX && !last; i++)
        if (!part_cut(body, delimiter, &part, &body, &last) || !part_read(a, part, inner, out))
            return false;
    return last;
}

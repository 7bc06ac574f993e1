#include "base/multipart.h"

#include "base/limits.h"
#include "base/url.h"
#include "base/utf8.h"

#include <string.h>

enum { BOUNDARY_MAX_BYTES = 70 }; /* RFC 2046 5.1.1 */

static bool is_token_char(char c)
{
    return c > ' ' && c < 0x7f && strchr("()<>@,;:\\\"/[]?=", c) == NULL;
}

/* Take `; name=value` or `; name="value"` off *rest; the value of a quoted one as it stands,
 * with \" for a quote. False if there is no sound parameter. */
static bool take_parameter(str *rest, str *name, str *value)
{
    str s = str_trim(*rest);
    if (!str_starts(s, S(";"))) return false;
    s = str_trim(str_slice(s, 1, s.len));
    ptrdiff_t i = 0;
    while (i < s.len && is_token_char(s.ptr[i])) i++;
    if (i == 0 || i == s.len || s.ptr[i] != '=') return false;
    *name = str_slice(s, 0, i);
    s = str_slice(s, i + 1, s.len);
    if (str_starts(s, S("\""))) {
        for (i = 1; i < s.len && s.ptr[i] != '"'; i++)
            if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == '"') i++;
        if (i >= s.len) return false;
        *value = str_slice(s, 1, i);
        *rest = str_slice(s, i + 1, s.len);
        return true;
    }
    for (i = 0; i < s.len && is_token_char(s.ptr[i]);) i++;
    *value = str_slice(s, 0, i);
    *rest = str_slice(s, i, s.len);
    return i > 0;
}

static bool read_boundary(str content_type, str *boundary)
{
    ptrdiff_t semicolon = str_find_char(content_type, ';');
    if (semicolon < 0) return false;
    str kind = str_trim(str_slice(content_type, 0, semicolon));
    str rest = str_slice(content_type, semicolon, content_type.len), name, value;
    if (!str_eq_nocase(kind, S("multipart/form-data"))) return false;
    *boundary = (str){0};
    while (str_trim(rest).len > 0) {
        if (!take_parameter(&rest, &name, &value)) return false;
        if (!str_eq_nocase(name, S("boundary"))) continue;
        if (boundary->ptr != NULL) return false;
        *boundary = value;
    }
    if (boundary->len == 0 || boundary->len > BOUNDARY_MAX_BYTES) return false;
    for (ptrdiff_t i = 0; i < boundary->len; i++) {
        char c = boundary->ptr[i];
        if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return boundary->ptr[boundary->len - 1] != ' ';
}

/* What a part's head says. */
struct part {
    str name, filename, type;
    bool has_disposition;
};

/* Undo what browsers escape in a name: a quote and line ends, nothing else. */
static str unescape(arena *a, str s)
{
    s = str_replace(a, s, S("\\\""), S("\""));
    s = str_replace(a, s, S("%22"), S("\""));
    s = str_replace(a, s, S("%0D"), S("\r"));
    return str_replace(a, s, S("%0A"), S("\n"));
}

static bool is_clean(str s)
{
    return str_find_char(s, '\r') < 0 && str_find_char(s, '\n') < 0 && utf8_valid(s);
}

static bool read_disposition(arena *a, str value, struct part *p)
{
    if (p->has_disposition) return false;
    p->has_disposition = true;
    ptrdiff_t semicolon = str_find_char(value, ';');
    if (semicolon < 0) return false;
    if (!str_eq_nocase(str_trim(str_slice(value, 0, semicolon)), S("form-data"))) return false;
    str rest = str_slice(value, semicolon, value.len), name, text;
    while (str_trim(rest).len > 0) {
        if (!take_parameter(&rest, &name, &text)) return false;
        if (text.ptr == NULL) text = S("");
        if (str_eq_nocase(name, S("name"))) {
            if (p->name.ptr != NULL) return false;
            p->name = unescape(a, text);
        } else if (str_eq_nocase(name, S("filename"))) {
            if (p->filename.ptr != NULL) return false;
            p->filename = unescape(a, text);
        } /* "filename*" is forbidden by RFC 7578 4.2 and read by nobody */
    }
    return p->name.ptr != NULL;
}

static bool read_field(arena *a, str line, struct part *p)
{
    str value, name = str_cut(line, ':', &value);
    if (value.ptr == NULL || name.len == 0 || !is_clean(line)) return false;
    value = str_trim(value);
    if (str_eq_nocase(name, S("Content-Disposition"))) return read_disposition(a, value, p);
    if (str_eq_nocase(name, S("Content-Type"))) p->type = value;
    if (str_eq_nocase(name, S("Content-Transfer-Encoding")))
        return str_eq_nocase(value, S("7bit")) || str_eq_nocase(value, S("8bit")) ||
               str_eq_nocase(value, S("binary"));
    return true;
}

/* Read the fields up to the empty line; *rest is what follows it. */
static bool read_head(arena *a, str *rest, struct part *p)
{
    ptrdiff_t end = str_find(str_slice(*rest, 0, LIMIT_PART_HEAD_BYTES), S("\r\n\r\n"));
    if (end < 0) return false;
    str head = str_slice(*rest, 0, end);
    *rest = str_slice(*rest, end + 4, rest->len);
    for (;;) {
        ptrdiff_t line = str_find(head, S("\r\n"));
        if (!read_field(a, line < 0 ? head : str_slice(head, 0, line), p)) return false;
        if (line < 0) return p->has_disposition;
        head = str_slice(head, line + 2, head.len);
    }
}

/* "C:\a\b.pdf" and "a/b.pdf" are b.pdf: folders are nobody's business, and dangerous. */
static str base_name(str path)
{
    for (ptrdiff_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\') return str_slice(path, i, path.len);
    return path;
}

static bool add_part(arena *a, struct value map, const struct part *p, str content)
{
    if (!utf8_valid(p->name)) return false;
    if (p->filename.ptr == NULL) {
        if (content.len > LIMIT_FORM_BODY_BYTES || !utf8_valid(content)) return false;
        form_add(map, p->name, value_text(content));
        return true;
    }
    if (p->filename.len == 0 && content.len == 0) return true;
    struct value file = value_map(a);
    value_set_text(file, "filename", utf8_clean_line(a, base_name(p->filename)));
    value_set_text(file, "type", p->type.len > 0 ? p->type : S("application/octet-stream"));
    value_set_text(file, "bytes", content);
    form_add(map, p->name, file);
    return true;
}

bool multipart_parse(arena *a, str content_type, str body, int max_fields, struct value *out)
{
    str boundary;
    *out = value_map(a);
    if (!read_boundary(content_type, &boundary)) return false;
    str delimiter = str_printf(a, "\r\n--%.*s", STR_ARG(boundary));
    str opening = str_slice(delimiter, 2, delimiter.len);
    if (!str_starts(body, opening)) return false;

    struct value map = value_map(a);
    str rest = str_slice(body, opening.len, body.len);
    for (int count = 0; !str_starts(rest, S("--")); count++) {
        if (count == max_fields || !str_starts(rest, S("\r\n"))) return false;
        struct part p = {0};
        rest = str_slice(rest, 2, rest.len);
        if (!read_head(a, &rest, &p)) return false;
        ptrdiff_t end = str_find(rest, delimiter);
        if (end < 0 || !add_part(a, map, &p, str_slice(rest, 0, end))) return false;
        rest = str_slice(rest, end + delimiter.len, rest.len);
    }
    if (rest.len != 2 && !str_eq(rest, S("--\r\n"))) return false;
    *out = map;
    return true;
}

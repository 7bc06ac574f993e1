#include "web/liquid_ast.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(char c, bool first)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
    return !first && (is_digit(c) || c == '-');
}

static char char_at(str s, ptrdiff_t i)
{
    return i < s.len ? s.ptr[i] : '\0';
}

static void advance(struct reader *r, ptrdiff_t to)
{
    for (; r->at < to; r->at++)
        if (r->src.ptr[r->at] == '\n') r->line++;
}

/* Where the next "{{" or "{%" begins, or the end. */
static ptrdiff_t find_mark(str s, ptrdiff_t from)
{
    for (ptrdiff_t i = from; i + 1 < s.len; i++)
        if (s.ptr[i] == '{' && (s.ptr[i + 1] == '{' || s.ptr[i + 1] == '%')) return i;
    return s.len;
}

static struct piece text_piece(struct reader *r, ptrdiff_t end)
{
    ptrdiff_t stop = end;
    if (r->strip)
        while (r->at < stop && is_space(r->src.ptr[r->at])) advance(r, r->at + 1);
    if (end + 2 < r->src.len && r->src.ptr[end + 2] == '-')
        while (stop > r->at && is_space(r->src.ptr[stop - 1])) stop--;
    struct piece piece = {PIECE_TEXT, str_slice(r->src, r->at, stop), r->line, NULL};
    advance(r, end);
    r->strip = false;
    return piece;
}

/* Where the mark closes ("}}" or "%}"), quotes skipped; -1 if it does not, -2 in an open quote. */
static ptrdiff_t find_close(str s, ptrdiff_t from, char close)
{
    char quote = '\0';
    ptrdiff_t first = from;
    while (first < s.len && (is_space(s.ptr[first]) || s.ptr[first] == '-')) first++;
    bool comment = char_at(s, first) == '#'; /* {% # it's a remark %} */
    for (ptrdiff_t i = from; i < s.len; i++) {
        char c = s.ptr[i];
        if (quote != '\0') {
            if (c == quote) quote = '\0';
        } else if (!comment && (c == '"' || c == '\'')) {
            quote = c;
        } else if (c == close && char_at(s, i + 1) == '}') {
            return i;
        }
    }
    return quote != '\0' ? -2 : -1;
}

struct piece liquid_next_piece(struct reader *r)
{
    ptrdiff_t mark = find_mark(r->src, r->at);
    if (mark > r->at || (r->at < r->src.len && r->strip)) return text_piece(r, mark);
    if (mark == r->src.len) return (struct piece){PIECE_END, S(""), r->line, NULL};

    struct piece piece = {PIECE_OUTPUT, S(""), r->line, NULL};
    char close = '}';
    if (r->src.ptr[mark + 1] == '%') {
        piece.kind = PIECE_TAG;
        close = '%';
    }
    ptrdiff_t end = find_close(r->src, mark + 2, close);
    if (end < 0) {
        piece.kind = PIECE_FAULT;
        piece.fault = end == -2      ? "a quote is opened and not closed"
                      : close == '%' ? "\"{%\" without \"%}\""
                                     : "\"{{\" without \"}}\"";
        return piece;
    }
    ptrdiff_t from = mark + 2, to = end;
    if (from < to && r->src.ptr[from] == '-') from++;
    if (to > from && r->src.ptr[to - 1] == '-') {
        to--;
        r->strip = true;
    }
    if (to == from && char_at(r->src, mark + 2) == '-') r->strip = true; /* {{-}} */
    piece.text = str_trim(str_slice(r->src, from, to));
    advance(r, end + 2);
    return piece;
}

/* Is the mark at `at` the tag `name`, with `prefix` before it? */
static bool is_tag(str s, ptrdiff_t at, const char *prefix, str name)
{
    if (char_at(s, at + 1) != '%') return false;
    at += 2;
    if (char_at(s, at) == '-') at++;
    while (is_space(char_at(s, at))) at++;
    str rest = str_slice(s, at, s.len);
    str before = str_of(prefix);
    if (!str_starts(rest, before)) return false;
    rest = str_slice(rest, before.len, rest.len);
    return str_starts(rest, name) && !is_name(char_at(rest, name.len), false);
}

bool liquid_skip_to_end(struct reader *r, str tag, str *body)
{
    bool nests = str_eq(tag, S("comment"));
    int depth = 1;
    ptrdiff_t from = r->at;
    for (ptrdiff_t at = find_mark(r->src, from); at < r->src.len; at = find_mark(r->src, at + 1)) {
        if (nests && is_tag(r->src, at, "", tag)) depth++;
        if (!is_tag(r->src, at, "end", tag) || --depth > 0) continue;
        struct reader end = {.src = r->src, .at = from, .line = r->line, .strip = r->strip};
        struct piece text = text_piece(&end, at);
        *body = text.text;
        struct piece close = liquid_next_piece(&end);
        if (close.kind != PIECE_TAG) return false;
        *r = end;
        return true;
    }
    return false;
}

static struct token number_token(str src, ptrdiff_t *at)
{
    ptrdiff_t from = *at, i = from;
    if (src.ptr[i] == '-') i++;
    while (is_digit(char_at(src, i))) i++;
    if (char_at(src, i) == '.' && is_digit(char_at(src, i + 1))) {
        i++;
        while (is_digit(char_at(src, i))) i++;
    }
    *at = i;
    return (struct token){TOKEN_NUMBER, str_slice(src, from, i)};
}

static struct token mark_token(str src, ptrdiff_t *at)
{
    static const char marks[][3] = {"==", "!=", "<>", "<=", ">=", "..", "<", ">", "=",
                                    "|",  ":",  ",",  ".",  "[",  "]",  "(", ")"};
    str rest = str_slice(src, *at, src.len);
    for (ptrdiff_t i = 0; i < COUNTOF(marks); i++) {
        str mark = str_of(marks[i]);
        if (!str_starts(rest, mark)) continue;
        *at += mark.len;
        return (struct token){TOKEN_MARK, mark};
    }
    str bad = str_slice(src, *at, *at + 1);
    *at += 1;
    return (struct token){TOKEN_FAULT, bad};
}

struct token liquid_next_token(str src, ptrdiff_t *at)
{
    while (is_space(char_at(src, *at))) (*at)++;
    if (*at >= src.len) return (struct token){TOKEN_END, S("")};
    char c = src.ptr[*at];
    if (is_digit(c) || (c == '-' && is_digit(char_at(src, *at + 1)))) return number_token(src, at);
    ptrdiff_t from = *at;
    if (is_name(c, true)) {
        while (is_name(char_at(src, *at), false)) (*at)++;
        if (char_at(src, *at) == '?') (*at)++;
        return (struct token){TOKEN_NAME, str_slice(src, from, *at)};
    }
    if (c == '"' || c == '\'') {
        for (ptrdiff_t i = from + 1; i < src.len; i++) {
            if (src.ptr[i] != c) continue;
            *at = i + 1;
            return (struct token){TOKEN_TEXT, str_slice(src, from + 1, i)};
        }
        *at = src.len;
        return (struct token){TOKEN_FAULT, str_slice(src, from, src.len)};
    }
    return mark_token(src, at);
}

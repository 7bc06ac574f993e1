#include "net/http_framing.h"

#include "base/limits.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 5.6.2. */
static bool is_token_char(char c)
{
    return is_digit(c) || is_alpha(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

struct method_name {
    str name;
    enum http_method method;
    int status;
};

/* Known and never served is 405; what nobody knows is 501 (RFC 9110 section 9.1). */
static const struct method_name METHODS[] = {
    {S_INIT("GET"), HTTP_GET, 0},         {S_INIT("HEAD"), HTTP_HEAD, 0},
    {S_INIT("POST"), HTTP_POST, 0},       {S_INIT("PUT"), HTTP_PUT, 0},
    {S_INIT("PATCH"), HTTP_PATCH, 0},     {S_INIT("DELETE"), HTTP_DELETE, 0},
    {S_INIT("OPTIONS"), HTTP_OPTIONS, 0}, {S_INIT("CONNECT"), HTTP_GET, 405},
    {S_INIT("TRACE"), HTTP_GET, 405},
};

static int read_method(str name, enum http_method *out)
{
    for (ptrdiff_t i = 0; i < COUNTOF(METHODS); i++) {
        const struct method_name *m = &METHODS[i];
        if (name.len != m->name.len || memcmp(name.ptr, m->name.ptr, (size_t)name.len) != 0) {
            continue;
        }
        *out = m->method;
        return m->status;
    }
    if (name.len == 0) return 400;
    for (ptrdiff_t i = 0; i < name.len; i++)
        if (!is_token_char(name.ptr[i])) return 400;
    return 501;
}

static int read_version(str text, int *minor)
{
    if (text.len != 8 || memcmp(text.ptr, "HTTP/", 5) != 0 || !is_digit(text.ptr[5]) ||
        text.ptr[6] != '.' || !is_digit(text.ptr[7])) {
        return 400;
    }
    if (text.ptr[5] != '1' || text.ptr[7] > '1') return 505;
    *minor = text.ptr[7] - '0';
    return 0;
}

static int check_target(str target, enum http_method method)
{
    if (target.len > LIMIT_HTTP_TARGET_BYTES) return 414;
    if (target.len == 0) return 400;
    for (ptrdiff_t i = 0; i < target.len; i++) {
        unsigned char c = (unsigned char)target.ptr[i];
        /* Bytes from 0x80 stay: links of campaigns carry raw UTF-8. A fragment never does. */
        if (c <= 0x20 || c == 0x7f || c == '#') return 400;
    }
    if (target.ptr[0] == '/') return 0;
    if (method == HTTP_OPTIONS && target.len == 1 && target.ptr[0] == '*') return 0;
    bool absolute = (target.len > 7 && memcmp(target.ptr, "http://", 7) == 0) ||
                    (target.len > 8 && memcmp(target.ptr, "https://", 8) == 0);
    return absolute ? 0 : 400;
}

/* The request line without its CR LF, which begins the head. */
static int check_request_line(str text, struct http_line *out)
{
    const char *first = memchr(text.ptr, ' ', (size_t)text.len);
    if (first == NULL) return 400;
    const char *second = memchr(first + 1, ' ', (size_t)(text.ptr + text.len - first - 1));
    if (second == NULL) return 400;
    str method = {text.ptr, first - text.ptr};
    str target = {first + 1, second - first - 1};
    str version = {second + 1, text.ptr + text.len - second - 1};
    /* The version first: "PRI * HTTP/2.0" is an unknown version, not an unknown method. */
    int status = read_version(version, &out->minor);
    if (status == 0) status = read_method(method, &out->method);
    if (status == 0) status = check_target(target, out->method);
    out->target_at = first + 1 - text.ptr;
    out->target_len = target.len;
    return status;
}

/* One header line without its CR LF. */
static int check_header_line(str text)
{
    ptrdiff_t i = 0;
    while (i < text.len && is_token_char(text.ptr[i])) i++;
    /* Nothing before the colon, a blank before it, or a line that continues the last one. */
    if (i == 0 || i == text.len || text.ptr[i] != ':') return 400;
    for (i++; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) return 400;
    }
    return 0;
}

static int check_line(struct http_head_scan *scan, const char *head, str text)
{
    if (scan->line_at == 0) return check_request_line(text, &scan->line);
    if (text.len == 0) {
        scan->end = text.ptr + 2 - head;
        return 0;
    }
    scan->lines++;
    return scan->lines > HTTP_HEADERS_MAX ? 431 : check_header_line(text);
}

/* In the line that has not ended yet: a CR that something follows, which is no LF then. */
static bool has_bare_cr(const char *head, const struct http_head_scan *scan, ptrdiff_t len)
{
    ptrdiff_t from = scan->seen > scan->line_at ? scan->seen - 1 : scan->seen;
    return len - from > 1 && memchr(head + from, '\r', (size_t)(len - from - 1)) != NULL;
}

int http_framing_head(struct http_head_scan *scan, const char *head, ptrdiff_t len)
{
    while (scan->end == 0) {
        const char *from = head + scan->seen;
        const char *lf = memchr(from, '\n', (size_t)(len - scan->seen));
        ptrdiff_t line_end = lf == NULL ? len : lf - head; /* where LF stands or will */
        /* A target that goes on and on is told before its line has ended. */
        if (scan->line_at == 0 && line_end > LIMIT_HTTP_TARGET_BYTES + 32) return 414;
        if (line_end >= LIMIT_HTTP_HEAD_BYTES) return 431;
        /* What does not even begin like a method, as a TLS greeting. */
        if (len > 0 && !is_token_char(head[0])) return 400;
        if (lf == NULL) {
            if (has_bare_cr(head, scan, len)) return 400;
            scan->seen = len;
            return 0;
        }
        scan->seen = line_end + 1;
        ptrdiff_t text_len = line_end - scan->line_at - 1;
        if (text_len < 0 || lf[-1] != '\r') return 400;
        int status = check_line(scan, head, (str){head + scan->line_at, text_len});
        if (status != 0) return status;
        scan->line_at = line_end + 1;
    }
    return 0;
}

static bool name_is(str name, const char *want)
{
    return (size_t)name.len == strlen(want) && memcmp(name.ptr, want, (size_t)name.len) == 0;
}

static bool read_length(str value, int64_t *out)
{
    /* 18 digits cannot overflow, and nobody has more bytes than that. */
    if (value.len < 1 || value.len > 18) return false;
    int64_t n = 0;
    for (ptrdiff_t i = 0; i < value.len; i++) {
        if (!is_digit(value.ptr[i])) return false;
        n = n * 10 + (value.ptr[i] - '0');
    }
    *out = n;
    return true;
}

/* host [":" port], RFC 3986 section 3.2, and "_" which container networks use. */
static bool host_is_sane(str host)
{
    ptrdiff_t i = 0;
    if (host.len > 0 && host.ptr[0] == '[') {
        for (i = 1; i < host.len && host.ptr[i] != ']'; i++) {
            char c = host.ptr[i];
            if (!is_digit(c) && !is_alpha(c) && c != ':' && c != '.' && c != '%') return false;
        }
        if (i < 3 || i == host.len) return false;
        i++;
    } else {
        while (i < host.len && (is_digit(host.ptr[i]) || is_alpha(host.ptr[i]) ||
                                host.ptr[i] == '-' || host.ptr[i] == '.' || host.ptr[i] == '_')) {
            i++;
        }
        if (i == 0) return false;
    }
    if (i == host.len) return true;
    if (host.ptr[i] != ':' || host.len - i > 6) return false;
    for (i++; i < host.len; i++)
        if (!is_digit(host.ptr[i])) return false;
    return true;
}

static bool is_continue(str value)
{
    static const char want[] = "100-continue";
    if (value.len != (ptrdiff_t)sizeof want - 1) return false;
    for (ptrdiff_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (c != want[i]) return false;
    }
    return true;
}

int http_framing_headers(const struct http_header *header, int count, int minor,
                         struct http_body_frame *out)
{
    int hosts = 0, lengths = 0, encodings = 0;
    *out = (struct http_body_frame){.content_length = -1};
    for (int i = 0; i < count; i++) {
        str name = header[i].name, value = header[i].value;
        if (name_is(name, "host")) {
            hosts++;
            if (!host_is_sane(value)) return 400;
        } else if (name_is(name, "content-length")) {
            lengths++;
            if (!read_length(value, &out->content_length)) return 400;
        } else if (name_is(name, "transfer-encoding")) {
            encodings++;
            if (!name_is(value, "chunked")) return 400;
            out->chunked = true;
        } else if (name_is(name, "expect") && minor == 1) {
            if (!is_continue(value)) return 417;
            out->expects_continue = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && minor == 1)) return 400;
    if (lengths > 1 || encodings > 1 || lengths + encodings > 1) return 400;
    if (encodings > 0 && minor == 0) return 400;
    return 0;
}

enum {
    CHUNK_SIZE,
    CHUNK_SIZE_LF,
    CHUNK_DATA,
    CHUNK_DATA_CR,
    CHUNK_DATA_LF,
    CHUNK_LAST_CR,
    CHUNK_LAST_LF,
    CHUNK_AFTER
};

static int hex_digit(char c)
{
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* The state after `c`, which is no data; -1 if it may not stand there. */
static int chunk_step(struct http_chunks *chunks, char c)
{
    switch (chunks->state) {
    case CHUNK_SIZE: {
        int digit = hex_digit(c);
        if (digit >= 0) {
            if (++chunks->digits > 8) return -1;
            chunks->left = chunks->left * 16 + digit;
            return CHUNK_SIZE;
        }
        return c == '\r' && chunks->digits > 0 ? CHUNK_SIZE_LF : -1;
    }
    case CHUNK_SIZE_LF:
        chunks->digits = 0;
        if (c != '\n') return -1;
        return chunks->left > 0 ? CHUNK_DATA : CHUNK_LAST_CR;
    case CHUNK_DATA_CR:
        return c == '\r' ? CHUNK_DATA_LF : -1;
    case CHUNK_DATA_LF:
        return c == '\n' ? CHUNK_SIZE : -1;
    case CHUNK_LAST_CR:
        return c == '\r' ? CHUNK_LAST_LF : -1; /* else it is a trailer */
    case CHUNK_LAST_LF:
        return c == '\n' ? CHUNK_AFTER : -1;
    default:
        return -1;
    }
}

enum http_chunks_result http_chunks_take(struct http_chunks *chunks, const char *bytes,
                                         ptrdiff_t len, ptrdiff_t *used)
{
    ptrdiff_t i = 0;
    while (i < len && chunks->state != CHUNK_AFTER) {
        if (chunks->state == CHUNK_DATA) {
            ptrdiff_t n = chunks->left < len - i ? (ptrdiff_t)chunks->left : len - i;
            chunks->left -= n;
            i += n;
            if (chunks->left == 0) chunks->state = CHUNK_DATA_CR;
            continue;
        }
        int next = chunk_step(chunks, bytes[i]);
        if (next < 0) {
            *used = i;
            return HTTP_CHUNKS_BAD;
        }
        chunks->state = next;
        i++;
    }
    *used = i;
    return chunks->state == CHUNK_AFTER ? HTTP_CHUNKS_END : HTTP_CHUNKS_MORE;
}

#include "net/http_parse.h"

#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

enum { STATE_HEAD, STATE_HEAD_TOLD, STATE_BODY, STATE_OVER };

static bool on_name(void *user, str piece);
static bool on_value(void *user, str piece);
static bool on_body(void *user, str piece);

static const struct http_llhttp_calls CALLS = {on_name, on_value, on_body};

void http_parse_begin(struct http_parse *p, struct http_budget *budget)
{
    /* Not all of it: headers and the buffer are 6 KB that nobody reads before they are written. */
    p->rq.header_count = 0;
    p->rq.target = p->rq.path = p->rq.query = (str){0}; /* a refusal looks before there is one */
    p->rq.body = (str){"", 0};
    p->rq.peer = (str){"", 0};
    p->rq.keep_alive = false;
    p->rq.method = HTTP_GET;
    p->status = 0;
    p->state = STATE_HEAD;
    p->frame = (struct http_body_frame){.content_length = -1};
    p->scan = (struct http_head_scan){0};
    p->chunks = (struct http_chunks){0};
    p->budget = budget;
    p->body_max = p->body_left = 0;
    p->body = NULL;
    p->body_len = p->body_cap = 0;
    p->head = p->head_inline;
    p->head_len = 0;
    p->head_cap = HTTP_PARSE_HEAD_INLINE;
    p->spare_crlf = 0;
}

void http_parse_end(struct http_parse *p)
{
    if (p->head != p->head_inline) free(p->head);
    free(p->body);
    p->budget->held_bytes -= p->body_cap;
    p->head = p->head_inline;
    p->body = NULL;
    p->body_cap = 0;
}

static enum http_parse_result refuse(struct http_parse *p, int status)
{
    p->status = status;
    p->state = STATE_OVER;
    return HTTP_PARSE_REFUSED;
}

/* --- what llhttp tells --- */

static bool on_name(void *user, str piece)
{
    struct http_parse *p = user;
    if (p->rq.header_count == HTTP_HEADERS_MAX) return false;
    p->rq.header[p->rq.header_count++] = (struct http_header){piece, {piece.ptr + piece.len, 0}};
    return true;
}

static bool on_value(void *user, str piece)
{
    struct http_parse *p = user;
    if (p->rq.header_count == 0) return false;
    p->rq.header[p->rq.header_count - 1].value = piece;
    return true;
}

/* What a body of that size in all may still take. Large ones share half of the memory: a few slow
 * uploads must not keep everybody's forms from being read. */
static int64_t budget_room(const struct http_parse *p, int64_t body_bytes)
{
    const struct http_budget *budget = p->budget;
    bool large = body_bytes > LIMIT_HTTP_LARGE_BODY_BYTES;
    return (large ? budget->max_bytes / 2 : budget->max_bytes) - budget->held_bytes;
}

static bool body_grow(struct http_parse *p, ptrdiff_t need)
{
    ptrdiff_t cap = p->body_cap == 0 ? 1024 : p->body_cap;
    while (cap < need) cap *= 2;
    /* A told length saves the last doubling, but is not believed beforehand. */
    if (p->frame.content_length >= need && p->frame.content_length < cap) {
        cap = (ptrdiff_t)p->frame.content_length;
    }
    if (cap - p->body_cap > budget_room(p, cap)) return false;
    char *body = realloc(p->body, (size_t)cap);
    if (body == NULL) return false;
    p->budget->held_bytes += cap - p->body_cap;
    p->body = body;
    p->body_cap = cap;
    return true;
}

static bool on_body(void *user, str piece)
{
    struct http_parse *p = user;
    if (piece.len > p->body_max - p->body_len) {
        p->status = 413;
        return false;
    }
    if (p->body_len + piece.len > p->body_cap && !body_grow(p, p->body_len + piece.len)) {
        p->status = 503;
        return false;
    }
    memcpy(p->body + p->body_len, piece.ptr, (size_t)piece.len);
    p->body_len += piece.len;
    return true;
}

/* --- the head --- */

/* llhttp takes no byte from 0x80 on in a target, we do: it is shown "x" in their place. */
static bool feed_target(struct http_parse *p, str target)
{
    char piece[512];
    while (target.len > 0) {
        ptrdiff_t n = target.len < COUNTOF(piece) ? target.len : COUNTOF(piece);
        for (ptrdiff_t i = 0; i < n; i++)
            piece[i] = (unsigned char)target.ptr[i] < 0x80 ? target.ptr[i] : 'x';
        if (!http_llhttp_feed(&p->llhttp, (str){piece, n})) return false;
        target = (str){target.ptr + n, target.len - n};
    }
    return true;
}

static bool feed_head(struct http_parse *p)
{
    const struct http_line *line = &p->scan.line;
    ptrdiff_t after = line->target_at + line->target_len;
    http_llhttp_begin(&p->llhttp, &CALLS, p);
    return http_llhttp_feed(&p->llhttp, (str){p->head, line->target_at}) &&
           feed_target(p, (str){p->head + line->target_at, line->target_len}) &&
           http_llhttp_feed(&p->llhttp, (str){p->head + after, p->head_len - after}) &&
           p->llhttp.headers_complete;
}

/* Names in lower case, values without blanks around them. */
static void tidy_headers(struct http_parse *p)
{
    for (int i = 0; i < p->rq.header_count; i++) {
        struct http_header *h = &p->rq.header[i];
        char *name = p->head + (h->name.ptr - p->head);
        for (ptrdiff_t n = 0; n < h->name.len; n++)
            if (name[n] >= 'A' && name[n] <= 'Z') name[n] = (char)(name[n] + 32);
        while (h->value.len > 0 && (h->value.ptr[0] == ' ' || h->value.ptr[0] == '\t')) {
            h->value = (str){h->value.ptr + 1, h->value.len - 1};
        }
        while (h->value.len > 0 &&
               (h->value.ptr[h->value.len - 1] == ' ' || h->value.ptr[h->value.len - 1] == '\t')) {
            h->value.len--;
        }
    }
}

static bool same_host(str a, str b)
{
    if (a.len != b.len) return false;
    for (ptrdiff_t i = 0; i < a.len; i++) {
        char x = a.ptr[i], y = b.ptr[i];
        if (x >= 'A' && x <= 'Z') x = (char)(x + 32);
        if (y >= 'A' && y <= 'Z') y = (char)(y + 32);
        if (x != y) return false;
    }
    return true;
}

/* Path and query of the target. One that names a host must name the Host's (RFC 9112 3.2.2):
 * else whoever looks at the one and whoever looks at the other see two different sites. */
static bool split_target(struct http_request *rq)
{
    str rest = rq->target;
    if (rest.ptr[0] != '/' && rest.ptr[0] != '*') {
        const char *host = rest.ptr[4] == 's' ? rest.ptr + 8 : rest.ptr + 7;
        const char *end = rest.ptr + rest.len, *at = host;
        while (at < end && *at != '/' && *at != '?') at++;
        str named = http_header_get(rq, "host");
        if (named.ptr != NULL && !same_host(named, (str){host, at - host})) return false;
        rest = (str){at, end - at};
    }
    const char *mark = rest.len == 0 ? NULL : memchr(rest.ptr, '?', (size_t)rest.len);
    rq->path = mark == NULL ? rest : (str){rest.ptr, mark - rest.ptr};
    rq->query = mark == NULL ? (str){NULL, 0} : (str){mark + 1, rest.ptr + rest.len - mark - 1};
    if (rq->path.len == 0) rq->path = S("/");
    return true;
}

static enum http_parse_result head_is_whole(struct http_parse *p)
{
    p->head_len = p->scan.end;
    p->rq.method = p->scan.line.method;
    p->rq.target = (str){p->head + p->scan.line.target_at, p->scan.line.target_len};
    if (!feed_head(p)) return refuse(p, 400);
    /* A line more or less than we counted: the two readings differ. */
    if (p->rq.header_count != p->scan.lines) return refuse(p, 400);
    tidy_headers(p);
    int status =
        http_framing_headers(p->rq.header, p->rq.header_count, p->scan.line.minor, &p->frame);
    if (status != 0) return refuse(p, status);
    bool has_body = p->frame.chunked || p->frame.content_length > 0;
    if (p->llhttp.message_complete == has_body) return refuse(p, 400);
    if (!split_target(&p->rq)) return refuse(p, 400);
    p->rq.keep_alive = p->llhttp.keep_alive;
    p->body_left = p->frame.content_length > 0 ? p->frame.content_length : 0;
    p->state = STATE_HEAD_TOLD;
    return HTTP_PARSE_HEAD;
}

static bool head_grow(struct http_parse *p)
{
    ptrdiff_t cap = p->head_cap * 2;
    char *head = malloc((size_t)cap);
    if (head == NULL) return false;
    memcpy(head, p->head, (size_t)p->head_len);
    if (p->head != p->head_inline) free(p->head);
    p->head = head;
    p->head_cap = cap;
    return true;
}

/* Older clients send one empty line after a body (RFC 9112 2.2); a second is none of theirs. */
static bool skip_spare_crlf(struct http_parse *p, const char *bytes, ptrdiff_t len, ptrdiff_t *used)
{
    while (*used < len && p->head_len == 0) {
        char c = bytes[*used];
        if (c != '\r' && c != '\n') return p->spare_crlf != 1;
        if (p->spare_crlf > 1 || c != "\r\n"[p->spare_crlf]) return false;
        p->spare_crlf++;
        (*used)++;
    }
    return true;
}

static enum http_parse_result push_head(struct http_parse *p, const char *bytes, ptrdiff_t len,
                                        ptrdiff_t *used)
{
    if (!skip_spare_crlf(p, bytes, len, used)) return refuse(p, 400);
    while (*used < len) {
        if (p->head_len == p->head_cap && !head_grow(p)) return refuse(p, 503);
        ptrdiff_t before = p->head_len, n = p->head_cap - before;
        if (n > len - *used) n = len - *used;
        memcpy(p->head + before, bytes + *used, (size_t)n);
        p->head_len += n;
        int status = http_framing_head(&p->scan, p->head, p->head_len);
        if (status != 0) return refuse(p, status);
        *used += p->scan.end > 0 ? p->scan.end - before : n;
        if (p->scan.end > 0) return head_is_whole(p);
    }
    return HTTP_PARSE_MORE;
}

/* --- the body --- */

static enum http_parse_result done(struct http_parse *p)
{
    if (!p->llhttp.message_complete) return refuse(p, 400);
    if (p->body_len > 0) p->rq.body = (str){p->body, p->body_len};
    p->state = STATE_OVER;
    return HTTP_PARSE_DONE;
}

static enum http_parse_result push_body(struct http_parse *p, const char *bytes, ptrdiff_t len,
                                        ptrdiff_t *used)
{
    bool end;
    if (p->frame.chunked) {
        enum http_chunks_result result = http_chunks_take(&p->chunks, bytes, len, used);
        if (result == HTTP_CHUNKS_BAD) return refuse(p, 400);
        end = result == HTTP_CHUNKS_END;
    } else {
        *used = p->body_left < len ? (ptrdiff_t)p->body_left : len;
        p->body_left -= *used;
        end = p->body_left == 0;
    }
    if (!http_llhttp_feed(&p->llhttp, (str){bytes, *used})) {
        return refuse(p, p->status != 0 ? p->status : 400);
    }
    if (end) return done(p);
    /* llhttp sees an end where we see none. */
    return p->llhttp.message_complete ? refuse(p, 400) : HTTP_PARSE_MORE;
}

enum http_parse_result http_parse_push(struct http_parse *p, const char *bytes, ptrdiff_t len,
                                       ptrdiff_t *used)
{
    *used = 0;
    assert(p->state != STATE_OVER);
    if (p->state == STATE_HEAD) return push_head(p, bytes, len, used);
    if (p->state == STATE_HEAD_TOLD) {
        if (p->body_left > p->body_max) return refuse(p, 413);
        if (p->body_left > budget_room(p, p->body_left)) return refuse(p, 503);
        p->state = STATE_BODY;
        if (p->llhttp.message_complete) return done(p);
    }
    return len == 0 ? HTTP_PARSE_MORE : push_body(p, bytes, len, used);
}

void http_parse_admit(struct http_parse *p, int64_t body_max_bytes)
{
    p->body_max = body_max_bytes;
}

bool http_parse_awaits_continue(const struct http_parse *p)
{
    /* Only what http_parse_push would not refuse at once is worth asking for. */
    return p->frame.expects_continue && (p->frame.chunked || p->body_left > 0) &&
           p->body_left <= p->body_max;
}

str http_header_get(const struct http_request *rq, const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < rq->header_count; i++) {
        str h = rq->header[i].name;
        if ((size_t)h.len == len && memcmp(h.ptr, name, len) == 0) return rq->header[i].value;
    }
    return (str){NULL, 0};
}

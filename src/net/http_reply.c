#include "net/http_inner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    FRONT_BYTES = 192, /* status line, Date, Connection: 145 at most */
    FRAME_BYTES = 64,  /* Content-Length or Transfer-Encoding, and the empty line */
};

struct status_text {
    int status;
    const char *phrase;
    const char *sentence; /* of a refusal by the server */
};

static const struct status_text STATUSES[] = {
    {200, "OK", NULL},
    {201, "Created", NULL},
    {202, "Accepted", NULL},
    {204, "No Content", NULL},
    {206, "Partial Content", NULL},
    {301, "Moved Permanently", NULL},
    {302, "Found", NULL},
    {303, "See Other", NULL},
    {304, "Not Modified", NULL},
    {307, "Temporary Redirect", NULL},
    {308, "Permanent Redirect", NULL},
    {400, "Bad Request", "The request is not plain HTTP/1.1."},
    {401, "Unauthorized", "Sign in first."},
    {403, "Forbidden", "This is not allowed."},
    {404, "Not Found", "There is nothing at this address."},
    {405, "Method Not Allowed", "This method is not served here."},
    {406, "Not Acceptable", NULL},
    {408, "Request Timeout", "The request took too long to arrive."},
    {409, "Conflict", NULL},
    {410, "Gone", NULL},
    {411, "Length Required", "Send a Content-Length."},
    {412, "Precondition Failed", NULL},
    {413, "Content Too Large", "The body is longer than what is taken here."},
    {414, "URI Too Long", "The address is longer than 8 KB."},
    {415, "Unsupported Media Type", "This type of body is not taken here."},
    {416, "Range Not Satisfiable", NULL},
    {417, "Expectation Failed", "Only \"Expect: 100-continue\" is understood."},
    {421, "Misdirected Request", NULL},
    {422, "Unprocessable Content", NULL},
    {428, "Precondition Required", NULL},
    {429, "Too Many Requests", "Wait a moment and try again."},
    {431, "Request Header Fields Too Large", "At most 64 header lines and 32 KB are taken."},
    {500, "Internal Server Error", "Something went wrong on the server."},
    {501, "Not Implemented", "This method is not known here."},
    {502, "Bad Gateway", NULL},
    {503, "Service Unavailable", "The server is busy. Wait a moment and try again."},
    {504, "Gateway Timeout", NULL},
    {505, "HTTP Version Not Supported", "HTTP/1.1 and HTTP/1.0 are understood."},
};

static const struct status_text *find_status(int status)
{
    for (ptrdiff_t i = 0; i < COUNTOF(STATUSES); i++)
        if (STATUSES[i].status == status) return &STATUSES[i];
    return NULL;
}

static char *append(char *at, str s)
{
    if (s.len > 0) memcpy(at, s.ptr, (size_t)s.len);
    return at + s.len;
}

/* A line end in a value would begin a header of somebody else's making. */
static char *append_value(char *at, str s)
{
    for (ptrdiff_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        *at++ = (c < 0x20 && c != '\t') || c == 0x7f ? ' ' : s.ptr[i];
    }
    return at;
}

/* 204 and 304 have no body and say nothing of its length (RFC 9110 8.6). */
static bool status_has_body(int status)
{
    return status != 204 && status != 304;
}

static char *append_frame(char *at, const struct http_exchange *ex, enum http_out_kind kind,
                          const struct http_reply *reply)
{
    if (kind == HTTP_OUT_STREAM_HEAD) {
        if (ex->parse.scan.line.minor == 1) at = append(at, S("Transfer-Encoding: chunked\r\n"));
    } else if (status_has_body(reply->status)) {
        at += snprintf(at, FRAME_BYTES - 2, "Content-Length: %td\r\n", reply->body.len);
    }
    return append(at, S("\r\n"));
}

struct http_out *http_reply_make(struct http_exchange *ex, enum http_out_kind kind,
                                 const struct http_reply *reply)
{
    assert(reply->status >= 200 && reply->status <= 599);
    bool with_body = kind == HTTP_OUT_REPLY && status_has_body(reply->status) &&
                     ex->parse.rq.method != HTTP_HEAD;
    ptrdiff_t cap = FRONT_BYTES + FRAME_BYTES + (with_body ? reply->body.len : 0);
    for (int i = 0; i < reply->header_count; i++)
        cap += reply->header[i].name.len + reply->header[i].value.len + 4;
    struct http_out *out = malloc(sizeof *out + (size_t)cap);
    if (out == NULL) return NULL;
    *out = (struct http_out){.ex = ex, .kind = kind, .status = reply->status};
    char *at = out->bytes + FRONT_BYTES;
    for (int i = 0; i < reply->header_count; i++) {
        at = append_value(at, reply->header[i].name);
        at = append(at, S(": "));
        at = append_value(at, reply->header[i].value);
        at = append(at, S("\r\n"));
    }
    at = append_frame(at, ex, kind, reply);
    if (with_body) at = append(at, reply->body);
    assert(at <= out->bytes + cap);
    out->begin = FRONT_BYTES;
    out->len = at - out->bytes - FRONT_BYTES;
    return out;
}

/* Formatting a date costs more than the rest of the head: once a second is enough. */
static const char *date_now(struct http_server *server)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if ((int64_t)now.tv_sec != server->date_s || server->date[0] == '\0') {
        static const char days[] = "SunMonTueWedThuFriSat";
        static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
        struct tm tm;
        (void)gmtime_r(&now.tv_sec, &tm);
        server->date_s = (int64_t)now.tv_sec;
        (void)snprintf(server->date, sizeof server->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                       days + 3 * tm.tm_wday, tm.tm_mday % 100, months + 3 * tm.tm_mon,
                       (tm.tm_year + 1900) % 10000, tm.tm_hour % 100, tm.tm_min % 100,
                       tm.tm_sec % 100);
    }
    return server->date;
}

void http_reply_begin(struct http_server *server, struct http_out *out, bool keep_alive)
{
    assert(out->begin == FRONT_BYTES);
    const struct status_text *text = find_status(out->status);
    char front[FRONT_BYTES];
    int len = snprintf(front, sizeof front, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: %s\r\n",
                       out->status, text == NULL ? "Status" : text->phrase, date_now(server),
                       keep_alive ? "keep-alive" : "close");
    assert(len > 0 && len < FRONT_BYTES);
    out->begin -= len;
    out->len += len;
    memcpy(out->bytes + out->begin, front, (size_t)len);
}

struct http_out *http_reply_refusal(struct http_exchange *ex, int status)
{
    const struct http_server_options *options = &ex->server->options;
    const struct status_text *text = find_status(status);
    char plain[160];
    str type = S("text/plain; charset=utf-8"), body = {NULL, 0};
    if (options->error_body != NULL)
        body = options->error_body(options->user, &ex->parse.rq, status, &type);
    if (body.ptr == NULL) {
        type = S("text/plain; charset=utf-8");
        int len = snprintf(plain, sizeof plain, "%s\n",
                           text == NULL || text->sentence == NULL ? "The request was refused."
                                                                  : text->sentence);
        body = (str){plain, len};
    }
    struct http_header header[3] = {{S("Content-Type"), type}, {S("Cache-Control"), S("no-store")}};
    int count = 2;
    if (status == 405) {
        header[count++] =
            (struct http_header){S("Allow"), S("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")};
    } else if (status == 503) {
        header[count++] = (struct http_header){S("Retry-After"), S("2")};
    }
    return http_reply_make(ex, HTTP_OUT_REPLY, &(struct http_reply){status, header, count, body});
}

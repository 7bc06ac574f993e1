#include "net/http_llhttp.h"

#include <llhttp.h>

static_assert(sizeof(llhttp_t) <= sizeof(((struct http_llhttp *)0)->state), "room for llhttp_t");
static_assert(alignof(llhttp_t) <= 8, "alignment of llhttp_t");

static llhttp_t *parser_of(struct http_llhttp *reader)
{
    return (llhttp_t *)(void *)reader->state;
}

static int on_name(llhttp_t *parser, const char *at, size_t len)
{
    struct http_llhttp *reader = parser->data;
    return reader->calls->on_name(reader->user, (str){at, (ptrdiff_t)len}) ? 0 : -1;
}

static int on_value(llhttp_t *parser, const char *at, size_t len)
{
    struct http_llhttp *reader = parser->data;
    return reader->calls->on_value(reader->user, (str){at, (ptrdiff_t)len}) ? 0 : -1;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    struct http_llhttp *reader = parser->data;
    return reader->calls->on_body(reader->user, (str){at, (ptrdiff_t)len}) ? 0 : -1;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct http_llhttp *reader = parser->data;
    reader->headers_complete = true;
    /* The next execute forgets it. */
    reader->keep_alive = llhttp_should_keep_alive(parser) != 0;
    parser->upgrade = 0; /* an offer of h2c or WebSocket is passed over */
    return 0;            /* 1 would make the body the next request */
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_llhttp *reader = parser->data;
    reader->message_complete = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t SETTINGS = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

void http_llhttp_begin(struct http_llhttp *reader, const struct http_llhttp_calls *calls,
                       void *user)
{
    llhttp_t *parser = parser_of(reader);
    llhttp_init(parser, HTTP_REQUEST, &SETTINGS);
    parser->data = reader;
    reader->calls = calls;
    reader->user = user;
    reader->headers_complete = reader->message_complete = reader->keep_alive = false;
}

bool http_llhttp_feed(struct http_llhttp *reader, str bytes)
{
    if (bytes.len == 0) return true;
    if (reader->message_complete) return false;
    llhttp_t *parser = parser_of(reader);
    enum llhttp_errno err = llhttp_execute(parser, bytes.ptr, (size_t)bytes.len);
    if (err == HPE_OK) return true;
    /* Paused at the end of the message, and at the end of what was fed: we agree. */
    return err == HPE_PAUSED && reader->message_complete &&
           llhttp_get_error_pos(parser) == bytes.ptr + bytes.len;
}

static bool ignore(void *user, str piece)
{
    (void)user;
    (void)piece;
    return true;
}

bool http_llhttp_is_strict(void)
{
    static const struct http_llhttp_calls calls = {ignore, ignore, ignore};
    struct http_llhttp good, loose;
    http_llhttp_begin(&good, &calls, NULL);
    http_llhttp_begin(&loose, &calls, NULL);
    /* Loose mode takes a CR without LF for the end of the head. */
    return http_llhttp_feed(&good, S("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) &&
           good.message_complete &&
           !http_llhttp_feed(&loose, S("GET / HTTP/1.1\r\nHost: x\r\n\rX"));
}

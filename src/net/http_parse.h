/* net/http_parse.h -- one request out of the bytes of a connection, however they are cut.
 *
 *     push → MORE, MORE, HEAD → (decide) http_parse_admit → push → MORE … DONE
 *
 * or REFUSED at any point, with the status to answer; after it the connection has no next
 * request. Bytes past the request are left to the caller (`used`). Knows nothing of sockets.
 */
#pragma once

#include "net/http_framing.h"
#include "net/http_llhttp.h"

enum { HTTP_PARSE_HEAD_INLINE = 4 << 10 }; /* what nearly every head fits into */

enum http_parse_result { HTTP_PARSE_MORE, HTTP_PARSE_HEAD, HTTP_PARSE_DONE, HTTP_PARSE_REFUSED };

/* What the bodies of all requests in flight hold together. */
struct http_budget {
    int64_t held_bytes, max_bytes;
};

struct http_parse {
    struct http_request rq; /* whole after HEAD, the body after DONE */
    int status;             /* of a refusal */
    int state;
    struct http_body_frame frame;
    struct http_head_scan scan;
    struct http_chunks chunks;
    struct http_llhttp llhttp;
    struct http_budget *budget;
    int64_t body_max, body_left; /* body_left: of a Content-Length */
    char *body;
    ptrdiff_t body_len, body_cap;
    char *head;
    ptrdiff_t head_len, head_cap;
    ptrdiff_t spare_crlf; /* bytes of an empty line before the request */
    char head_inline[HTTP_PARSE_HEAD_INLINE];
};

/* Begin a request. `p` stays where it is until http_parse_end. */
void http_parse_begin(struct http_parse *p, struct http_budget *budget);
/* Give back what the request holds. */
void http_parse_end(struct http_parse *p);
/* Take bytes[0..len); *used says how many were taken. Call again at once after HEAD, if need be
 * with no bytes: a request without a body is DONE then. Not after DONE or REFUSED. */
enum http_parse_result http_parse_push(struct http_parse *p, const char *bytes, ptrdiff_t len,
                                       ptrdiff_t *used);
/* After HEAD: how long the body may be. */
void http_parse_admit(struct http_parse *p, int64_t body_max_bytes);
/* After HEAD: true if the client waits for "100 Continue" before it sends the body. */
bool http_parse_awaits_continue(const struct http_parse *p);

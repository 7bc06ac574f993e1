/* net/http_framing.h -- where a request begins and ends, read from its raw bytes.
 *
 * Two programs that disagree about the end of a request let a third smuggle one in between
 * (request smuggling). llhttp alone still takes what proxies read differently, so these checks
 * stand beside it and refuse whatever is not plainly one thing:
 *
 *   line ends other than CR LF · folded header lines · a name that is empty or followed by
 *   blanks · more than one blank in the request line · no Host, two, or a malformed one · two
 *   Content-Lengths, or one that is not plain digits · Transfer-Encoding other than exactly
 *   "chunked" once, in HTTP/1.0, or beside a Content-Length · chunk extensions and trailers.
 *
 * Sources: RFC 9112 sections 2.2, 3, 5, 6, 7.1; RFC 9110 sections 7.2, 10.1.1.
 * Pure. A check returns 0, or the status to refuse with.
 */
#pragma once

#include "net/http_server.h"

/* The request line, as places in the head. */
struct http_line {
    enum http_method method;
    ptrdiff_t target_at, target_len;
    int minor; /* HTTP/1.minor: 0 or 1 */
};

/* How far the search for the end of a head has come; zeroed at first. */
struct http_head_scan {
    ptrdiff_t line_at; /* where the present line begins */
    ptrdiff_t seen;    /* bytes looked at */
    ptrdiff_t end;     /* one past the head's last byte; 0: not there yet */
    int lines;         /* header lines found whole */
    struct http_line line;
};

/* Look at head[0..len), of which the first `seen` bytes were there before. The head starts at
 * the request line (an empty line in front of it is taken off by the caller). */
int http_framing_head(struct http_head_scan *scan, const char *head, ptrdiff_t len);

/* What the header lines say of the body. */
struct http_body_frame {
    int64_t content_length; /* -1: none given */
    bool chunked;
    bool expects_continue;
};

/* `count` headers with names in lower case. */
int http_framing_headers(const struct http_header *header, int count, int minor,
                         struct http_body_frame *out);

/* Where one is in a chunked body; zeroed at first. */
struct http_chunks {
    int state;
    int digits;
    int64_t left; /* of the present chunk */
};

enum http_chunks_result { HTTP_CHUNKS_MORE, HTTP_CHUNKS_END, HTTP_CHUNKS_BAD };

/* Follow the framing of bytes[0..len). *used is set to how many belong to the body. */
enum http_chunks_result http_chunks_take(struct http_chunks *chunks, const char *bytes,
                                         ptrdiff_t len, ptrdiff_t *used);

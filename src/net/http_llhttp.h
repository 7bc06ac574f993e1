/* net/http_llhttp.h -- llhttp behind a face of our own (its names collide with http_server.h's).
 *
 * It reads one request: first the whole head in one piece but for the target, then the body. The
 * framing checks stand beside it, and a request counts only where both agree on its end.
 */
#pragma once

#include "base/str.h"

#include <stdalign.h>

/* Called with spans of the bytes that were fed. */
struct http_llhttp_calls {
    bool (*on_name)(void *user, str piece);
    bool (*on_value)(void *user, str piece);
    bool (*on_body)(void *user, str piece);
};

struct http_llhttp {
    alignas(8) unsigned char state[128]; /* a llhttp_t */
    const struct http_llhttp_calls *calls;
    void *user;
    bool headers_complete, message_complete, keep_alive;
};

/* Begin a request. */
void http_llhttp_begin(struct http_llhttp *reader, const struct http_llhttp_calls *calls,
                       void *user);
/* Feed bytes, none past the end of the message; false if they are no HTTP or a call said so. */
MUST_USE bool http_llhttp_feed(struct http_llhttp *reader, str bytes);
/* True if llhttp was compiled in strict mode, proven by a request that only strict refuses. */
bool http_llhttp_is_strict(void);

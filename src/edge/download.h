/* edge/download.h -- bodies that are written while they are read, so that none is too large.
 *
 * A handler that sets web_reply.body has it run on its worker. What fits into a piece
 * (LIMIT_DOWNLOAD_PIECE_BYTES) is answered as any reply; from then on pieces go to the socket as
 * fast as the reader takes them (net/http_server.h), and what goes wrong cuts the connection.
 * As many as LIMIT_DOWNLOADS at once, and of one workspace LIMIT_DOWNLOADS_OF_WORKSPACE.
 */
#pragma once

#include "web/web.h"

struct downloads; /* those of this process that are under way */
struct http_exchange;

enum download_end {
    DOWNLOAD_REFUSED, /* nothing was sent, and the exchange is the caller's; cx->err says why */
    DOWNLOAD_SHORT,   /* likewise, and rp->raw has all of it */
    DOWNLOAD_SENT,    /* whole, as far as we know */
    DOWNLOAD_LEFT,    /* broken off: the reader went, took nothing, or the server stops */
    DOWNLOAD_BROKEN,  /* broken off: cx->err says why */
};

struct downloads_stats {
    int64_t running, bytes, broken;
};

/* None yet; lives in `a`. */
struct downloads *downloads_new(arena *a);
/* Run rp->body and send what it writes; *bytes: how many. To HEAD only the head is sent. */
enum download_end download_run(struct ctx *cx, struct http_exchange *ex,
                               const struct web_request *rq, struct web_reply *rp, int64_t *bytes);
/* The arena ran out in the midst of it: forget the download of that exchange. True if its head was
 * out: it is cut, and the exchange gone. */
bool download_drop(struct downloads *all, struct http_exchange *ex);
/* Any thread: how many are under way, and what came of all so far. */
void downloads_stats(struct downloads *all, struct downloads_stats *out);

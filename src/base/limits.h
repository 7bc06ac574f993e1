/* base/limits.h -- every ceiling, with its reason. */
#pragma once

enum {
    /* HTTP: Apache and nginx take 8 KB of request line and 32 KB of head; ours are in between. */
    LIMIT_HTTP_TARGET_BYTES = 8 << 10,
    LIMIT_HTTP_HEAD_BYTES = 32 << 10,
    LIMIT_QUERY_BYTES = 8 << 10,
    /* Bodies being read and replies that wait for slow readers, of all connections together. */
    LIMIT_HTTP_HELD_BYTES = 256 << 20,
    /* Larger bodies may take only half of that: forms and API calls stay below. */
    LIMIT_HTTP_LARGE_BODY_BYTES = 2 << 20,
    /* A reply that waits must move this far in this time (2 KB/s), or its reader is given up. */
    LIMIT_HTTP_WRITE_MS = 30000,
    LIMIT_HTTP_WRITE_STEP_BYTES = 64 << 10,
    LIMIT_HTTP_LINGER_MS = 2000, /* for the last reply to arrive before the socket closes */
    LIMIT_HTTP_OVERFLOW = 256,   /* connections above the maximum that are still told 503 */
    LIMIT_HTTP_ACCEPTS = 64,     /* in one turn of the loop, so that readers get theirs */
    LIMIT_HTTP_ACCEPT_PAUSE_MS = 100, /* when no file descriptors are left */
    LIMIT_HTTP_EXCHANGES_KEPT = 64, /* request memory kept for reuse, 7 KB each */
    /* A form is text; 256 KB is a hundred pages of it. */
    LIMIT_FORM_BODY_BYTES = 256 << 10,
    LIMIT_FORM_FIELDS = 256, /* an import's 200 columns, and what stands beside them */
    /* A colleague's: the form editor sends 30 fields of 15 values, and 8 consents of 6. */
    LIMIT_EDITOR_FIELDS = 1024,
    LIMIT_PART_HEAD_BYTES = 4 << 10, /* the head of one multipart part: three short lines */
    /* API bodies: a form definition with long texts stays below 64 KB. */
    LIMIT_API_BODY_BYTES = 1 << 20,
    LIMIT_UPLOAD_BYTES = 25 << 20, /* whitepapers; the design's blob limit */
    /* What strangers send in with a form: a file at most, and a whole form of them. */
    LIMIT_SENT_FILE_BYTES = 10 << 20,
    LIMIT_SENT_FORM_BYTES = 20 << 20,
    LIMIT_JSON_DEPTH = 32,
    LIMIT_JSON_ITEMS = 50000, /* values in one document; 1 MB of real data has half as many */
    LIMIT_JSON_OUT_BYTES = 16 << 20,
    LIMIT_PAGE_BYTES = 4 << 20,          /* a rendered page */
    LIMIT_MAIL_BYTES = 1 << 20,          /* a rendered mail */
    LIMIT_STREAM_BYTES = 256 << 10,      /* what may wait for a slow reader of events */
    /* Downloads without an end known beforehand: a piece, and what may wait for the reader. */
    LIMIT_DOWNLOAD_PIECE_BYTES = 128 << 10,
    LIMIT_DOWNLOAD_WAITING_BYTES = 1 << 20,
    LIMIT_DOWNLOAD_STALL_MS = 60000, /* a piece in this time (2 KB/s), as for replies */
    /* At once: each has a thread and reads the database all the time. One workspace must not keep
     * the others from theirs. */
    LIMIT_DOWNLOADS = 4,
    LIMIT_DOWNLOADS_OF_WORKSPACE = 2,
    LIMIT_QUERY_ROWS = 10000,            /* rows in memory at once; more is read in pages */
    LIMIT_LIST_PAGE = 200,               /* rows of one list page */
    LIMIT_WORKER_ARENA_BYTES = 64 << 20, /* reserved address space, not memory */
    LIMIT_TEXT_BYTES = 4000,             /* one answer in a form */
    LIMIT_EMAIL_BYTES = 254,             /* RFC 5321 4.5.3.1.3 */
    LIMIT_NAME_BYTES = 200,
};

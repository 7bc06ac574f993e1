/* net/smtp_reply.h -- the replies of an SMTP server, read strictly.
 *
 * Terms:   reply: one or more lines "250-text" … "250 text", one code in all of them;
 *          enhanced code: "5.1.1" at the beginning of the text.
 * Sources: RFC 5321 4.2 (grammar) and 4.5.3.1.5 (sizes); RFC 2034 and RFC 3463 (enhanced codes).
 *
 * A line ends with CR LF and nothing else does: a lone CR or LF, or a NUL, makes the reply bad, so
 * that client and server never disagree about where one reply ends and the next begins.
 */
#pragma once

#include "base/str.h"

enum {
    SMTP_LINE_BYTES = 2048,  /* RFC 5321 says 512; large providers are known to write more */
    SMTP_REPLY_BYTES = 8192, /* all lines; an EHLO reply has about 300 bytes */
    SMTP_REPLY_LINES = 100,
    SMTP_ENHANCED_BYTES = 12, /* "5.123.123" and NUL */
};

enum smtp_feed { SMTP_FEED_MORE, SMTP_FEED_DONE, SMTP_FEED_BAD };

struct smtp_reply {
    int code; /* 200..559; 0 before the first line */
    int line_count;
    char text[SMTP_REPLY_BYTES]; /* what follows the code, each line ended with '\n' */
    ptrdiff_t text_len;
    /* the line that is being read */
    char line[SMTP_LINE_BYTES];
    ptrdiff_t line_len;
    enum smtp_feed state;
};

/* Forget everything; before each reply. */
void smtp_reply_reset(struct smtp_reply *r);

/* Take bytes up to the end of one reply; *used gets how many of them belong to it. After DONE or
 * BAD nothing more is taken until the next reset. */
enum smtp_feed smtp_reply_feed(struct smtp_reply *r, str bytes, ptrdiff_t *used);

/* The lines without their codes, each ended with '\n'; borrowed from `r`. */
str smtp_reply_text(const struct smtp_reply *r);

/* The enhanced code of the first line that has one of the same class as the code, NUL-terminated
 * into to[SMTP_ENHANCED_BYTES]; empty text if there is none. */
void smtp_reply_enhanced(const struct smtp_reply *r, char *to);

/* The server's words as one printable line without codes, NUL-terminated, at most `cap` bytes. */
void smtp_reply_words(const struct smtp_reply *r, char *to, ptrdiff_t cap);

/* Any text as one line of printable UTF-8, NUL-terminated, cut to `cap` bytes at a character:
 * white space and controls become one space, invalid bytes and direction marks "?". */
void smtp_printable(str text, char *to, ptrdiff_t cap);

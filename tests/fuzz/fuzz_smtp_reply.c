/* Properties: a reply is read the same in one piece and byte by byte; what is made of it is one
 * line of printable UTF-8 without our limits being passed. */
#include "base/utf8.h"
#include "net/smtp_reply.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_words(const struct smtp_reply *r)
{
    char enhanced[SMTP_ENHANCED_BYTES], words[512];
    memset(enhanced, 'x', sizeof enhanced);
    smtp_reply_enhanced(r, enhanced);
    if (memchr(enhanced, '\0', sizeof enhanced) == NULL) abort();
    if (enhanced[0] != '\0' && enhanced[0] != (char)('0' + r->code / 100)) abort();
    memset(words, 'x', sizeof words);
    smtp_reply_words(r, words, sizeof words);
    const char *end = memchr(words, '\0', sizeof words);
    if (end == NULL || !utf8_valid(str_of(words))) abort();
    for (const char *p = words; p < end; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7F) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct smtp_reply whole, bytewise;
    str rest = {(const char *)data, (ptrdiff_t)size};
    /* several replies behind each other, as with pipelining */
    for (int n = 0; n < 8 && rest.len > 0; n++) {
        ptrdiff_t used = 0, at = 0, one = 0;
        smtp_reply_reset(&whole);
        smtp_reply_reset(&bytewise);
        enum smtp_feed got = smtp_reply_feed(&whole, rest, &used), same = SMTP_FEED_MORE;
        while (at < rest.len && same == SMTP_FEED_MORE) {
            same = smtp_reply_feed(&bytewise, str_slice(rest, at, at + 1), &one);
            at += one;
        }
        if (got != same || used != at || used > rest.len) abort();
        if (got != SMTP_FEED_DONE) return 0;
        if (whole.code != bytewise.code || whole.code < 200 || whole.code > 559) abort();
        if (!str_eq(smtp_reply_text(&whole), smtp_reply_text(&bytewise))) abort();
        check_words(&whole);
        rest = str_slice(rest, used, rest.len);
    }
    return 0;
}

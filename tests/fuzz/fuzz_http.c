/* Property: however the bytes of a connection are cut, nothing crashes, the verdict is the same,
 * and every request that is taken ends where a second, naive reading of its raw bytes ends it.
 *
 * The first byte of the input chooses where the rest is cut. */
#include "net/http_parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { BODY_MAX = 4096 };

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "not so: %s (line %d)\n", #condition, __LINE__);                       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* The naive reading: lines by CR LF, no more. */
struct naive {
    const char *body; /* of the raw bytes, just after the head */
    int hosts, lengths, encodings;
    bool chunked;
    long long length;
    int lines;
};

static const char *find_crlf(const char *at, const char *end)
{
    for (; end - at >= 2; at++)
        if (at[0] == '\r' && at[1] == '\n') return at;
    return NULL;
}

static void read_naively(const char *at, const char *end, struct naive *out)
{
    *out = (struct naive){0};
    if (end - at > 2 && at[0] == '\r' && at[1] == '\n') at += 2;
    const char *line_end = find_crlf(at, end);
    MUST(line_end != NULL);
    for (at = line_end + 2; (line_end = find_crlf(at, end)) != at; at = line_end + 2) {
        MUST(line_end != NULL);
        const char *colon = memchr(at, ':', (size_t)(line_end - at));
        MUST(colon != NULL && colon > at);
        MUST(at[0] != ' ' && at[0] != '\t' && colon[-1] != ' ' && colon[-1] != '\t');
        MUST(memchr(at, '\n', (size_t)(line_end - at)) == NULL);
        MUST(memchr(at, '\r', (size_t)(line_end - at)) == NULL);
        MUST(memchr(at, '\0', (size_t)(line_end - at)) == NULL);
        size_t name = (size_t)(colon - at);
        const char *value = colon + 1;
        while (value < line_end && (*value == ' ' || *value == '\t')) value++;
        if (name == 4 && strncasecmp(at, "host", 4) == 0) out->hosts++;
        if (name == 14 && strncasecmp(at, "content-length", 14) == 0) {
            char *stop;
            out->lengths++;
            MUST(*value >= '0' && *value <= '9');
            out->length = strtoll(value, &stop, 10);
            while (*stop == ' ' || *stop == '\t') stop++;
            MUST(stop == line_end);
        }
        if (name == 17 && strncasecmp(at, "transfer-encoding", 17) == 0) {
            out->encodings++;
            out->chunked = line_end - value >= 7 && memcmp(value, "chunked", 7) == 0;
            for (value += 7; value < line_end; value++) MUST(*value == ' ' || *value == '\t');
        }
        out->lines++;
    }
    out->body = line_end + 2;
}

/* One request was taken out of raw[0..len). */
static void check_taken(const struct http_parse *p, const char *raw, ptrdiff_t len)
{
    struct naive naive;
    const char *end = raw + len;
    read_naively(raw, end, &naive);
    MUST(naive.lines == p->rq.header_count);
    MUST(naive.hosts == 1 || (naive.hosts == 0 && p->scan.line.minor == 0));
    MUST(naive.lengths + naive.encodings <= 1);
    MUST(naive.encodings == 0 || (naive.chunked && p->scan.line.minor == 1));
    if (naive.encodings == 0) {
        MUST(end - naive.body == naive.length);
        MUST(p->rq.body.len == naive.length);
        MUST(memcmp(p->rq.body.ptr, naive.body, (size_t)naive.length) == 0);
        return;
    }
    const char *at = naive.body;
    ptrdiff_t told = 0;
    for (;;) {
        char *stop;
        unsigned long n = strtoul(at, &stop, 16);
        MUST(stop > at && memcmp(stop, "\r\n", 2) == 0);
        at = stop + 2;
        if (n == 0) break;
        MUST((ptrdiff_t)n <= p->rq.body.len - told);
        MUST(memcmp(p->rq.body.ptr + told, at, n) == 0);
        told += (ptrdiff_t)n;
        at += n;
        MUST(memcmp(at, "\r\n", 2) == 0);
        at += 2;
    }
    MUST(memcmp(at, "\r\n", 2) == 0 && at + 2 == end && told == p->rq.body.len);
}

/* What became of a connection's bytes. */
struct verdict {
    int taken, status;
    ptrdiff_t used;
};

static struct verdict read_connection(const char *bytes, ptrdiff_t len, unsigned cut)
{
    static struct http_parse parse;
    struct http_budget budget = {0, 1 << 20};
    struct verdict verdict = {0};
    ptrdiff_t at = 0, begin = 0;
    bool again = false, whole = cut == 0;
    http_parse_begin(&parse, &budget);
    while (at < len || again) {
        /* A small generator, so that one byte gives many ways to cut. */
        cut = cut * 1103515245u + 12345u;
        ptrdiff_t n = (cut >> 16) % 3 == 0 ? 1 : (ptrdiff_t)((cut >> 16) % 97) + 1, used;
        if (n > len - at || whole) n = len - at;
        char *piece = malloc((size_t)n + 1); /* so that a byte read too many is seen */
        memcpy(piece, bytes + at, (size_t)n);
        enum http_parse_result result = http_parse_push(&parse, piece, n, &used);
        free(piece);
        MUST(used >= 0 && used <= n);
        at += used;
        again = result == HTTP_PARSE_HEAD;
        if (again) http_parse_admit(&parse, BODY_MAX);
        if (result == HTTP_PARSE_REFUSED) {
            MUST(parse.status >= 400 && parse.status <= 505);
            verdict.status = parse.status;
            break;
        }
        if (result == HTTP_PARSE_DONE) {
            check_taken(&parse, bytes + begin, at - begin);
            verdict.taken++;
            begin = at;
            http_parse_end(&parse);
            http_parse_begin(&parse, &budget);
        }
    }
    verdict.used = begin;
    http_parse_end(&parse);
    MUST(budget.held_bytes == 0);
    return verdict;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1) return 0;
    /* With a NUL after it, for strtoll above. */
    char *bytes = malloc(size);
    memcpy(bytes, data + 1, size - 1);
    bytes[size - 1] = '\0';
    ptrdiff_t len = (ptrdiff_t)size - 1;
    struct verdict whole = read_connection(bytes, len, 0),
                   cut = read_connection(bytes, len, data[0]);
    MUST(whole.taken == cut.taken && whole.used == cut.used);
    MUST((whole.status == 0) == (cut.status == 0));
    free(bytes);
    return 0;
}

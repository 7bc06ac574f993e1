#include "net/smtp_message.h"

#include "base/limits.h"
#include "net/mime_write.h"

#include <stdlib.h>
#include <string.h>

/* The body in wire form, into `to` if that is not NULL: its length. A lone CR or LF is taken as a
 * line end here, because relays differ on it and "\n.\n" must not end a message (SMTP smuggling).
 */
static ptrdiff_t put_wire(str data, char *to, int64_t *dots)
{
    ptrdiff_t n = 0;
    bool fresh = true; /* at the beginning of a line */
    *dots = 0;
    for (ptrdiff_t i = 0; i < data.len; i++) {
        char c = data.ptr[i];
        bool stop = c == '\r' || c == '\n';
        if (c == '\r' && i + 1 < data.len && data.ptr[i + 1] == '\n') i++;
        if (c == '.' && fresh) {
            if (to != NULL) to[n] = '.';
            n++;
            ++*dots;
        }
        if (to != NULL) memcpy(to + n, stop ? "\r\n" : &c, stop ? 2 : 1);
        n += stop ? 2 : 1;
        fresh = stop;
    }
    str end = fresh ? S(".\r\n") : S("\r\n.\r\n");
    if (to != NULL) memcpy(to + n, end.ptr, (size_t)end.len);
    return n + end.len;
}

static const char *fault_of(const struct smtp_message *m)
{
    if (m->from.len > 0 && !mime_address_ok(m->from)) return "the sender's address is not valid";
    if (!mime_address_ok(m->to)) return "the address is not valid";
    if (m->data.len == 0) return "the message is empty";
    if (memchr(m->data.ptr, '\0', (size_t)m->data.len) != NULL) return "the message holds a NUL";
    return NULL;
}

static char *put_text(char *at, str s)
{
    if (s.len > 0) memcpy(at, s.ptr, (size_t)s.len);
    at[s.len] = '\0';
    return at + s.len + 1;
}

struct smtp_pending *smtp_pending_new(const struct smtp_message *m)
{
    const char *fault = fault_of(m);
    str none = {NULL, 0};
    str from = fault != NULL ? none : m->from;
    str to = fault != NULL ? none : m->to;
    str data = fault != NULL ? none : m->data;

    int64_t dots = 0;
    ptrdiff_t wire_len = put_wire(data, NULL, &dots);

    struct smtp_pending *p = malloc(sizeof *p + (size_t)(from.len + to.len + 2 + wire_len));
    if (p == NULL) return NULL;
    memset(p, 0, sizeof *p);
    char *at = (char *)(p + 1);
    p->id = m->id;
    p->fault = fault;
    p->from = at;
    at = put_text(at, from);
    p->to = at;
    at = put_text(at, to);
    p->wire = (str){at, wire_len};
    (void)put_wire(data, at, &dots);
    p->size_bytes = wire_len - dots - 3;
    for (ptrdiff_t i = 0; i < data.len && !p->eight_bit; i++)
        p->eight_bit = (unsigned char)data.ptr[i] >= 0x80;
    return p;
}

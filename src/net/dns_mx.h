/* net/dns_mx.h -- does a domain take mail? Asked of DNS, over the C library's resolver.
 *
 * Only what DNS says clearly counts against a domain: the name does not exist, it has neither MX
 * nor address, or it says itself that it takes no mail. Whatever fails says nothing. A resolver
 * that does not know "com" either knows nothing of the world, and says nothing.
 *
 * Sources: RFC 5321 5.1 (a name without MX takes mail at its address), RFC 7505 (null MX),
 *          RFC 2606, 6761 and 6762 (reserved names).
 */
#pragma once

#include "base/str.h"

enum mx_answer { MX_ACCEPTS, MX_NONE, MX_UNKNOWN };

/* What one question came to. */
enum dns_reply {
    DNS_FOUND,
    DNS_NO_DATA, /* the name is there, and has nothing of that type */
    DNS_NO_NAME,
    DNS_NULL_MX, /* its only MX is "." */
    DNS_FAILED,  /* no reply, an unreadable one, or another code */
};

/* The types asked for, as DNS numbers them. */
enum { DNS_A = 1, DNS_NS = 2, DNS_MX = 15, DNS_AAAA = 28 };

/* Read the bytes of a reply to a question for `type`. Pure. */
enum dns_reply dns_reply_read(str bytes, int type);

typedef enum dns_reply dns_ask(void *arg, const char *name, int type);
/* Judge a domain by what `ask` says. Pure but for that. */
enum mx_answer mx_judge(dns_ask *ask, void *arg, const char *domain);

/* Is the name, or one that it belongs to, kept for examples and tests, or not one of DNS? Such are
 * not to be asked for. `domain` in lower case. */
bool dns_is_reserved(str domain);

/* Is it "1.2.3.4:53"? */
bool dns_server_is(str server);
/* Ask, for about two seconds at most; the calling thread waits. `domain` in ASCII, as
 * base/email.h has it. `server` "1.2.3.4:53"; empty: the system's. *took_ms: so long it took. */
enum mx_answer mx_lookup(str server, str domain, int64_t *took_ms);

/* spam/domain_check.h -- which domains take mail, as far as this process has seen.
 *
 * A domain that takes mail is not asked for again for a day. Of it a keyed hash is kept, in memory
 * of a fixed size. Asking takes time (net/dns_mx.h): beyond a share of each minute, and for a minute
 * after several questions in vain, nobody is asked, so that slow name servers, or somebody who owns
 * some, do not hold up other work. Any thread.
 */
#pragma once

#include "base/arena.h"
#include "net/dns_mx.h"

struct domain_check;

/* `server` as in net/dns_mx.h; it must stay. */
struct domain_check *domain_check_new(arena *a, str server);
/* Is it to be asked for? Not if it is reserved, was seen to take mail, nobody is asked just now, or
 * `c` is NULL. */
bool domain_wants_look(struct domain_check *c, str domain, int64_t now_ms);
/* Ask; the calling thread waits, two seconds or so at most. */
enum mx_answer domain_look(struct domain_check *c, str domain, int64_t now_ms);

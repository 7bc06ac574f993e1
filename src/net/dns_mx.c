#include "net/dns_mx.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netinet/in.h>
#include <resolv.h>
#include <string.h>

enum { REPLY_BYTES = 4096, QUERY_BYTES = 512, NAME_BYTES = 253, LOOK_MS = 2000 };

/* Its one name is the root: the two bytes of the preference and a zero. */
static bool is_null_mx(const ns_rr *rr)
{
    return ns_rr_rdlen(*rr) == 3 && ns_rr_rdata(*rr)[2] == 0;
}

enum dns_reply dns_reply_read(str bytes, int type)
{
    ns_msg msg;
    ns_rr rr;
    int found = 0, null = 0;
    if (bytes.len <= 0 || bytes.len > NS_MAXMSG ||
        ns_initparse((const unsigned char *)bytes.ptr, (int)bytes.len, &msg) != 0)
        return DNS_FAILED;
    int code = ns_msg_getflag(msg, ns_f_rcode);
    if (ns_msg_getflag(msg, ns_f_qr) == 0) return DNS_FAILED;
    if (code == ns_r_nxdomain) return DNS_NO_NAME;
    if (code != ns_r_noerror) return DNS_FAILED;
    for (int i = 0; i < ns_msg_count(msg, ns_s_an); i++) {
        if (ns_parserr(&msg, ns_s_an, i, &rr) != 0) return DNS_FAILED;
        if ((int)ns_rr_type(rr) != type || ns_rr_class(rr) != ns_c_in) continue;
        found++;
        null += type == DNS_MX && is_null_mx(&rr);
    }
    if (found > 0) return found == null ? DNS_NULL_MX : DNS_FOUND;
    return ns_msg_getflag(msg, ns_f_tc) != 0 ? DNS_FAILED : DNS_NO_DATA;
}

enum mx_answer mx_judge(dns_ask *ask, void *arg, const char *domain)
{
    static const int types[] = {DNS_MX, DNS_A, DNS_AAAA};
    enum dns_reply reply = DNS_NO_DATA;
    for (ptrdiff_t i = 0; i < COUNTOF(types) && reply == DNS_NO_DATA; i++)
        reply = ask(arg, domain, types[i]);
    if (reply == DNS_FOUND) return MX_ACCEPTS;
    if (reply == DNS_FAILED) return MX_UNKNOWN;
    return ask(arg, "com", DNS_NS) == DNS_FOUND ? MX_NONE : MX_UNKNOWN;
}

bool dns_is_reserved(str domain)
{
    static const char *const names[] = {"example",     "test",  "invalid",     "localhost",
                                        "local",       "onion", "example.com", "example.net",
                                        "example.org", "alt"};
    for (ptrdiff_t i = 0; i < COUNTOF(names); i++) {
        str name = str_of(names[i]);
        ptrdiff_t before = domain.len - name.len;
        if (before < 0 || !str_eq(str_slice(domain, before, domain.len), name)) continue;
        if (before == 0 || domain.ptr[before - 1] == '.') return true;
    }
    return false;
}

/* --- asking --- */

static bool server_read(str text, struct sockaddr_in *out)
{
    char host[INET_ADDRSTRLEN] = "";
    str port, name = str_cut(text, ':', &port);
    int64_t number;
    *out = (struct sockaddr_in){.sin_family = AF_INET};
    if (name.len <= 0 || name.len >= INET_ADDRSTRLEN) return false;
    memcpy(host, name.ptr, (size_t)name.len);
    if (!str_to_i64(port, &number) || number < 1 || number > 65535) return false;
    out->sin_port = htons((uint16_t)number);
    return inet_pton(AF_INET, host, &out->sin_addr) == 1;
}

bool dns_server_is(str server)
{
    struct sockaddr_in address;
    return server_read(server, &address);
}

struct asking {
    struct __res_state state;
    int64_t until_ms;
};

static enum dns_reply ask_resolver(void *arg, const char *name, int type)
{
    struct asking *q = arg;
    unsigned char query[QUERY_BYTES], reply[REPLY_BYTES];
    if (clock_mono_ms() >= q->until_ms) return DNS_FAILED;
    int n = res_nmkquery(&q->state, ns_o_query, name, ns_c_in, type, NULL, 0, NULL, query,
                         sizeof query);
    if (n <= 0) return DNS_FAILED;
    n = res_nsend(&q->state, query, n, reply, sizeof reply);
    if (n <= 0 || n > (int)sizeof reply) return DNS_FAILED;
    return dns_reply_read((str){(const char *)reply, n}, type);
}

enum mx_answer mx_lookup(str server, str domain, int64_t *took_ms)
{
    struct asking q = {.until_ms = clock_mono_ms() + LOOK_MS};
    struct sockaddr_in address;
    char name[NAME_BYTES + 1] = "";
    *took_ms = 0;
    if (domain.len <= 0 || domain.len > NAME_BYTES || res_ninit(&q.state) != 0) return MX_UNKNOWN;
    memcpy(name, domain.ptr, (size_t)domain.len);
    if (server.len > 0 && server_read(server, &address)) {
        q.state.nscount = 1;
        q.state.nsaddr_list[0] = address;
    }
    /* A second each for two servers. Never by TCP, which would not keep to that: a reply that is
     * too long for UDP has what we ask for in front. */
    if (q.state.nscount > 2) q.state.nscount = 2;
    q.state.retrans = 1;
    q.state.retry = 1;
    q.state.options |= RES_IGNTC;
    enum mx_answer answer = mx_judge(ask_resolver, &q, name);
    res_nclose(&q.state);
    *took_ms = clock_mono_ms() - (q.until_ms - LOOK_MS);
    return answer;
}

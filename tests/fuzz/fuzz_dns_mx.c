/* Properties: a reply that is read is read the same again; torn off, it never says a "no" that the
 * whole did not; only a reply (QR) with NOERROR or NXDOMAIN says anything; and no reply but an
 * answer to NS for "com" and a clear no together count against a domain. */
#include "net/dns_mx.h"

#include <stdlib.h>

enum { HEAD_BYTES = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum dns_reply say(void *arg, const char *name, int type)
{
    (void)name;
    return dns_reply_read(*(const str *)arg, type);
}

static bool is_no(enum dns_reply reply)
{
    return reply == DNS_NO_NAME || reply == DNS_NULL_MX || reply == DNS_NO_DATA;
}

static void check_type(str bytes, int type)
{
    enum dns_reply whole = dns_reply_read(bytes, type);
    if (whole != dns_reply_read(bytes, type)) abort();
    if (whole == DNS_NULL_MX && type != DNS_MX) abort();
    if (whole == DNS_FAILED) return;
    if (bytes.len < HEAD_BYTES) abort();
    int code = bytes.ptr[3] & 15;
    if ((bytes.ptr[2] & 0x80) == 0 || (code != 0 && code != 3)) abort();
    if ((code == 3) != (whole == DNS_NO_NAME)) abort();
    if ((bytes.ptr[2] & 2) != 0 && whole == DNS_NO_DATA) abort(); /* cut: the rest is not known */
    for (ptrdiff_t len = bytes.len < 64 ? 0 : bytes.len - 64; len < bytes.len; len++)
        if (is_no(dns_reply_read(str_slice(bytes, 0, len), type))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int types[] = {DNS_MX, DNS_A, DNS_AAAA, DNS_NS};
    str bytes = {(const char *)data, (ptrdiff_t)size};
    if (size > 4096) return 0; /* as much as is read of a reply */
    for (ptrdiff_t i = 0; i < COUNTOF(types); i++) check_type(bytes, types[i]);
    enum mx_answer answer = mx_judge(say, &bytes, "a.de");
    if (answer == MX_NONE && dns_reply_read(bytes, DNS_NS) != DNS_FOUND) abort();
    return 0;
}

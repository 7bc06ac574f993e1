/* What DNS says about a domain's mail, and what that is taken for. */
#include "assert_str.h"
#include "base/crypto.h"
#include "net/dns_mx.h"
#include "spam/domain_check.h"

#include <string.h>

enum { REPLY_MAX = 512 };

/* A reply about "a.de" as it comes: flags, one question, answers of type and data in hex. */
struct message {
    unsigned char byte[REPLY_MAX];
    int len;
};

static void put(struct message *m, const void *bytes, int len)
{
    assert_true(m->len + len <= REPLY_MAX);
    memcpy(m->byte + m->len, bytes, (size_t)len);
    m->len += len;
}

static void put16(struct message *m, int number)
{
    unsigned char two[2] = {(unsigned char)(number >> 8), (unsigned char)number};
    put(m, two, 2);
}

struct record {
    int type, len; /* type 0: none */
    const char *data;
};

enum { MANY = 3 };

static struct message message_of(int flags, int asked, const struct record record[MANY])
{
    struct message m = {.len = 0};
    int count = 0;
    while (count < MANY && record[count].type != 0) count++;
    put16(&m, 7);
    put16(&m, flags);
    put16(&m, 1);
    put16(&m, count);
    put16(&m, 0);
    put16(&m, 0);
    put(&m, "\1a\2de", 6);
    put16(&m, asked);
    put16(&m, 1);
    for (int i = 0; i < count; i++) {
        put16(&m, 0xc00c); /* the name asked for */
        put16(&m, record[i].type);
        put16(&m, 1);
        put(&m, "\0\0\0\1", 4);
        put16(&m, record[i].len);
        put(&m, record[i].data, record[i].len);
    }
    return m;
}

static const struct record mx = {DNS_MX, 4, "\0\12\xc0\x0c"}, null_mx = {DNS_MX, 3, "\0\0\0"},
                           address = {DNS_A, 4, "\xc0\0\2\1"}, alias = {5, 2, "\xc0\x0c"},
                           long_mx = {DNS_MX, 3, "\0\12\xff"};

static void a_reply_is_read(void **state)
{
    (void)state;
    enum { OK = 0x8180, CUT = 0x8380 };
    static const struct {
        const char *what;
        int flags, asked;
        const struct record *record[MANY];
        enum dns_reply is;
    } cases[] = {
        {"an MX", OK, DNS_MX, {&mx}, DNS_FOUND},
        {"a null MX", OK, DNS_MX, {&null_mx}, DNS_NULL_MX},
        {"a null MX that is not alone", OK, DNS_MX, {&null_mx, &mx}, DNS_FOUND},
        {"an alias and an MX", OK, DNS_MX, {&alias, &mx}, DNS_FOUND},
        {"an alias alone", OK, DNS_MX, {&alias}, DNS_NO_DATA},
        {"nothing", OK, DNS_MX, {NULL}, DNS_NO_DATA},
        {"an address that nobody asked for", OK, DNS_MX, {&address}, DNS_NO_DATA},
        {"an address", OK, DNS_A, {&address}, DNS_FOUND},
        {"NXDOMAIN", 0x8183, DNS_MX, {NULL}, DNS_NO_NAME},
        {"SERVFAIL", 0x8182, DNS_MX, {NULL}, DNS_FAILED},
        {"REFUSED", 0x8185, DNS_MX, {NULL}, DNS_FAILED},
        {"FORMERR", 0x8181, DNS_MX, {NULL}, DNS_FAILED},
        {"too long, with one", CUT, DNS_MX, {&mx}, DNS_FOUND},
        {"too long, without", CUT, DNS_MX, {NULL}, DNS_FAILED},
        {"a question", 0x0100, DNS_MX, {NULL}, DNS_FAILED},
        {"a name that leads nowhere", OK, DNS_MX, {&long_mx}, DNS_FOUND},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct record record[MANY] = {{0, 0, NULL}};
        for (int k = 0; k < MANY && cases[i].record[k] != NULL; k++) record[k] = *cases[i].record[k];
        struct message m = message_of(cases[i].flags, cases[i].asked, record);
        str bytes = {(const char *)m.byte, m.len};
        if (dns_reply_read(bytes, cases[i].asked) != cases[i].is) fail_msg("%s", cases[i].what);
        for (int len = 0; len < m.len; len++) /* torn off anywhere: no verdict of no */
            if (dns_reply_read(str_slice(bytes, 0, len), DNS_MX) != DNS_FAILED)
                fail_msg("%s, %d bytes of it", cases[i].what, len);
    }
}

struct script {
    enum dns_reply mx, a, aaaa, com;
    int asked;
};

static enum dns_reply say(void *arg, const char *name, int type)
{
    struct script *s = arg;
    s->asked++;
    if (strcmp(name, "com") == 0) return type == DNS_NS ? s->com : DNS_FAILED;
    return type == DNS_MX ? s->mx : type == DNS_A ? s->a : s->aaaa;
}

#define Y DNS_FOUND
#define O DNS_NO_DATA
#define N DNS_NO_NAME
#define Z DNS_NULL_MX
#define F DNS_FAILED
static void only_a_clear_no_counts(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        struct script s;
        enum mx_answer is;
        int asked;
    } cases[] = {
        {"an MX", {Y, F, F, F, 0}, MX_ACCEPTS, 1},
        {"only an address", {O, Y, F, F, 0}, MX_ACCEPTS, 2},
        {"only an address of IPv6", {O, O, Y, F, 0}, MX_ACCEPTS, 3},
        {"no such name", {N, F, F, Y, 0}, MX_NONE, 2},
        {"nothing at all", {O, O, O, Y, 0}, MX_NONE, 4},
        {"null MX", {Z, Y, Y, Y, 0}, MX_NONE, 2},
        {"no reply", {F, Y, Y, Y, 0}, MX_UNKNOWN, 1},
        {"no reply to the second question", {O, F, Y, Y, 0}, MX_UNKNOWN, 2},
        {"no reply to the third", {O, O, F, Y, 0}, MX_UNKNOWN, 3},
        {"a resolver without the world", {N, F, F, N, 0}, MX_UNKNOWN, 2},
        {"one that fails then", {N, F, F, F, 0}, MX_UNKNOWN, 2},
        {"one that says nothing to everything", {O, O, O, O, 0}, MX_UNKNOWN, 4},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct script s = cases[i].s;
        if (mx_judge(say, &s, "a.de") != cases[i].is || s.asked != cases[i].asked)
            fail_msg("%s: asked %d times", cases[i].what, s.asked);
    }
}

static void names_for_examples_are_not_asked_for(void **state)
{
    (void)state;
    static const char *const reserved[] = {"firma.example", "example.com", "mail.example.org",
                                           "x.test",        "y.invalid",   "drucker.local",
                                           "localhost"};
    static const char *const real[] = {"gmail.com", "beispielexample.com", "example.de",
                                       "test.de",   "contest",             ""};
    for (ptrdiff_t i = 0; i < COUNTOF(reserved); i++)
        if (!dns_is_reserved(str_of(reserved[i]))) fail_msg("%s", reserved[i]);
    for (ptrdiff_t i = 0; i < COUNTOF(real); i++)
        if (dns_is_reserved(str_of(real[i]))) fail_msg("%s", real[i]);
}

static void a_server_is_an_address_and_a_port(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is;
    } cases[] = {{"127.0.0.1:53", true}, {"127.0.0.1", false},   {"dns.example:53", false},
                 {"::1:53", false},      {"127.0.0.1:0", false}, {"127.0.0.1:70000", false},
                 {"", false},            {":53", false},         {"127.0.0.1:53x", false}};
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++)
        if (dns_server_is(str_of(cases[i].text)) != cases[i].is) fail_msg("%s", cases[i].text);
}

static void where_dns_is_in_trouble_nobody_is_asked_for_a_minute(void **state)
{
    (void)state;
    struct arena_block block;
    assert_true(arena_block_open(&block, 1 << 20));
    arena a = arena_over(&block);
    struct domain_check *c = domain_check_new(&a, S("127.0.0.1:1")); /* nobody listens there */
    int64_t now = 1750000000000;
    assert_false(domain_wants_look(NULL, S("firma.de"), now));
    assert_false(domain_wants_look(c, S("firma.example"), now));
    for (int i = 0; i < 5; i++) {
        assert_true(domain_wants_look(c, S("firma.de"), now));
        assert_int_equal(domain_look(c, S("firma.de"), now), MX_UNKNOWN);
    }
    assert_false(domain_wants_look(c, S("firma.de"), now));
    assert_true(domain_wants_look(c, S("firma.de"), now + 60000));
    arena_block_close(&block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_is_read),
        cmocka_unit_test(only_a_clear_no_counts),
        cmocka_unit_test(names_for_examples_are_not_asked_for),
        cmocka_unit_test(a_server_is_an_address_and_a_port),
        cmocka_unit_test(where_dns_is_in_trouble_nobody_is_asked_for_a_minute),
    };
    assert(crypto_init());
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who a request comes from, behind proxies. */
#include "assert_str.h"
#include "edge/request.h"

enum { LINES_MAX = 3 };

struct forwarded {
    const char *what, *peer;
    const char *line[LINES_MAX]; /* X-Forwarded-For, as the lines come */
    const char *address;
};

static const struct forwarded CASES[] = {
    {"no proxy", "192.0.2.9", {NULL}, "192.0.2.9"},
    {"a stranger's word", "192.0.2.9", {"198.51.100.1"}, "192.0.2.9"},
    {"one proxy", "10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"what the client wrote itself", "10.0.0.1", {"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
    {"two proxies", "10.0.0.1", {"1.1.1.1, 198.51.100.1, 10.0.0.2"}, "198.51.100.1"},
    {"a line of the proxy's own", "10.0.0.1", {"1.1.1.1", "198.51.100.1"}, "198.51.100.1"},
    {"a line for each proxy", "10.0.0.1", {"1.1.1.1", "198.51.100.1", "10.0.0.2"}, "198.51.100.1"},
    {"an empty line last", "10.0.0.1", {"198.51.100.1", ""}, "198.51.100.1"},
    {"no address", "10.0.0.1", {"1.1.1.1, unknown"}, "10.0.0.1"},
    {"an empty place", "10.0.0.1", {"1.1.1.1, "}, "10.0.0.1"},
    {"IPv6", "10.0.0.1", {"2001:db8::7"}, "2001:db8::7"},
};

static void only_trusted_proxies_say_who_the_client_is(void **state)
{
    (void)state;
    struct app app = {0};
    assert_true(cidr_parse(S("10.0.0.0/8"), app.config.trusted_proxy, CONFIG_CIDRS_MAX,
                           &app.config.trusted_proxy_count));
    for (ptrdiff_t i = 0; i < COUNTOF(CASES); i++) {
        const struct forwarded *c = &CASES[i];
        struct http_request rq = {.peer = str_of(c->peer)};
        rq.header[rq.header_count++] = (struct http_header){S("host"), S("a.example")};
        for (int k = 0; k < LINES_MAX && c->line[k] != NULL; k++)
            rq.header[rq.header_count++] =
                (struct http_header){S("x-forwarded-for"), str_of(c->line[k])};
        assert_str(c->what, client_address(&app, &rq), str_of(c->address));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_trusted_proxies_say_who_the_client_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Who a request comes from, for which host, and what the client wants and knows. */
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
    {"a proxy over IPv6", "2001:db8:1::1", {"1.1.1.1, 198.51.100.1"}, "198.51.100.1"},
    {"a stranger over IPv6", "2001:db8:2::1", {"198.51.100.1"}, "2001:db8:2::1"},
    {"a proxy on a socket of both kinds", "::ffff:10.0.0.1", {"198.51.100.1"}, "198.51.100.1"},
    {"proxies all the way", "10.0.0.1", {"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
    {"a trusted address the client made up",
     "10.0.0.1",
     {"10.0.0.9, 198.51.100.1"},
     "198.51.100.1"},
    {"an address with a port", "10.0.0.1", {"198.51.100.1:4711"}, "10.0.0.1"},
    {"a whole network", "10.0.0.1", {"198.51.100.0, 10.0.0.2, ,"}, "10.0.0.1"},
};

static void only_trusted_proxies_say_who_the_client_is(void **state)
{
    (void)state;
    struct app app = {0};
    assert_true(cidr_parse(S("10.0.0.0/8,2001:db8:1::/48"), app.config.trusted_proxy,
                           CONFIG_CIDRS_MAX, &app.config.trusted_proxy_count));
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

/* A request with one or two headers; NULL: not sent. */
static struct http_request with(const char *name, const char *value, const char *name2,
                                const char *value2)
{
    struct http_request rq = {.peer = S("192.0.2.9")};
    if (value != NULL)
        rq.header[rq.header_count++] = (struct http_header){str_of(name), str_of(value)};
    if (value2 != NULL)
        rq.header[rq.header_count++] = (struct http_header){str_of(name2), str_of(value2)};
    return rq;
}

static void a_host_is_a_name_in_lower_case_without_port(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *host;
    } cases[] = {
        {"leads.example", "leads.example"},
        {"Leads.EXAMPLE:8080", "leads.example"},
        {"192.0.2.1:80", "192.0.2.1"},
        {"[2001:DB8::1]", "[2001:db8::1]"},
        {"[2001:DB8::1]:443", "[2001:db8::1]"},
        {"[2001:db8::1", ""},
        {":80", ""},
        {"", ""},
        {NULL, ""},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct http_request rq = with("host", cases[i].sent, "", NULL);
        str host = request_host(&a, &rq);
        if (!str_eq(host, str_of(cases[i].host)))
            fail_msg("%s: got \"%.*s\"", cases[i].sent, STR_ARG(host));
    }
}

static void json_is_for_those_who_ask_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *accept, *type;
        bool json;
    } cases[] = {
        {NULL, NULL, false},
        {"*/*", NULL, false},
        {"application/json", NULL, true},
        {"text/html,application/xhtml+xml,*/*;q=0.8", NULL, false},
        {"text/html, application/json", NULL, false},
        {"application/json, text/html", NULL, true},
        {NULL, "application/json", true},
        {"*/*", "application/json; charset=utf-8", true},
        {"text/html", "application/json", false},
        {NULL, "application/x-www-form-urlencoded", false},
        {"application/json", "application/x-www-form-urlencoded", true},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct http_request rq = with("accept", cases[i].accept, "content-type", cases[i].type);
        if (wants_json(&rq) != cases[i].json) fail_msg("%s, %s", cases[i].accept, cases[i].type);
    }
}

static void a_cookie_is_found_by_its_whole_name(void **state)
{
    (void)state;
    static const struct {
        const char *sent, *value; /* NULL: absent */
    } cases[] = {
        {NULL, NULL},
        {"", NULL},
        {"sid=abc", "abc"},
        {"a=1; sid=abc; b=2", "abc"},
        {"a=1;sid=abc", "abc"},
        {"sid=a=b==", "a=b=="},
        {"sid=", ""},
        {"sid", NULL},
        {"xsid=abc", NULL},
        {"sidx=abc", NULL},
        {"SID=abc", NULL},
        {"a=sid=abc", NULL},
        {"sid=first; sid=second", "first"},
        {";;; sid=abc ;", "abc"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct http_request rq = with("cookie", cases[i].sent, "", NULL);
        assert_str(cases[i].sent == NULL ? "none" : cases[i].sent, web_cookie(&rq, S("sid")),
                   str_of(cases[i].value));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_trusted_proxies_say_who_the_client_is),
        cmocka_unit_test(a_host_is_a_name_in_lower_case_without_port),
        cmocka_unit_test(json_is_for_those_who_ask_for_it),
        cmocka_unit_test(a_cookie_is_found_by_its_whole_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

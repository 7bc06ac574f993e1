/* Flags and variables: what the process is told before it starts. */
#include "assert_str.h"
#include "cmd/options.h"

#include <string.h>

enum { WORDS_MAX = 8 };
extern char **environ;

/* Read a command line of words, under one variable ("NAME=value"; NULL: none). */
static bool read_as(arena *a, const char *const word[], const char *variable, struct options *out,
                    str *why)
{
    char *argv[WORDS_MAX + 2], *environment[2] = {NULL, NULL}, **before = environ;
    int argc = 2;
    argv[0] = argv[1] = str_cstr(a, S("zulauf"));
    for (int i = 0; i < WORDS_MAX && word[i] != NULL; i++)
        argv[argc++] = str_cstr(a, str_of(word[i]));
    if (variable != NULL) environment[0] = str_cstr(a, str_of(variable));
    environ = environment;
    *why = S("");
    bool ok = options_read(a, argc, argv, 2, out, why);
    environ = before;
    return ok;
}

static void without_a_word_everything_has_its_default(void **state)
{
    (void)state;
    arena a = fresh();
    struct options o;
    str why;
    const char *const none[] = {NULL};
    assert_true(read_as(&a, none, NULL, &o, &why));
    assert_str("host", o.config.host, S("127.0.0.1"));
    assert_int_equal(o.config.port, 8080);
    assert_str("url", o.config.public_url, S("http://127.0.0.1:8080"));
    assert_str("mail", o.config.mail, S("outbox:"));
    assert_int_equal(o.config.memory_bytes, 100 << 20);
    assert_int_equal(o.config.workers, 32);
    assert_true(o.config.node_name.len > 0); /* the machine's */
    assert_int_equal(o.config.trusted_proxy_count + o.config.unlimited_from_count, 0);
    assert_int_equal(o.config.commit_delay_ms, 0);
    assert_true(str_starts(o.config.data_dir, S("/")) && str_ends(o.config.data_dir, S("/data")));
    assert_null(o.email.ptr);
    assert_true(!o.help && !o.password_stdin && o.positional_count == 0);
}

static void flags_are_read_in_both_spellings_and_win_over_variables(void **state)
{
    (void)state;
    static const struct {
        const char *word[WORDS_MAX], *variable;
        const char *url, *host;
        int port;
    } cases[] = {
        {{"--listen", "0.0.0.0:80"}, NULL, "http://127.0.0.1:80", "0.0.0.0", 80},
        {{"--listen=[::]:80"}, NULL, "http://127.0.0.1:80", "[::]", 80},
        {{"--listen=[::1]:81"}, NULL, "http://[::1]:81", "[::1]", 81},
        {{NULL}, "ZULAUF_LISTEN=127.0.0.1:9", "http://127.0.0.1:9", "127.0.0.1", 9},
        {{"--listen=127.0.0.1:7"},
         "ZULAUF_LISTEN=127.0.0.1:9",
         "http://127.0.0.1:7",
         "127.0.0.1",
         7},
        {{"--public-url", "https://a.example/"}, NULL, "https://a.example", "127.0.0.1", 8080},
        {{"--public-url=https://a.example:8443"},
         NULL,
         "https://a.example:8443",
         "127.0.0.1",
         8080},
        {{NULL}, "ZULAUF_PUBLIC_URL=https://b.example", "https://b.example", "127.0.0.1", 8080},
        {{NULL}, "ZULAUF_TEST_ANYTHING=1", "http://127.0.0.1:8080", "127.0.0.1", 8080},
        {{NULL}, "OTHER=1", "http://127.0.0.1:8080", "127.0.0.1", 8080},
        {{"--mail=smtp://u@h:587"}, NULL, "http://127.0.0.1:8080", "127.0.0.1", 8080},
        {{"--mail=smtps://h"}, NULL, "http://127.0.0.1:8080", "127.0.0.1", 8080},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct options o;
        str why;
        if (!read_as(&a, cases[i].word, cases[i].variable, &o, &why))
            fail_msg("row %td: %.*s", i, STR_ARG(why));
        assert_str("url", o.config.public_url, str_of(cases[i].url));
        assert_str("host", o.config.host, str_of(cases[i].host));
        assert_int_equal(o.config.port, cases[i].port);
    }
}

static void what_a_command_takes_is_handed_on(void **state)
{
    (void)state;
    arena a = fresh();
    struct options o;
    str why;
    const char *const words[] = {"add",          "--email", "a@b.example", "--role=owner",
                                 "--name=A=B C", "second",  "--data=/srv", "--password-stdin"};
    assert_true(read_as(&a, words, NULL, &o, &why));
    assert_int_equal(o.positional_count, 2);
    assert_str("word", o.positional[0], S("add"));
    assert_str("word", o.positional[1], S("second"));
    assert_str("email", o.email, S("a@b.example"));
    assert_str("role", o.role, S("owner"));
    assert_str("name", o.name, S("A=B C"));
    assert_str("data", o.config.data_dir, S("/srv"));
    assert_true(o.password_stdin);
}

static void what_cannot_be_is_refused_with_what_to_do(void **state)
{
    (void)state;
    static const struct {
        const char *word[WORDS_MAX], *variable;
        const char *says; /* part of the sentence */
    } cases[] = {
        {{"--lisen=a:1"}, NULL, "did you mean --listen?"},
        {{"--publicurl", "x"}, NULL, "did you mean --public-url?"},
        {{"--mails=x"}, NULL, "did you mean --mail?"},
        {{"--LISTEN=a:1"}, NULL, "is not known"},
        {{"--"}, NULL, "is not known"},
        {{"--commit-delay=1"}, NULL, "is not known"},
        {{NULL}, "ZULAUF_LISEN=x", "did you mean ZULAUF_LISTEN?"},
        {{NULL}, "ZULAUF_EMAIL=x", "ZULAUF_EMAIL is not known"},
        {{"--listen"}, NULL, "--listen needs a value"},
        {{"a", "b", "c", "d", "e"}, NULL, "too many words"},
        {{"--listen=8080"}, NULL, "HOST:PORT"},
        {{"--listen=:8080"}, NULL, "HOST:PORT"},
        {{"--listen=127.0.0.1:"}, NULL, "HOST:PORT"},
        {{"--listen=127.0.0.1:65536"}, NULL, "HOST:PORT"},
        {{"--listen=127.0.0.1:-1"}, NULL, "HOST:PORT"},
        {{"--listen=127.0.0.1:http"}, NULL, "HOST:PORT"},
        {{"--listen="}, NULL, "HOST:PORT"},
        {{"--public-url=leads.example"}, NULL, "without a path"},
        {{"--public-url=https://a.example/leads"}, NULL, "without a path"},
        {{"--public-url=https://a.example?x"}, NULL, "without a path"},
        {{"--public-url=https://a.example#x"}, NULL, "without a path"},
        {{"--public-url=ftp://a.example"}, NULL, "without a path"},
        {{"--public-url="}, NULL, "without a path"},
        {{"--mail=smtp.example"}, NULL, "--mail takes"},
        {{"--mail="}, NULL, "--mail takes"},
        {{"--mail=SMTP://h"}, NULL, "--mail takes"},
        {{"--memory=19"}, NULL, "from 20 to"},
        {{"--memory=viel"}, NULL, "not \"viel\""},
        {{"--workers=0"}, NULL, "from 1 to 64"},
        {{"--workers=65"}, NULL, "from 1 to 64"},
        {{"--node-name=two words"}, NULL, "one word"},
        {{"--node-name="}, NULL, "one word"},
        {{"--trusted-proxies=proxy"}, NULL, "--trusted-proxies takes networks"},
        {{"--unlimited-from=1.2.3.4/40"}, NULL, "--unlimited-from takes networks"},
        {{NULL}, "ZULAUF_TEST_COMMIT_DELAY_MS=x", "ZULAUF_TEST_COMMIT_DELAY_MS takes"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct options o;
        str why;
        bool ok = read_as(&a, cases[i].word, cases[i].variable, &o, &why);
        if (ok || str_find(why, str_of(cases[i].says)) < 0)
            fail_msg("row %td %s: %.*s", i, cases[i].says, STR_ARG(why));
        assert_true(str_ends(why, S("."))); /* one sentence */
    }
}

static void who_asks_for_help_gets_it_whatever_else_is_wrong(void **state)
{
    (void)state;
    arena a = fresh();
    struct options o;
    str why;
    const char *const words[] = {"--help", "--listen=nonsense", NULL};
    assert_true(read_as(&a, words, NULL, &o, &why));
    assert_true(o.help);
    assert_true(str_find(options_help(), S("--data")) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_word_everything_has_its_default),
        cmocka_unit_test(flags_are_read_in_both_spellings_and_win_over_variables),
        cmocka_unit_test(what_a_command_takes_is_handed_on),
        cmocka_unit_test(what_cannot_be_is_refused_with_what_to_do),
        cmocka_unit_test(who_asks_for_help_gets_it_whatever_else_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

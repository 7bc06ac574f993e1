#include "liquid_case.h"

static const struct {
    const char *template;
    int line;
    const char *what; /* a part of it */
} faults[] = {
    /* marks, tags, expressions */
    {"a\n{{ x", 2, "\"{{\" without"},
    {"{% if x", 1, "\"{%\" without"},
    {"{{ 'x }}", 1, "quote"},
    {"\n\n{{ }}", 3, "a value is missing"},
    {"{{ x y }}", 1, "unexpected \"y\""},
    {"{{ x & y }}", 1, "unexpected \"&\""},
    {"{{ a. }}", 1, "a name behind"},
    {"{{ a[1 }}", 1, "\"]\" is missing"},
    {"{{ (a }}", 1, "\")\" is missing"},
    {"{{ (1..2) }}", 1, "a range stands"},
    {"{{ 99999999999999999999 }}", 1, "too large"},
    {"{{ x | nope }}", 1, "no filter \"nope\""},
    {"{{ x | }}", 1, "the name of a filter"},
    {"{{ x | append }}", 1, "takes 1 to 1 arguments, not 0"},
    {"{{ x | append: 1, 2 }}", 1, "not 2"},
    {"{{ x | append: 1, k: 2 }}", 1, "no named arguments"},
    {"{{ 'no.key' | t }}", 1, "no sentence \"no.key\""},
    {"{{ x | date: 'dd.mm' }}", 1, "no date format \"dd.mm\""},
    {"{% nope %}", 1, "no tag \"nope\""},
    {"{% %}", 1, "name of a tag"},
    {"{% endif %}", 1, "closes nothing"},
    {"{% else %}", 1, "closes nothing"},
    {"x\n{% if a %}\n\n", 4, "{% endif %} is missing for line 2"},
    {"{% if a %}\n{% for i in b %}{% endif %}", 2, "{% endif %} where {% endfor %} of line 2"},
    {"{% if %}{% endif %}", 1, "a value is missing"},
    {"{% if a = b %}{% endif %}", 1, "unexpected \"=\""},
    {"{% if a %}{% else %}{% else %}{% endif %}", 1, "{% else %} where"},
    {"{% case a %}x{% when 1 %}{% endcase %}", 1, "between case and when"},
    {"{% for in b %}{% endfor %}", 1, "\"in\" is missing"},
    {"{% for i of b %}{% endfor %}", 1, "\"in\" is missing"},
    {"{% for i in b sorted %}{% endfor %}", 1, "unexpected \"sorted\""},
    {"{% for i in b limit 3 %}{% endfor %}", 1, "\":\" is missing"},
    {"{% break %}", 1, "within {% for %} only"},
    {"{% for i in b %}{% capture c %}{% break %}{% endcapture %}{% endfor %}", 1, "within"},
    {"{% assign 1 = 2 %}", 1, "the name of a variable"},
    {"{% assign a 2 %}", 1, "\"=\" is missing"},
    {"{% assign shell = 2 %}", 1, "\"shell\" cannot be set"},
    {"{% for forloop in b %}{% endfor %}", 1, "cannot be set"},
    {"{% raw %}x", 1, "{% endraw %} is missing"},
    {"{% comment %}x{% comment %}{% endcomment %}", 1, "{% endcomment %} is missing"},
    {"{% render p %}", 1, "name in quotes"},
    {"\n{% render 'none' %}", 2, "no template \"none\""},
    {"{% render 'p', x %}", 1, "\":\" is missing behind \"x\""},
    {"{% render 'p', x: %}", 1, "a value is missing"},
    /* layouts */
    {"x{% layout 'l' %}", 1, "first tag"},
    {"{% if a %}{% layout 'l' %}{% endif %}", 1, "first tag"},
    {"{% layout 'none' %}", 1, "no layout \"none\""},
    {"{% layout 'l' %}\nx", 1, "only assigns"},
    {"{% layout 'l' %}{{ x }}", 1, "only assigns"},
    {"{% layout 'l' %}\n{% block nope %}{% endblock %}", 2, "no place for the block \"nope\""},
    {"{% layout 'l' %}{% block c %}{% endblock %}{% block c %}{% endblock %}", 1, "twice"},
    {"{% block c %}{% endblock %}{% block c %}{% endblock %}", 1, "two places"},
    {"{% block c %}{% block c %}{% endblock %}{% endblock %}", 1, "two places"},
    {"{% block a %}{% endblock b %}", 1, "endblock b closes block a"},
    {"{% layout 't' %}", 1, "too many layouts"},
    /* where values may not stand */
    {"<a href={{ x }}>", 1, "without quotes"},
    {"<a href=/x/{{ x }}>", 1, "without quotes"},
    {"<p {{ x }}>", 1, "within a tag"},
    {"<p\n\n{{ x }}=\"1\">", 3, "within a tag"},
    {"<p a=\"b\"{{ x }}>", 1, "within a tag"},
    {"<{{ x }}>", 1, "directly behind \"<\""},
    {"</{{ x }}>", 1, "directly behind \"<\""},
    {"<textarea><{{ x }}</textarea>", 1, "directly behind \"<\""},
    {"<h{{ x }}>", 1, "within a tag"},
    {"<script>{{ x }}</script>", 1, "within <script>"},
    {"<SCRIPT type=\"a\">'{{ x }}'</SCRIPT>", 1, "within <script>"},
    {"<style>{{ x }}</style>", 1, "within <script>, <style>"},
    {"<iframe>{{ x }}</iframe>", 1, "within <script>"},
    {"<!-- {{ x }} -->", 1, "comment"},
    {"<!doctype {{ x }}>", 1, "comment or declaration"},
    {"<?x {{ x }}>", 1, "comment or declaration"},
    {"<p style=\"color: {{ x }}\">", 1, "style, event"},
    {"<p onclick='{{ x }}'>", 1, "style, event"},
    {"<p ONLOAD='{{ x }}'>", 1, "style, event"},
    {"<p hx-on:click='{{ x }}'>", 1, "style, event"},
    {"<p data-hx-on--load='{{ x }}'>", 1, "style, event"},
    {"<img srcset=\"{{ x }} 2x\">", 1, "srcset"},
    {"<iframe srcdoc=\"{{ x }}\"></iframe>", 1, "style, event"},
    {"<a href=\"javascript:f({{ x }})\">", 1, "scheme"},
    {"<a href=\"&#106;avascript:f({{ x }})\">", 1, "scheme"},
    {"<a href=\"data:{{ x }}\">", 1, "scheme"},
    {"<a href=\"{{ x }}:{{ y }}\">", 1, "scheme"},
    {"<a href=\"{% if a %}javascript:{% endif %}{{ x }}\">", 1, "scheme"},
    {"<title>{% render 'p' %}</title>", 1, "between tags only"},
    {"<p class=\"{% render 'p' %}\">", 1, "between tags only"},
    /* what a browser would forgive and we cannot follow */
    {"<p a=\"b\"c=\"d\">", 1, "white space is missing"},
    {"<p \"x\">", 1, "malformed"},
    {"<p =x>", 1, "malformed"},
    {"<p a\"b>", 1, "attribute's name"},
    {"<p a=b\"c>", 1, "unquoted"},
    {"<p a=>", 1, "no value"},
    {"</>", 1, "without a name"},
    {"<!-x>", 1, "a comment has to begin"},
    {"<!-- x --!>", 1, "within a comment"},
    {"<script><!-- </script>", 1, "within <script>"},
    {"<title><b></title>", 1, "within <title>"},
    {"<p class=\"x", 0, "ends in an attribute's value"},
    {"<p class=\"x\"", 0, "ends inside of a tag"},
    {"<script>", 0, "ends in a <script>"},
    {"<!-- x", 0, "ends in a comment"},
    {"x <", 0, "ends directly behind"},
    /* branches that end elsewhere */
    {"\n{% if a %}<p {% endif %}>", 2, "different places: between tags and inside of a tag"},
    {"{% if a %}<p class=\"{% else %}<p id=\"{% endif %}x\">", 1, "different places"},
    {"<p {% if a %}class=\"{% endif %}x\">", 1, "different places"},
    {"<p class=\"{% if a %}x\"{% else %}y{% endif %}\">", 1, "different places"},
    {"{% if a %}<script>{% endif %}</script>", 1, "different places"},
    {"{% for i in l %}<p {% endfor %}>", 1, "different places"},
    {"{% for i in l %}<p {% break %}>{% endfor %}", 1, "different places"},
    {"{% case a %}{% when 1 %}<!--{% endcase %}", 1, "different places"},
    {"<div {% if a %}><script {% endif %}>", 1, "different places"},
    {"<p>{% capture c %}<a {% endcapture %}", 1, "the capture ends inside of a tag"},
    {"<{% if a %}b{% else %}i{% endif %}>", 1, "directly behind \"<\""},
    {"<a href={% if a %}\"x\"{% endif %}>", 1, "between an attribute's name and value"},
    {"<a hre{% if a %}f{% endif %}=\"x\">", 1, "white space is missing"},
    {"<a {% if a %}href{% else %}title{% endif %}=\"{{ x }}\">", 1, "white space is missing"},
    {"<a {% if a %}href {% endif %}=\"{{ x }}\">", 1, "malformed"},
    {"<a {% for i in l %}x{% endfor %}>", 1, "white space is missing"},
};

static void a_fault_says_where_and_what(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(faults); i++) {
        arena a = fresh();
        const struct part parts[] = {
            {"t", faults[i].template}, {"p", "part"}, {"l", "{% block c %}{% endblock %}"}};
        struct liquid_set *set = NULL;
        struct liquid_err err = {0};
        if (compile(&a, (struct parts){parts, 3}, &set, &err))
            fail_msg("no fault in: %s", faults[i].template);
        if (err.line != faults[i].line || str_find(err.what, str_of(faults[i].what)) < 0)
            fail_msg("%s: got line %d: %.*s; want line %d: … %s …", faults[i].template, err.line,
                     STR_ARG(err.what), faults[i].line, faults[i].what);
        assert_str(faults[i].template, err.file, S("t"));
    }
}

static void a_fault_names_the_file_it_stands_in(void **state)
{
    (void)state;
    const struct part parts[] = {
        {"t", "{% render 'ui/p' %}"}, {"ui/p", "\n{% render 'ui/q' %}"}, {"ui/q", "\n\n{{ | }}"}};
    arena a = fresh();
    struct liquid_set *set = NULL;
    struct liquid_err err = {0};
    assert_false(compile(&a, (struct parts){parts, 3}, &set, &err));
    assert_str("partial", err.file, S("ui/q"));
    assert_int_equal(err.line, 3);

    const struct part layout[] = {{"t", "{% layout 'l' %}{% block b %}{{ x }}{% endblock %}"},
                                  {"l", "<script>\n{% block b %}{% endblock %}</script>"}};
    assert_false(compile(&a, (struct parts){layout, 2}, &set, &err));
    assert_str("block in a layout's script", err.file, S("t"));

    str none = S("missing");
    struct parts empty = {0};
    struct liquid_source source = {load_part, &empty};
    assert_false(liquid_compile(&a, &source, &none, 1, NULL, &set, &err));
    assert_str("the page itself", err.file, none);
}

static void without_sentences_keys_are_not_checked(void **state)
{
    (void)state;
    arena a = fresh();
    const struct part part = {"t", "{{ 'no.key' | t }}"};
    struct parts parts = {&part, 1};
    struct liquid_source source = {load_part, &parts};
    str name = S("t");
    struct liquid_set *set = NULL;
    struct liquid_err err;
    assert_true(liquid_compile(&a, &source, &name, 1, NULL, &set, &err));
    struct buf out = buf_new(&a, 100);
    struct liquid_env env = {0};
    assert_true(liquid_render(&out, liquid_find(set, name), value_null(), &env, &err));
    assert_str("the key itself", buf_str(&out), S("no.key"));
}

/* ---- limits ---- */

static str repeat(arena *a, const char *text, int times)
{
    struct buf b = buf_new(a, 1 << 20);
    for (int i = 0; i < times; i++) buf_put(&b, str_of(text));
    return buf_str(&b);
}

static void deep_nesting_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *open, *middle, *close;
    } rows[] = {
        {"{% if a %}", "", "{% endif %}"},
        {"{% for i in a %}", "", "{% endfor %}"},
        {"{% capture c %}", "", "{% endcapture %}"},
        {"{{ ", "a", " }}"}, /* below: in parentheses */
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (int times = 40; times <= 4000; times *= 100) {
            arena a = fresh();
            bool tags = i < 3;
            str open = repeat(&a, tags ? rows[i].open : "(", times);
            str close = repeat(&a, tags ? rows[i].close : ")", times);
            str text = tags ? str_printf(&a, "%.*s%.*s", STR_ARG(open), STR_ARG(close))
                            : str_printf(&a, "{{ %.*sa%.*s }}", STR_ARG(open), STR_ARG(close));
            struct part part = {"t", str_cstr(&a, text)};
            struct liquid_set *set = NULL;
            struct liquid_err err = {0};
            bool ok = compile(&a, (struct parts){&part, 1}, &set, &err);
            if (ok != (times == 40))
                fail_msg("%s %d: %.*s", rows[i].open, times, STR_ARG(err.what));
            if (!ok) assert_str(rows[i].open, err.what, S("nested too deeply"));
        }
    }
}

static void what_runs_away_is_stopped(void **state)
{
    (void)state;
    static const struct {
        const char *template, *what;
        int line;
    } rows[] = {
        {"\n{% for i in (1..300000) %}{% endfor %}", "too many loop rounds", 2},
        {"{% for i in (1..9223372036854775807) %}{% endfor %}", "too many loop rounds", 1},
        {"{% for i in (1..1000) %}{% for j in (1..1000) %}{% endfor %}{% endfor %}",
         "too many loop rounds", 1},
        {"{% for i in (1..100000) %}\n01234567890123456789{% endfor %}", "the page is too large",
         1},
        {"{% render 'self' %}", "too many partials", 1},
        {"{% render 'twice', d: 0 %}", "too many loop rounds", 1},
        {"{% assign s = 'x' %}{% for i in (1..99) %}{% assign s = s | append: s %}{% endfor %}",
         "too much text", 1},
        {"{% capture c %}{% for i in (1..100000) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
         "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | append: 1 }}{% endfor %}"
         "{% endcapture %}",
         "too m", 1},
        {"{% assign s = 'xxxxxxxxxxxxxxxx' %}{% for i in (1..150000) %}{% assign l = s | split: '' "
         "%}"
         "{% endfor %}",
         "too many", 1},
    };
    static char memory[48 << 20];
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = {memory, memory + sizeof memory, NULL};
        const struct part parts[] = {
            {"t", rows[i].template},
            {"self", "{% render 'self' %}"},
            {"twice", "{% if d < 30 %}{% assign n = d | plus: 1 %}{% render 'twice', d: n %}"
                      "{% render 'twice', d: n %}{% endif %}"}};
        struct liquid_set *set = NULL;
        struct liquid_err err = {0};
        if (!compile(&a, (struct parts){parts, 3}, &set, &err))
            fail_msg("%s: %.*s", rows[i].template, STR_ARG(err.what));
        struct buf out = buf_new(&a, 1 << 20);
        struct liquid_env env = env_of(LANG_DE);
        if (liquid_render(&out, liquid_find(set, S("t")), value_map(&a), &env, &err))
            fail_msg("not stopped: %s", rows[i].template);
        if (str_find(err.what, str_of(rows[i].what)) < 0)
            fail_msg("%s: %.*s", rows[i].template, STR_ARG(err.what));
        if (i == 0) assert_int_equal(err.line, rows[i].line);
        if (i == 0) assert_str("file", err.file, S("t"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_says_where_and_what),
        cmocka_unit_test(a_fault_names_the_file_it_stands_in),
        cmocka_unit_test(without_sentences_keys_are_not_checked),
        cmocka_unit_test(deep_nesting_is_refused),
        cmocka_unit_test(what_runs_away_is_stopped),
    };
    return cmocka_run_group_tests_name("liquid_errors", tests, NULL, NULL);
}

#include "liquid_case.h"

struct row {
    const char *template, *json, *want;
};

static void check(const char *name, const struct row *rows, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) {
        arena a = fresh();
        struct part part = {name, rows[i].template};
        str got = render(&a, (struct parts){&part, 1}, rows[i].json, LANG_DE);
        assert_str(rows[i].template, got, str_of(rows[i].want));
    }
}

static void values_are_written_and_paths_followed(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"", NULL, ""},
        {"plain { text } { { % }", NULL, "plain { text } { { % }"},
        {"{{ a }}", "{\"a\": \"x\"}", "x"},
        {"{{a}}{{ a}}{{a }}", "{\"a\": 1}", "111"},
        {"{{ a.b.c }}", "{\"a\": {\"b\": {\"c\": -7}}}", "-7"},
        {"{{ a[1] }}{{ a[-1] }}{{ a[9] }}", "{\"a\": [1, 2, 3]}", "23"},
        {"{{ a[\"b c\"] }}{{ a['d'] }}", "{\"a\": {\"b c\": 1, \"d\": 2}}", "12"},
        {"{{ a[k] }}{{ a[i.j] }}",
         "{\"a\": {\"x\": 1, \"y\": 2}, \"k\": \"x\", \"i\": {\"j\": \"y\"}}", "12"},
        {"{{ a.size }} {{ t.size }} {{ m.size }}",
         "{\"a\": [1, 2], \"t\": \"für\", \"m\": {\"x\": 1}}", "2 3 1"},
        {"{{ m.size }}", "{\"m\": {\"size\": \"L\"}}", "L"},
        {"{{ a.first }}{{ a.last }}{{ a.first.x }}", "{\"a\": [1, 2]}", "12"},
        {"{{ a }}|{{ b }}|{{ c }}|{{ d }}", "{\"a\": true, \"b\": null, \"c\": 1.50, \"d\": {}}",
         "true||1.50|"},
        {"{{ a }}", "{\"a\": [1, \"x\", [2], null]}", "1x"},
        {"{{ missing.deep.path[3] }}", NULL, ""},
        {"{{ 'text' }}{{ \"two\" }}{{ 1 }}{{ -2.50 }}{{ true }}{{ nil }}", NULL,
         "texttwo1-2.50true"},
        {"{{ my-var }}{{ ok? }}", "{\"my-var\": 1, \"ok?\": 2}", "12"},
        {"{{ '}}' }}{% if '%}' == '%}' %}y{% endif %}", NULL, "}}y"},
    };
    check("t", rows, COUNTOF(rows));
}

static void white_space_goes_where_a_dash_says_so(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"a {{- 1 }} b", NULL, "a1 b"},
        {"a {{ 1 -}} \n b", NULL, "a 1b"},
        {"a \n {%- if true -%} \n b \n {%- endif -%} \n c", NULL, "abc"},
        {"a {%- comment -%} x {%- endcomment -%} b", NULL, "ab"},
        {"a {%- raw -%} {{ x }} {%- endraw -%} b", NULL, "a{{ x }}b"},
        {" {{- ' ' -}} ", NULL, " "},
        {"{{-1-}}", NULL, "1"},
        {"{{ 3 | minus: 1-}} x", NULL, "2x"},
    };
    check("t", rows, COUNTOF(rows));
}

static const struct {
    const char *condition;
    bool want;
} conditions[] = {
    {"n", true},
    {"e", true},
    {"0", true},
    {"f", false},
    {"x", false},
    {"el", true},
    {"n == 5", true},
    {"n == d", true},
    {"n != 5", false},
    {"n <> 4", true},
    {"n > 4", true},
    {"n >= 5.01", false},
    {"n < 5.5", true},
    {"n <= 5", true},
    {"n == '5'", false},
    {"n < 'a'", false},
    {"t < 'abd'", true},
    {"t == \"abc\"", true},
    {"t contains 'bc'", true},
    {"t contains 'x'", false},
    {"l contains 'a'", true},
    {"l contains 3", true},
    {"l contains 'z'", false},
    {"m contains 'k'", true},
    {"x contains 'k'", false},
    {"t contains x", false},
    {"x == nil", true},
    {"x == null", true},
    {"f == nil", false},
    {"f == false", true},
    {"e == empty", true},
    {"el == empty", true},
    {"n == empty", false},
    {"x == empty", false},
    {"w == blank", true},
    {"x == blank", true},
    {"f == blank", true},
    {"t == blank", false},
    {"blank == w", true},
    {"t != blank", true},
    {"true and false", false},
    {"true or false", true},
    {"false and false or true", false}, /* read from the right: false and (…) */
    {"true or false and false", true},
    {"(false and false) or true", true},
    {"(t | upcase) == 'ABC'", true},
    {"l.size > 1", true},
    {"m == m", true},
};

static void conditions_choose(void **state)
{
    (void)state;
    const char *json = "{\"n\": 5, \"d\": 5.0, \"t\": \"abc\", \"e\": \"\", \"w\": \"  \","
                       "\"l\": [\"a\", 3], \"el\": [], \"m\": {\"k\": 1}, \"f\": false}";
    for (ptrdiff_t i = 0; i < COUNTOF(conditions); i++) {
        arena a = fresh();
        str text =
            str_printf(&a, "{%% if %s %%}yes{%% else %%}no{%% endif %%}", conditions[i].condition);
        struct part part = {"t", str_cstr(&a, text)};
        str got = render(&a, (struct parts){&part, 1}, json, LANG_DE);
        assert_str(conditions[i].condition, got, conditions[i].want ? S("yes") : S("no"));
    }
    const struct row more[] = {
        {"{% if a %}1{% elsif b %}2{% elsif c %}3{% else %}4{% endif %}", "{\"c\": 1}", "3"},
        {"{% if a %}1{% endif %}", NULL, ""},
        {"{% unless a %}1{% else %}2{% endunless %}", NULL, "1"},
        {"{% unless a %}1{% elsif b %}3{% else %}2{% endunless %}", "{\"a\": 1, \"b\": 1}", "3"},
        {"{% case a %}\n{% when 1 %}one{% when 2, 3 or 'x' %}more{% else %}?{% endcase %}",
         "{\"a\": \"x\"}", "more"},
        {"{% case a %}{% when 1 %}one{% else %}?{% endcase %}", NULL, "?"},
        {"{% case a %}{% when 1 %}one{% endcase %}", NULL, ""},
        {"{% # it's a remark with \"one quote %}x", NULL, "x"},
        {"{% comment %}{{ broken {% if %} it's {% comment %}in{% endcomment %}{% endcomment %}x",
         NULL, "x"},
    };
    check("t", more, COUNTOF(more));
}

static void loops_walk(void **state)
{
    (void)state;
    const char *abc = "{\"l\": [\"a\", \"b\", \"c\"], \"none\": [], \"m\": {\"x\": 1, \"y\": 2}, "
                      "\"t\": \"one\", \"n\": 2}";
    const struct row rows[] = {
        {"{% for i in l %}{{ i }}{% endfor %}", abc, "abc"},
        {"{% for i in l reversed %}{{ i }}{% endfor %}", abc, "cba"},
        {"{% for i in l limit: n %}{{ i }}{% endfor %}", abc, "ab"},
        {"{% for i in l offset: 1 %}{{ i }}{% endfor %}", abc, "bc"},
        {"{% for i in l limit: 1 offset: 1 %}{{ i }}{% endfor %}", abc, "b"},
        {"{% for i in l limit: 2, offset: 1 reversed %}{{ i }}{% endfor %}", abc, "cb"},
        {"{% for i in l offset: 9 %}x{% else %}none{% endfor %}", abc, "none"},
        {"{% for i in l limit: -1 %}x{% else %}none{% endfor %}", abc, "none"},
        {"{% for i in none %}x{% else %}none{% endfor %}", abc, "none"},
        {"{% for i in missing %}x{% endfor %}", abc, ""},
        {"{% for i in t %}{{ i }}{% endfor %}", abc, "one"},
        {"{% for p in m %}{{ p[0] }}={{ p[1] }};{% endfor %}", abc, "x=1;y=2;"},
        {"{% for i in (1..3) %}{{ i }}{% endfor %}", abc, "123"},
        {"{% for i in (n..l.size) %}{{ i }}{% endfor %}", abc, "23"},
        {"{% for i in (3..1) %}{{ i }}{% endfor %}", abc, ""},
        {"{% for i in l %}{% if i == 'b' %}{% break %}{% endif %}{{ i }}{% endfor %}", abc, "a"},
        {"{% for i in l %}{% if i == 'b' %}{% continue %}{% endif %}{{ i }}{% endfor %}", abc,
         "ac"},
        {"{% for i in l %}{{ forloop.index }}{{ forloop.index0 }}{{ forloop.rindex }}"
         "{{ forloop.rindex0 }}{{ forloop.length }}{% if forloop.first %}F{% endif %}"
         "{% if forloop.last %}L{% endif %} {% endfor %}",
         abc, "10323F 21213 32103L "},
        {"{% for i in l %}{% for j in (1..2) %}{{ forloop.parentloop.index }}{{ j }} {% endfor %}"
         "{% endfor %}",
         abc, "11 12 21 22 31 32 "},
        {"{% for i in l %}{% assign last = i %}{% endfor %}{{ last }}{{ i }}", abc, "c"},
    };
    check("t", rows, COUNTOF(rows));
}

static void variables_hold(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{% assign a = 1 %}{{ a }}{% assign a = a | plus: 1 %}{{ a }}", NULL, "12"},
        {"{% assign a = 'x' %}{{ a }}", "{\"a\": \"root\"}", "x"},
        {"{% capture c %}<b>{{ x }}</b>{% endcapture %}{{ c }}", "{\"x\": \"<\"}", "<b>&lt;</b>"},
        {"{% assign w = 'a,b' | split: ',' %}{{ w.size }}{{ w[1] }}", NULL, "2b"},
    };
    check("t", rows, COUNTOF(rows));
}

static void filters_change_values(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ 'Äb ß' | upcase }}|{{ 'ÄÖÜ É' | downcase }}|{{ 'über' | capitalize }}", NULL,
         "ÄB ß|äöü é|Über"},
        {"{{ 'a' | append: 1 | prepend: x }}", "{\"x\": \"<\"}", "&lt;a1"},
        {"{{ 'a-b-c' | replace: '-', '+' }}|{{ 'a-b' | remove: '-' }}|{{ 'x' | replace: '', 'y' }}",
         NULL, "a+b+c|ab|x"},
        {"{{ 'a, b' | split: ', ' | join: '|' }}|{{ 'äb' | split: '' | join }}", NULL, "a|b|ä b"},
        {"{{ l | first }}{{ l | last }}{{ l | size }}{{ 'für' | size }}", "{\"l\": [7, 8]}",
         "7823"},
        {"{{ '  a ' | strip }}|", NULL, "a|"},
        {"{{ 'Grüße' | truncate: 4 }}|{{ 'Grüße' | truncate: 5 }}|{{ 'abcdef' | truncate: 5, '..' "
         "}}",
         NULL, "Grü…|Grüße|abc.."},
        {"{{ x | default: 'd' }}{{ e | default: 1 }}{{ f | default: 2 }}{{ n | default: 3 }}",
         "{\"e\": \"\", \"f\": false, \"n\": 0}", "d120"},
        {"{{ 1 | plus: 2 }} {{ 1.5 | plus: 1 }} {{ 5 | minus: 7 }} {{ 2.5 | times: 2 }} "
         "{{ '4' | times: 2 }}",
         NULL, "3 2.5 -2 5 8"},
        {"{{ 7 | divided_by: 2 }} {{ -7 | divided_by: 2 }} {{ 7.0 | divided_by: 2 }} "
         "{{ 1 | divided_by: 3.0 }} {{ 1 | divided_by: 0 }}|",
         NULL, "3 -4 3.5 0.333333 |"},
        {"{{ 7 | modulo: 3 }} {{ -7 | modulo: 3 }} {{ 1 | modulo: 0 }}|", NULL, "1 2 |"},
        {"{{ 1.5 | round }} {{ -1.5 | round }} {{ 1.256 | round: 2 }} {{ 3 | round: 2 }}", NULL,
         "2 -2 1.26 3"},
        {"{{ 9223372036854775807 | plus: 1 }}|{{ 9223372036854775807 | times: "
         "9223372036854775807 }}|",
         NULL, "||"},
        {"{{ 'a b&c/ä' | url_encode }}", NULL, "a%20b%26c%2F%C3%A4"},
        {"{{ 1284 | number }} {{ 1234567.5 | number }} {{ 12.5 | percent }} {{ 3100000 | bytes }}",
         NULL, "1.284 1.234.567,5 12,5\xc2\xa0% 3,1\xc2\xa0MB"},
        {"{{ 'now' | date: 'time' }} {{ 0 | date: 'day' }} {{ '2026-07-01T10:00:00Z' | date }} "
         "{{ 'soon' | date: 'day' }}",
         NULL, "10:41 01.01.1970 01.07.2026, 12:00 Uhr soon"},
        {"{{ '2026-12-24' | date: 'day' }} {{ '1884-02-29' | date }} {{ '2026-02-30' | date: 'day' "
         "}} "
         "{{ '2026-12-2' | date: 'day' }}|{{ '' | date: 'day' }}|",
         NULL, "24.12.2026 29.02.1884 2026-02-30 2026-12-2||"},
        {"{{ '2026-07-01' | date: 'day' }} {{ '2026-03-12' | date: 'weekday' }} "
         "{{ '2026-02-30' | date: 'day' }}",
         NULL, "01.07.2026 Donnerstag, 12. März 2026-02-30"},
        {"{{ 'a<b' | escape }} {{ 'a<b' | escape | escape }} {{ 'a\nb<' | newline_to_br }}", NULL,
         "a&lt;b a&lt;b a<br>\nb&lt;"},
    };
    check("t", rows, COUNTOF(rows));
}

static void sentences_are_filled(void **state)
{
    (void)state;
    static const struct {
        const char *template;
        enum lang lang;
        const char *want;
    } rows[] = {
        {"{{ 'hello' | t }}", LANG_DE, "Hallo &lt;Welt&gt; &amp; alle"},
        {"{{ 'dear' | t: name: n }}", LANG_EN, "Dear A&lt;b"},
        {"{{ 'dear' | t }}", LANG_EN, "Dear {name}"},
        {"{{ 'leads' | t: count: 1 }}, {{ 'leads' | t: count: c }}", LANG_DE,
         "Ein Lead, 1.284 Leads"},
        {"{{ 'leads' | t: count: 0 }}", LANG_EN, "0 leads"},
        {"{{ 'forms' | t: count: 1 }}, {{ 'forms' | t: count: 2 }}", LANG_EN, "One form, 2 forms"},
        {"{{ key | t }} {{ 'de' | append: 'ar' | t: name: 1 }}", LANG_DE, "no.&lt;key Guten Tag 1"},
        {"{% capture l %}<a href=\"/x\">{{ n }}</a>{% endcapture %}{{ 'read' | t: link: l, name: n "
         "}}",
         LANG_DE, "Lesen Sie &lt;hier&gt; <a href=\"/x\">A&lt;b</a>, A&lt;b."},
        {"{% render 'part', label: ('leads' | t: count: 1) %}", LANG_DE, "[Ein Lead]"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        const struct part parts[] = {{"t", rows[i].template}, {"part", "[{{ label }}]"}};
        str got = render(&a, (struct parts){parts, 2},
                         "{\"n\": \"A<b\", \"c\": 1284, \"key\": \"no.<key\"}", rows[i].lang);
        assert_str(rows[i].template, got, str_of(rows[i].want));
    }
}

static void partials_see_only_what_they_are_given(void **state)
{
    (void)state;
    const struct part parts[] = {
        {"t",
         "{% assign a = 1 %}{% for i in (1..2) %}{% render 'ui/p', x: i, y: root %}{% endfor %}"
         "{{ own }}"},
        {"ui/p", "[{{ x }}{{ y }}{{ a }}{{ i }}{{ root }}{{ forloop.index }}{{ shell.lang }}"
                 "{% assign own = 1 %}{% render 'ui/q' %}]"},
        {"ui/q", "{{ x }}{{ shell.lang }}"},
    };
    arena a = fresh();
    str got = render(&a, (struct parts){parts, COUNTOF(parts)},
                     "{\"root\": \"r\", \"shell\": {\"lang\": \"de\"}}", LANG_DE);
    assert_str("isolated", got, S("[1rdede][2rdede]"));
}

static void a_partial_may_render_itself(void **state)
{
    (void)state;
    const struct part parts[] = {
        {"t", "{% render 'tree', node: root %}"},
        {"tree", "{{ node.name }}{% for c in node.children %}({% render 'tree', node: c %})"
                 "{% endfor %}"},
    };
    arena a = fresh();
    str got = render(&a, (struct parts){parts, COUNTOF(parts)},
                     "{\"root\": {\"name\": \"a\", \"children\": [{\"name\": \"b\", \"children\": "
                     "[{\"name\": \"c\"}]}, {\"name\": \"d\"}]}}",
                     LANG_DE);
    assert_str("tree", got, S("a(b(c))(d)"));
}

static void blocks_fill_their_layout(void **state)
{
    (void)state;
    const struct part shell = {"shell", "<title>{% block title %}Zulauf{% endblock %}</title>"
                                        "<a href=\"{% block link %}/{% endblock %}\">{{ kind }}</a>"
                                        "{% block content %}nothing{% endblock content %}"};
    const struct part section = {
        "section", "{% layout 'shell' %}{% block content %}<h1>{% block head %}H{% endblock %}</h1>"
                   "{% block main %}M{% endblock %}{% endblock %}"};
    static const struct {
        const char *template, *want;
    } rows[] = {
        {"{% layout 'shell' %}", "<title>Zulauf</title><a href=\"/\"></a>nothing"},
        {" {%- layout 'shell' -%}\n{% block content %}{{ x }}{% endblock %}\n"
         "{% block title %}{{ x }}{% endblock %}\n",
         "<title>&lt;</title><a href=\"/\"></a>&lt;"},
        {"{% layout 'shell' %}{% assign kind = 'k' %}{% block link %}{{ u }}{% endblock %}",
         "<title>Zulauf</title><a href=\"#\">k</a>nothing"},
        {"{% layout 'section' %}{% block main %}mine{% endblock %}{% block title %}T{% endblock %}",
         "<title>T</title><a href=\"/\"></a><h1>H</h1>mine"},
        {"{% layout 'section' %}{% block content %}all{% endblock %}",
         "<title>Zulauf</title><a href=\"/\"></a>all"},
        {"{% comment %}first{% endcomment %}{% layout 'shell' %}",
         "<title>Zulauf</title><a href=\"/\"></a>nothing"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        const struct part parts[] = {{"t", rows[i].template}, shell, section};
        str got = render(&a, (struct parts){parts, 3}, "{\"x\": \"<\", \"u\": \"javascript:1\"}",
                         LANG_DE);
        assert_str(rows[i].template, got, str_of(rows[i].want));
    }
}

static void mail_text_is_not_escaped(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ x }} <{{ x }}> {{ 'hello' | t }}", "{\"x\": \"a<b&'\"}",
         "a<b&' <a<b&'> Hallo <Welt> & alle"},
        {"{% capture c %}{{ x }}{% endcapture %}{{ c }}{{ c | append: '>' }}", "{\"x\": \"<\"}",
         "<<>"},
        {"{{ 'a\nb' | newline_to_br }}", NULL, "a\nb"},
    };
    check("mail/doi.text", rows, COUNTOF(rows));
    arena a = fresh();
    const struct part parts[] = {{"mail/doi.text", "{% render 'mail/line', x: x %}"},
                                 {"mail/line", "{{ x }}<{{ x }}"}};
    assert_str("partial", render(&a, (struct parts){parts, 2}, "{\"x\": \"<\"}", LANG_DE),
               S("<<<"));
}

static void names_are_found_with_what_they_render(void **state)
{
    (void)state;
    const struct part parts[] = {{"t", "{% render 'ui/p' %}"}, {"ui/p", "p"}, {"other", "o"}};
    arena a = fresh();
    struct liquid_set *set = NULL;
    struct liquid_err err;
    assert_true(compile(&a, (struct parts){parts, 3}, &set, &err));
    assert_non_null(liquid_find(set, S("t")));
    assert_non_null(liquid_find(set, S("ui/p")));
    assert_null(liquid_find(set, S("other")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_written_and_paths_followed),
        cmocka_unit_test(white_space_goes_where_a_dash_says_so),
        cmocka_unit_test(conditions_choose),
        cmocka_unit_test(loops_walk),
        cmocka_unit_test(variables_hold),
        cmocka_unit_test(filters_change_values),
        cmocka_unit_test(sentences_are_filled),
        cmocka_unit_test(partials_see_only_what_they_are_given),
        cmocka_unit_test(a_partial_may_render_itself),
        cmocka_unit_test(blocks_fill_their_layout),
        cmocka_unit_test(mail_text_is_not_escaped),
        cmocka_unit_test(names_are_found_with_what_they_render),
    };
    return cmocka_run_group_tests_name("liquid", tests, NULL, NULL);
}

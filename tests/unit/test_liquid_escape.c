#include "liquid_case.h"

struct row {
    const char *template, *x, *want;
};

/* `a` may already hold the row's texts. */
static void check_row(arena a, struct row row)
{
    struct value root = value_map(&a);
    struct value list = value_list(&a);
    value_push(list, value_text(str_of(row.x)));
    value_push(list, value_text(str_of(row.x)));
    value_set_text(root, "x", str_of(row.x));
    value_set(root, "yes", value_bool(true));
    value_set(root, "l", list);
    const struct part parts[] = {{"t", row.template}, {"p", "<b>{{ v }}</b>"}};
    str got = render(&a, (struct parts){parts, 2}, str_cstr(&a, json_text(&a, root)), LANG_DE);
    assert_str(row.template, got, str_of(row.want));
}

static void check(const struct row *rows, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++) check_row(fresh(), rows[i]);
}

#define EVIL "\"'><script>&"
#define ESC  "&quot;&#39;&gt;&lt;script&gt;&amp;"

static void a_value_stays_text_wherever_it_stands(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"{{ x }}", EVIL, ESC},
        {"<p>{{ x }}</p>", EVIL, "<p>" ESC "</p>"},
        {"<p class=\"a {{ x }}\">", EVIL, "<p class=\"a " ESC "\">"},
        {"<p class='{{ x }}'>", EVIL, "<p class='" ESC "'>"},
        {"<p\n class = \"{{ x }}\">", EVIL, "<p\n class = \"" ESC "\">"},
        {"<title>{{ x }}</title>{{ x }}", EVIL, "<title>" ESC "</title>" ESC},
        {"<textarea>{{ x }}</textarea>", "</textarea>", "<textarea>&lt;/textarea&gt;</textarea>"},
        {"<textarea> a < b </ {{ x }}</textarea >{{ x }}", EVIL,
         "<textarea> a < b </ " ESC "</textarea >" ESC},
        {"<script>f(1 < 2, '</p>')</script>{{ x }}", EVIL, "<script>f(1 < 2, '</p>')</script>" ESC},
        {"<style>a > b { }</style>{{ x }}", EVIL, "<style>a > b { }</style>" ESC},
        {"<!-- a -- b --->{{ x }}<!doctype html>{{ x }}", EVIL,
         "<!-- a -- b --->" ESC "<!doctype html>" ESC},
        {"a < b {{ x }}", EVIL, "a < b " ESC},
        {"<input data-x=\"{{ l | json }}\">", "\"<",
         "<input data-x=\"[&quot;\\&quot;\\u003c&quot;,&quot;\\&quot;\\u003c&quot;]\">"},
        {"{{ l }}{{ l | join: '<' }}", "<", "&lt;&lt;&lt;&lt;&lt;"},
        {"{{ x | append: '<i>' | upcase }}", "<", "&lt;&lt;I&gt;"},
        {"{% render 'p', v: x %}", EVIL, "<b>" ESC "</b>"},
        {"{{ x | t }}", EVIL, ESC},
        {"{{ 'dear' | t: name: x }}", EVIL, "Guten Tag " ESC},
    };
    check(rows, COUNTOF(rows));
}

static void an_address_has_a_harmless_scheme_or_none(void **state)
{
    (void)state;
    static const struct {
        const char *x, *want; /* NULL: as it is */
    } rows[] = {
        {"https://a.example/?b=c", NULL},
        {"http://a.example", NULL},
        {"HTTPS://a", NULL},
        {"mailto:a@b.example", NULL},
        {"tel:+49", NULL},
        {"/leads/1", NULL},
        {"leads:1", "#"},
        {"?next=a:b", NULL},
        {"#a:b", NULL},
        {"a/b:c", NULL},
        {"//host/", NULL},
        {"", NULL},
        {"javascript:alert(1)", "#"},
        {"JavaScript:alert(1)", "#"},
        {" javascript:1", "#"},
        {"java\tscript:1", "#"},
        {"java\nscript:1", "#"},
        {"\x01javascript:1", "#"},
        {"data:text/html,x", "#"},
        {"vbscript:x", "#"},
        {"blob:x", "#"},
        {"file:///etc", "#"},
        {"https :x", NULL},
        {"javascript", NULL},
        {":x", "#"},
        {"javascript&colon;1", "javascript&amp;colon;1"},
        {"\xc2\xa0javascript:1", "#"},
        {"https://a/\"onclick=", "https://a/&quot;onclick="},
    };
    static const char *const attributes[] = {
        "href",    "src",    "action",   "formaction", "poster",      "cite", "hx-get",
        "hx-post", "hx-put", "hx-patch", "hx-delete",  "data-hx-get", "HREF", "xlink:href"};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        for (ptrdiff_t j = 0; j < COUNTOF(attributes); j++) {
            arena a = fresh();
            str text = str_printf(&a, "<a %s=\"{{ x }}\">", attributes[j]);
            str want = str_printf(&a, "<a %s=\"%s\">", attributes[j],
                                  rows[i].want == NULL ? rows[i].x : rows[i].want);
            struct row row = {str_cstr(&a, text), rows[i].x, str_cstr(&a, want)};
            check_row(a, row);
        }
    }
}

static void an_address_in_pieces_is_harmless_too(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"<a href=\"/l/{{ x }}\">", "a:b\"", "<a href=\"/l/a:b&quot;\">"},
        {"<a href=\"?q={{ x | url_encode }}\">", "a&b", "<a href=\"?q=a%26b\">"},
        {"<a href=\"#{{ x }}\">", "a:b", "<a href=\"#a:b\">"},
        {"<a href=\"https://{{ x }}\">", "a:1", "<a href=\"https://a:1\">"},
        {"<a href=\"mailto:{{ x }}\">", "a@b", "<a href=\"mailto:a@b\">"},
        {"<a href=\"page#{{ x }}\">", "a:b", "<a href=\"page#a:b\">"},
        /* the start may turn out empty, or half a scheme */
        {"<a href=\"{{ none }}{{ x }}\">", "javascript:1", "<a href=\"#\">"},
        {"<a href=\"java{{ x }}\">", "script:1", "<a href=\"java#\">"},
        {"<a href=\"{{ 'java' }}{{ x }}\">", "script:1", "<a href=\"java#\">"},
        {"<a href=\"{{ 'https://a' }}{{ x }}\">", "/b:c", "<a href=\"https://a/b:c\">"},
        {"<a href=\" {{ x }}\">", "javascript:1", "<a href=\" #\">"},
        {"<a href=\"{% if no %}/{% endif %}{{ x }}\">", "javascript:1", "<a href=\"#\">"},
        {"<a href=\"{% if yes %}{{ x }}{% else %}/{{ x }}{% endif %}\">", "javascript:1",
         "<a href=\"#\">"},
        {"<a href=\"{% if no %}{{ x }}{% else %}/{{ x }}{% endif %}\">", "javascript:1",
         "<a href=\"/javascript:1\">"},
        {"<a href=\"{% for i in l %}{{ i }}{% endfor %}\">", "script:1", "<a href=\"##\">"},
        {"<a href=\"{% for i in l %}/{{ i }}{% endfor %}\">", "a:", "<a href=\"/a:/a:\">"},
        {"<a href=\"&#{{ x }}\">", "58:", "<a href=\"&##\">"},
        {"<a title=\"{{ x }}\">", "javascript:1", "<a title=\"javascript:1\">"},
        {"<a href=\"{% capture u %}{{ x }}{% endcapture %}{{ u }}\">", "javascript:1",
         "<a href=\"#\">"},
    };
    check(rows, COUNTOF(rows));
}

static void markup_is_markup_between_tags_only(void **state)
{
    (void)state;
    const char *capture = "{% capture m %}<b>{{ x }}</b>{% endcapture %}";
    static const struct {
        const char *use, *want;
    } rows[] = {
        {"{{ m }}", "<b>&lt;&amp;</b>"},
        {"<p title=\"{{ m }}\">", "<p title=\"&lt;b&gt;&lt;&amp;&lt;/b&gt;\">"},
        {"<title>{{ m }}</title>", "<title>&lt;b&gt;&lt;&amp;&lt;/b&gt;</title>"},
        {"{{ m | append: '' }}", "&lt;b&gt;&amp;lt;&amp;amp;&lt;/b&gt;"},
        {"{{ m | default: 'x' }}", "<b>&lt;&amp;</b>"},
        {"{{ none | default: m }}", "<b>&lt;&amp;</b>"},
        {"{% assign n = m %}{{ n }}", "<b>&lt;&amp;</b>"},
        {"{% render 'p', v: m %}", "<b><b>&lt;&amp;</b></b>"},
        {"{% capture o %}{{ m }}{{ x }}{% endcapture %}{{ o }}", "<b>&lt;&amp;</b>&lt;&amp;"},
        {"{{ 'dear' | t: name: m }}", "Guten Tag <b>&lt;&amp;</b>"},
        {"<p title=\"{{ x | escape }}\">{{ x | escape }}", "<p title=\"&lt;&amp;\">&lt;&amp;"},
        {"{{ x | newline_to_br | append: x }}", "&amp;lt;&amp;amp;&lt;&amp;"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        str text = str_printf(&a, "%s%s", capture, rows[i].use);
        check_row(a, (struct row){str_cstr(&a, text), "<&", rows[i].want});
    }
}

static void branches_may_be_attributes_and_parts_of_values(void **state)
{
    (void)state;
    const struct row rows[] = {
        {"<input{% if yes %} checked{% endif %}>{{ x }}", EVIL, "<input checked>" ESC},
        {"<input {% if yes %}checked{% endif %} class=\"{{ x }}\">", EVIL,
         "<input checked class=\"" ESC "\">"},
        {"<option value=\"1\"{% if no %} selected{% endif %}>", EVIL, "<option value=\"1\">"},
        {"<p {% if yes %}class=\"{{ x }}\"{% else %}hidden{% endif %} id=\"i\">", "<",
         "<p class=\"&lt;\" id=\"i\">"},
        {"<p class=\"a{% if yes %} b {{ x }}{% endif %}\">", "\"", "<p class=\"a b &quot;\">"},
        {"<p{% for i in l %} data-x=\"{{ i }}\"{% endfor %}>", "<",
         "<p data-x=\"&lt;\" data-x=\"&lt;\">"},
        {"<a {% if yes %}href=\"{{ x }}\"{% endif %}>{{ x }}</a>",
         "javascript:", "<a href=\"#\">javascript:</a>"},
        {"<a href=/x/y{% if yes %} class=\"{{ x }}\"{% endif %}>", "\"",
         "<a href=/x/y class=\"&quot;\">"},
        {"<br/>{% if yes %}<b>{% endif %}{{ x }}", "<", "<br/><b>&lt;"},
        {"<div{% if yes %} hidden{% endif %}/>{{ x }}", "<", "<div hidden/>&lt;"},
        {"<textarea{% if yes %} required{% endif %}>{{ x }}</textarea>", "<",
         "<textarea required>&lt;</textarea>"},
        {"<script {% if yes %}defer{% endif %} src=\"/a.js?v={{ x }}\"></script>", "\"",
         "<script defer src=\"/a.js?v=&quot;\"></script>"},
        {"<p style=\"{% if yes %}color:red{% endif %}\" onclick=\"f()\">", "",
         "<p style=\"color:red\" onclick=\"f()\">"},
    };
    check(rows, COUNTOF(rows));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_stays_text_wherever_it_stands),
        cmocka_unit_test(an_address_has_a_harmless_scheme_or_none),
        cmocka_unit_test(an_address_in_pieces_is_harmless_too),
        cmocka_unit_test(markup_is_markup_between_tags_only),
        cmocka_unit_test(branches_may_be_attributes_and_parts_of_values),
    };
    return cmocka_run_group_tests_name("liquid_escape", tests, NULL, NULL);
}

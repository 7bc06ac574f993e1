/* Which websites may show a form, its link, and that codes to copy hold nothing but what was meant.
 */
#include "assert_str.h"

#include "base/json.h"
#include "share/share_rules.h"

static char memory[2 << 20];

static arena whole(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

static void an_address_becomes_an_origin(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* NULL: refused */
        enum origin_err err;
    } ROWS[] = {
        {"https://www.firma.example", "https://www.firma.example", ORIGIN_OK},
        {"www.Firma.example", "https://www.firma.example", ORIGIN_OK},
        {" https://www.firma.example/kontakt?a=b#c ", "https://www.firma.example", ORIGIN_OK},
        {"HTTPS://firma.example:443/", "https://firma.example", ORIGIN_OK},
        {"https://firma.example:8443", "https://firma.example:8443", ORIGIN_OK},
        {"https://bücher.example", "https://xn--bcher-kva.example", ORIGIN_OK},
        {"http://localhost:3000", "http://localhost:3000", ORIGIN_OK},
        {"http://127.0.0.1:8080/x", "http://127.0.0.1:8080", ORIGIN_OK},
        {"http://[::1]:8080", "http://[::1]:8080", ORIGIN_OK},
        {"http://firma.example", NULL, ORIGIN_HTTP},
        {"http://localhost.firma.example", NULL, ORIGIN_HTTP},
        {"*", NULL, ORIGIN_WILDCARD},
        {"https://*.firma.example", NULL, ORIGIN_WILDCARD},
        {"", NULL, ORIGIN_BAD},
        {"null", NULL, ORIGIN_BAD},
        {"'self'", NULL, ORIGIN_BAD},
        {"https://", NULL, ORIGIN_BAD},
        {"ftp://firma.example", NULL, ORIGIN_BAD},
        {"javascript://firma.example", NULL, ORIGIN_BAD},
        {"data:text/html,x", NULL, ORIGIN_BAD},
        {"https://a@firma.example", NULL, ORIGIN_BAD},
        {"https://firma.example:0", NULL, ORIGIN_BAD},
        {"https://firma.example:99999", NULL, ORIGIN_BAD},
        {"https://firma.example:8443x", NULL, ORIGIN_BAD},
        {"https://firma.example;script-src", NULL, ORIGIN_BAD},
        {"https://fir ma.example", NULL, ORIGIN_BAD},
        {"https://www.firma.0x7f", NULL, ORIGIN_BAD}, /* browsers read that as a number */
        {"https://firma.example\r\nx-evil: 1", NULL, ORIGIN_BAD},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = whole();
        str out;
        enum origin_err err = origin_normalise(&a, str_of(ROWS[i].in), &out);
        if (err != ROWS[i].err) fail_msg("%s: %d", ROWS[i].in, err);
        if (err == ORIGIN_OK) assert_str(ROWS[i].in, out, str_of(ROWS[i].out));
    }
}

static void a_list_is_read_as_people_and_programs_write_it(void **state)
{
    (void)state;
    arena a = whole();
    str out, wrong = S("");
    enum origin_err err;
    struct value list = value_list(&a);
    value_push(list, value_text(S("b.example")));
    value_push(list, value_text(S("https://a.example/")));
    value_push(list, value_text(S("https://b.example")));
    assert_true(origins_read(&a, list, &out, &err, &wrong));
    assert_str("list", out, S("https://b.example https://a.example"));
    assert_true(origins_read(&a, value_text(S("a.example\r\n\r\n b.example, c.example;")), &out,
                             &err, &wrong));
    assert_str("lines", out, S("https://a.example https://b.example https://c.example"));
    assert_true(origins_read(&a, value_text(S(" \n")), &out, &err, &wrong));
    assert_str("none", out, S(""));
    assert_true(origins_read(&a, value_null(), &out, &err, &wrong));
    assert_str("nothing", out, S(""));
    assert_false(origins_read(&a, value_text(S("a.example\nnix\nb.example")), &out, &err, &wrong));
    assert_str("the one at fault", wrong, S("nix"));
    assert_int_equal(err, ORIGIN_BAD);
    struct value many = value_list(&a);
    for (int i = 0; i <= ORIGINS_MAX; i++)
        value_push(many, value_text(str_printf(&a, "w%d.example", i)));
    assert_false(origins_read(&a, many, &out, &err, &wrong));
    assert_int_equal(err, ORIGIN_OK); /* each is good, they are too many */
}

static void only_a_whole_origin_is_on_the_list(void **state)
{
    (void)state;
    str list = S("https://www.firma.example http://localhost:3000");
    static const struct {
        const char *origin;
        bool listed;
    } ROWS[] = {
        {"https://www.firma.example", true},
        {"http://localhost:3000", true},
        {"http://www.firma.example", false},
        {"https://www.firma.example:8443", false},
        {"https://www.firma.exampl", false},
        {"https://firma.example", false},
        {"https://www.firma.example http://localhost:3000", false},
        {"null", false},
        {"", false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++)
        if (origins_have(list, str_of(ROWS[i].origin)) != ROWS[i].listed)
            fail_msg("%s", ROWS[i].origin);
    assert_false(origins_have(S(""), S("")));
    assert_false(origins_have(S(""), S("https://a.example")));
    arena a = whole();
    assert_str("url", url_origin(&a, S("https://WWW.firma.example:443/a?b")),
               S("https://www.firma.example"));
    assert_null(url_origin(&a, S("/a")).ptr);
    assert_null(url_origin(&a, (str){0}).ptr);
}

static void a_link_has_its_campaign(void **state)
{
    (void)state;
    arena a = whole();
    struct value campaign = value_map(&a);
    str url = S("https://z.example/f/kontakt");
    assert_str("bare", share_link(&a, url, campaign), url);
    value_set_text(campaign, "source", S(" news & mehr "));
    value_set_text(campaign, "medium", S(""));
    value_set_text(campaign, "campaign", S("Frühling#1"));
    assert_str("campaign", share_link(&a, url, campaign),
               S("https://z.example/f/"
                 "kontakt?utm_source=news%20%26%20mehr&utm_campaign=Fr%C3%BChling%231"));
    assert_str("readable", share_readable(share_link(&a, url, campaign)), S("z.example/f/kontakt"));
}

static struct value tree(arena *a, const char *json)
{
    struct value v;
    struct json_err err;
    assert_true(json_parse(a, str_of(json), &v, &err));
    return v;
}

/* What people write comes out as text, wherever it stands. */
static void codes_hold_nothing_but_what_was_meant(void **state)
{
    (void)state;
    arena a = whole();
    struct value form =
        tree(&a, "{\"has_files\":true,\"version\":\"fv_1\",\"title\":\"A \\\"B\\\" "
                 "<script>alert(1)</script>\",\"language\":\"de\","
                 "\"submit_label\":\"Los & ab\",\"fields\":["
                 "{\"key\":\"email\",\"label\":\"E-Mail\",\"type\":\"email\",\"required\":true,"
                 "\"autocomplete\":\"email\"},"
                 "{\"key\":\"phone\",\"label\":\"</label><b>\",\"type\":\"tel\",\"required\":true,"
                 "\"when\":\"x\"},"
                 "{\"key\":\"size\",\"label\":\"Größe\",\"type\":\"select\",\"required\":false,"
                 "\"options\":[{\"value\":\"1\\\"\",\"label\":\"<1>\"}]},"
                 "{\"key\":\"use\",\"label\":\"Wozu\",\"type\":\"choices\",\"required\":true,"
                 "\"options\":[{\"value\":\"a\",\"label\":\"A\"}]},"
                 "{\"key\":\"call\",\"label\":\"Anruf\",\"type\":\"checkbox\",\"required\":true},"
                 "{\"key\":\"free_f\",\"label\":\"Foto\",\"type\":\"file\",\"required\":true,"
                 "\"accept\":\".png,.jpg\"},"
                 "{\"key\":\"note\",\"label\":\"Text\",\"type\":\"textarea\",\"required\":false}],"
                 "\"hidden\":[{\"key\":\"free_m\",\"value\":\"'\\\"\"}],"
                 "\"consents\":[{\"name\":\"consent.newsletter.email\",\"text\":\"Ja <i>\","
                 "\"required\":true}]}");
    str url = S("https://z.example/f/k");
    struct share_look look = {.kind = SHARE_BAR,
                              .after_s = 5,
                              .scroll_pct = -1,
                              .once = true,
                              .text = S("Jetzt \"neu\""),
                              .button = S("<Auf>"),
                              .colour = S("#7a1f5c")};
    str script = share_code_script(&a, form, url, S("https://z.example"), &look);
    assert_str(
        "script", script,
        S("<script src=\"https://z.example/embed.js\" async></script>\n"
          "<zulauf-form src=\"https://z.example/f/k\" lang=\"de\" data-title=\"A &quot;B&quot; "
          "&lt;script&gt;alert(1)&lt;/script&gt;\" data-as=\"bar\" data-after=\"5\" data-once "
          "data-colour=\"#7a1f5c\" data-text=\"Jetzt &quot;neu&quot;\" data-button=\"&lt;Auf&gt;\">"
          "<a href=\"https://z.example/f/k\">A &quot;B&quot; "
          "&lt;script&gt;alert(1)&lt;/script&gt;</a></zulauf-form>"));
    str frame = share_code_frame(&a, form, url, S("https://z.example"));
    assert_true(str_find(frame, S("src=\"https://z.example/f/k?embed=light\" data-zulauf")) > 0);
    str html = share_code_html(&a, form, url);
    static const char *const there[] = {
        "<form action=\"https://z.example/f/k\" method=\"post\" enctype=\"multipart/form-data\"",
        "name=\"free_f\" type=\"file\" accept=\".png,.jpg\" required>",
        "name=\"email\" type=\"email\" autocomplete=\"email\" required>",
        "&lt;/label&gt;&lt;b&gt;</label>",
        "name=\"phone\" type=\"tel\"></p>", /* asked under a condition: not required here */
        "<option value=\"1&quot;\">&lt;1&gt;</option>",
        "<legend>Wozu</legend>",
        "name=\"use\" value=\"a\"> <label",
        "name=\"call\" value=\"yes\" required>",
        "rows=\"5\"></textarea>",
        "name=\"free_m\" value=\"&#39;&quot;\"",
        "name=\"consent.newsletter.email\" value=\"yes\" required>",
        "<input type=\"hidden\" name=\"_version\" value=\"fv_1\">",
        ">Ja &lt;i&gt;</label>",
        "<button type=\"submit\">Los &amp; ab</button>",
    };
    for (ptrdiff_t i = 0; i < COUNTOF(there); i++)
        if (str_find(html, str_of(there[i])) < 0)
            fail_msg("%s is missing in\n%.*s", there[i], STR_ARG(html));
    assert_true(str_find(html, S("<script")) < 0 && str_find(html, S("<b>")) < 0);
    assert_true(str_find(html, S("checked")) < 0); /* nobody consents beforehand */
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < SHARE_KIND__COUNT; i++)
        assert_int_equal(share_kind_of(str_of(share_kind_name((enum share_kind)i))), i);
    assert_int_equal(share_kind_of(S("window")), SHARE_INLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_becomes_an_origin),
        cmocka_unit_test(a_list_is_read_as_people_and_programs_write_it),
        cmocka_unit_test(only_a_whole_origin_is_on_the_list),
        cmocka_unit_test(a_link_has_its_campaign),
        cmocka_unit_test(codes_hold_nothing_but_what_was_meant),
        cmocka_unit_test(kinds_have_names),
    };
    return cmocka_run_group_tests_name("share rules", tests, NULL, NULL);
}

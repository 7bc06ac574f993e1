#include "assert_str.h"
#include "base/crypto.h"
#include "net/mime_write.h"
#include "post/mime_part.h"

#define HTML "<p>Gr\xC3\xBC\xC3\x9F Gott = 100 %</p>"
/* Longer than a line of quoted-printable, with what it has to escape. */
#define LONG                                                                                       \
    "Sehr geehrte Frau Brandt, bitte best\xC3\xA4tigen Sie Ihre Anmeldung: "                       \
    "https://falkenried.example/c/abc=def?x=1 \xE2\x80\x93 danke.\n.\nFrom hier an \n"

static void an_image_stands_beside_the_html_that_shows_it(void **state)
{
    (void)state;
    arena a = fresh();
    char bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)i;
    str image = {bytes, sizeof bytes}, mime;
    struct mime_message m = {.from_address = S("a@falkenried.example"),
                             .to_address = S("b@firma.example"),
                             .subject = S("Hallo"),
                             .text = S("Hallo\n"),
                             .html = S(HTML),
                             .image = {S("logo.7@falkenried.example"), S("image/png"), image},
                             .message_id = S("ml_1@falkenried.example")};
    struct mime_parts parts;
    assert_true(mime_write(&a, &m, &mime));
    assert_true(str_find(mime, S("Content-ID: <logo.7@falkenried.example>\r\n")) > 0);
    assert_true(str_find(mime, S("multipart/related; type=\"text/html\"")) > 0);
    assert_true(mime_parts_read(&a, mime, &parts));
    assert_str("text", parts.text, S("Hallo\n"));
    assert_str("html", parts.html, S(HTML "\n"));
    assert_str("id", parts.image_id, S("logo.7@falkenried.example"));
    assert_str("type", parts.image_type, S("image/png"));
    assert_str("image", parts.image, base64_encode(&a, image));
    m.image.id = S("logo>\r\nBcc: x");
    assert_false(mime_write(&a, &m, &mime));
    m.image.id = S("logo.7@falkenried.example");
    m.image.media_type = S("image/png\r\nX: y");
    assert_false(mime_write(&a, &m, &mime));
}

static void what_mime_write_wrote_is_read_back(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        str text, html, want_text, want_html;
    } rows[] = {
        {"both", S_INIT("Hallo\n"), S_INIT(HTML), S_INIT("Hallo\n"), S_INIT(HTML "\n")},
        {"long lines", S_INIT(LONG), S_INIT(HTML LONG), S_INIT(LONG), S_INIT(HTML LONG)},
        {"text alone", S_INIT(LONG), {0}, S_INIT(LONG), {0}},
        {"HTML alone", {0}, S_INIT(HTML), {0}, S_INIT(HTML "\n")},
        {"empty parts", S_INIT(""), S_INIT(""), S_INIT(""), S_INIT("")},
        {"looks like a boundary", S_INIT("--=_0000\n"), S_INIT("--\n"), S_INIT("--=_0000\n"),
         S_INIT("--\n")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_message m = {.from_address = S("a@falkenried.example"),
                                 .to_address = S("b@firma.example"),
                                 .subject = S("Bitte best\xC3\xA4tigen"),
                                 .text = rows[i].text,
                                 .html = rows[i].html,
                                 .message_id = S("ml_1@falkenried.example"),
                                 .date_ms = 1750000000000};
        str mime;
        struct mime_parts parts;
        assert_true(mime_write(&a, &m, &mime));
        if (!mime_parts_read(&a, mime, &parts)) fail_msg("%s: not read", rows[i].name);
        assert_str(rows[i].name, parts.text, rows[i].want_text);
        assert_str(rows[i].name, parts.html, rows[i].want_html);
    }
}

static void what_is_no_mail_of_ours_is_refused_or_taken_as_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        str mime;
        bool good;
        str text;
    } rows[] = {
        {"nothing", S_INIT(""), false, {0}},
        {"no body", S_INIT("Subject: x\r\n"), false, {0}},
        {"no type", S_INIT("Subject: x\r\n\r\nHallo"), true, S_INIT("Hallo")},
        {"bad escapes stay",
         S_INIT("Content-Transfer-Encoding: Quoted-Printable\r\n\r\n=C3=BC =G1 =4"), true,
         S_INIT("\xC3\xBC =G1 =4")},
        {"no boundary", S_INIT("Content-Type: multipart/alternative\r\n\r\nx"), false, {0}},
        {"no delimiter",
         S_INIT("Content-Type: multipart/alternative; boundary=b\r\n\r\nx\r\n"),
         false,
         {0}},
        {"cut off",
         S_INIT("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nHallo\r\n"),
         false,
         {0}},
        {"a part without a head",
         S_INIT("Content-Type: multipart/alternative;\r\n boundary=\"b\"\r\n\r\n"
                "--b\r\n\r\nHallo\r\n--b--\r\n"),
         true, S_INIT("Hallo")},
        {"a foreign part is passed over",
         S_INIT("Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n"
                "Content-Type: image/png\r\n\r\nPNG\r\n--b\r\n\r\nHallo\r\n--b--\r\n"),
         true, S_INIT("Hallo")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct mime_parts parts;
        if (mime_parts_read(&a, rows[i].mime, &parts) != rows[i].good)
            fail_msg("%s: %s", rows[i].name, rows[i].good ? "refused" : "taken");
        if (rows[i].good) assert_str(rows[i].name, parts.text, rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_mime_write_wrote_is_read_back),
        cmocka_unit_test(an_image_stands_beside_the_html_that_shows_it),
        cmocka_unit_test(what_is_no_mail_of_ours_is_refused_or_taken_as_it_is),
    };
    return cmocka_run_group_tests_name("mime_part", tests, NULL, NULL);
}

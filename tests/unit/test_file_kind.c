#include "file/file_kind.h"

#include "unit/assert_str.h"

#define PNG "\x89PNG\r\n\x1a\n...."

static void a_file_is_taken_if_its_name_and_its_bytes_agree(void **state)
{
    static const struct {
        enum file_accept accept;
        str name, bytes;
        const char *media_type; /* NULL: refused */
    } cases[] = {
        {ACCEPT_ANY, S_INIT("a.pdf"), S_INIT("%PDF-1.7\n"), "application/pdf"},
        {ACCEPT_ANY, S_INIT("A.PDF"), S_INIT("%PDF-1.4"), "application/pdf"},
        {ACCEPT_PDF, S_INIT("a.pdf"), S_INIT("%PDF-1.7\n"), "application/pdf"},
        {ACCEPT_DOCUMENT, S_INIT("a.pdf"), S_INIT("%PDF-1.7\n"), "application/pdf"},
        {ACCEPT_IMAGE, S_INIT("a.pdf"), S_INIT("%PDF-1.7\n"), NULL},
        {ACCEPT_ANY, S_INIT("a.png"), S_INIT(PNG), "image/png"},
        {ACCEPT_IMAGE, S_INIT("a.png"), S_INIT(PNG), "image/png"},
        {ACCEPT_DOCUMENT, S_INIT("a.png"), S_INIT(PNG), NULL},
        {ACCEPT_PDF, S_INIT("a.png"), S_INIT(PNG), NULL},
        {ACCEPT_ANY, S_INIT("a.jpeg"), S_INIT("\xff\xd8\xff\xe0.."), "image/jpeg"},
        {ACCEPT_ANY, S_INIT("a.webp"), S_INIT("RIFF....WEBPVP8 "), "image/webp"},
        {ACCEPT_ANY, S_INIT("a.heic"),
         S_INIT("\0\0\0\x18"
                "ftypheic"),
         "image/heic"},
        {ACCEPT_ANY, S_INIT("cv.docx"), S_INIT("PK\x03\x04...."),
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
        {ACCEPT_ANY, S_INIT("a.txt"), S_INIT("Grüße"), "text/plain; charset=utf-8"},
        /* What calls itself something else than it is. */
        {ACCEPT_ANY, S_INIT("a.pdf"), S_INIT("MZ\x90"), NULL},
        {ACCEPT_ANY, S_INIT("a.pdf"), S_INIT("<html><script>"), NULL},
        {ACCEPT_ANY, S_INIT("a.png"), S_INIT("<svg xmlns="), NULL},
        {ACCEPT_ANY, S_INIT("a.txt"), S_INIT("MZ\0"), NULL},
        {ACCEPT_ANY, S_INIT("a.txt"), S_INIT("\xff\xfe"), NULL},
        {ACCEPT_ANY, S_INIT("a.webp"), S_INIT("RIFF....AVI "), NULL},
        /* What runs, or carries what does. */
        {ACCEPT_ANY, S_INIT("a.exe"), S_INIT("MZ\x90"), NULL},
        {ACCEPT_ANY, S_INIT("a.docm"), S_INIT("PK\x03\x04"), NULL},
        {ACCEPT_ANY, S_INIT("a.zip"), S_INIT("PK\x03\x04"), NULL},
        {ACCEPT_ANY, S_INIT("a.html"), S_INIT("<html>"), NULL},
        {ACCEPT_ANY, S_INIT("a.svg"), S_INIT("<svg>"), NULL},
        {ACCEPT_ANY, S_INIT("a.pdf.exe"), S_INIT("%PDF-"), NULL},
        {ACCEPT_ANY, S_INIT(".pdf"), S_INIT("%PDF-"), NULL},
        {ACCEPT_ANY, S_INIT("a"), S_INIT("%PDF-"), NULL},
        {ACCEPT_ANY, S_INIT(""), S_INIT("%PDF-"), NULL},
        {ACCEPT_ANY, S_INIT("a.pdf"), S_INIT(""), NULL},
        {ACCEPT_ANY, S_INIT("a.pdf"), S_INIT("%PDF"), NULL},
    };
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        str got = file_kind_media_type(cases[i].accept, cases[i].name, cases[i].bytes);
        if ((got.ptr == NULL) != (cases[i].media_type == NULL))
            fail_msg("case %td (%s): %s", i, cases[i].name.ptr,
                     got.ptr == NULL ? "refused" : "taken");
        if (got.ptr != NULL) assert_str("media type", got, str_of(cases[i].media_type));
    }
}

static void names_lead_back_to_what_they_name(void **state)
{
    (void)state;
    for (int i = 0; i < ACCEPT__COUNT; i++)
        assert_int_equal(file_accept_of(str_of(file_accept_name((enum file_accept)i))), i);
    assert_int_equal(file_accept_of(S("everything")), ACCEPT__COUNT);
    assert_int_equal(file_accept_of(S("")), ACCEPT__COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_taken_if_its_name_and_its_bytes_agree),
        cmocka_unit_test(names_lead_back_to_what_they_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

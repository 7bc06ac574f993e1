/* Properties: what comes out of a list of websites can stand in a header (CSP, CORS) and says the
 * same when it is read again; a code holds what people write as text alone; Accept-Encoding is
 * judged without a fault. */
#include "base/gzip.h"
#include "base/url.h"
#include "share/share_rules.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_origin(arena *a, str origin)
{
    struct url u;
    str again;
    if (origin.len == 0 || origin.len > ORIGIN_MAX_BYTES || !url_parse(origin, &u)) abort();
    for (ptrdiff_t i = 0; i < origin.len; i++) {
        char c = origin.ptr[i];
        if (c <= ' ' || c > '~' || str_find_char(S("\"'<>;,*\\@?#"), c) >= 0) abort();
    }
    if (u.path.len > 0 || u.query.ptr != NULL || u.fragment.ptr != NULL) abort();
    if (origin_normalise(a, origin, &again) != ORIGIN_OK || !str_eq(again, origin)) abort();
    if (!str_eq(url_origin(a, origin), origin)) abort();
}

static void check_codes(arena *a, str text)
{
    struct value form = value_map(a);
    struct share_look look = {
        .kind = SHARE_BAR, .after_s = -1, .scroll_pct = -1, .text = text, .button = text};
    value_set_text(form, "title", text);
    value_set_text(form, "language", S("de"));
    str code =
        share_code_script(a, form, S("https://z.example/f/x"), S("https://z.example"), &look);
    int opened = 0;
    for (ptrdiff_t i = 0; i < code.len; i++) opened += code.ptr[i] == '<';
    if (opened != 6) abort(); /* script, the element, its link */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    if (size > 20000) return 0;
    str text = {(const char *)data, (ptrdiff_t)size}, origins, wrong = S("");
    enum origin_err err;
    if (origins_read(&a, value_text(text), &origins, &err, &wrong))
        for (str rest = origins; rest.len > 0;) check_origin(&a, str_cut(rest, ' ', &rest));
    (void)gzip_accepted(text);
    check_codes(&a, text);
    return 0;
}

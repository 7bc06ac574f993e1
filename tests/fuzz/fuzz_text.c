/* Properties: cleaned text is valid, not longer than NFC makes it, and stays itself when cleaned
 * again; dates and zone rules are read without harm; a user agent has a class. */
#include "base/tz.h"
#include "base/tz_rule.h"
#include "base/useragent.h"
#include "base/utf8.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_date(arena *a, str text)
{
    int64_t ms = 0, back = 0;
    if (!rfc3339_parse(text, &ms)) return;
    if (tz_instant_ms(NULL, tz_civil(NULL, ms)) / 1000 > ms / 1000 + 1) abort();
    str again = rfc3339(a, ms);
    if (!rfc3339_parse(again, &back)) abort();
    /* An offset may lead out of the years that can be written. */
    if (back != ms && text.ptr[0] != '0' && text.ptr[0] != '9') abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char memory[16 << 20];
    arena a = {memory, memory + sizeof memory, NULL};
    str text = {(const char *)data, (ptrdiff_t)size};
    struct tz_rule rule;
    if (size > 4096) return 0;
    str line = utf8_clean_line(&a, text), body = utf8_clean_text(&a, text);
    if (!utf8_valid(line) || !utf8_valid(body)) abort();
    if (!str_eq(utf8_clean_line(&a, line), line)) abort();
    if (!str_eq(utf8_clean_text(&a, body), body)) abort();
    if (utf8_valid(text) && !utf8_valid(utf8_cut(text, text.len / 2))) abort();
    str folded = utf8_fold(&a, line);
    if (!utf8_valid(folded) || !utf8_valid(sort_key(&a, line))) abort();
    if (ua_parse(text).device >= DEVICE__COUNT) abort();
    check_date(&a, text);
    if (tz_rule_parse(text, &rule) && rule.present)
        for (int64_t s = -4000000000; s < 9000000000; s += 1000000007)
            if (tz_rule_offset_s(&rule, s) > 8 * 86400) abort();
    return 0;
}

#include "post/post_rules.h"

#include "base/buf.h"

enum {
    MINUTE_MS = 60000,
    PAUSE_FIRST_MS = 5000,
    PAUSE_MAX_MS = 5 * MINUTE_MS,
    WORDS_BYTES = 4096,
};

enum mail_state post_state_after(enum permit_class permit_class, enum mail_outcome outcome,
                                 int64_t attempts)
{
    switch (outcome) {
    case OUTCOME_SENT:
        return MAIL_SENT;
    case OUTCOME_PERMANENT:
        return MAIL_DEAD;
    case OUTCOME_REFUSED:
        return MAIL_REFUSED;
    case OUTCOME_IN_DOUBT:
        if (permit_class == PERMIT_ADVERTISING) return MAIL_IN_DOUBT;
        break;
    case OUTCOME_TEMPORARY:
        break;
    }
    return attempts >= POST_ATTEMPTS_MAX ? MAIL_DEAD : MAIL_QUEUED;
}

static int64_t spread(int64_t ms, uint16_t chance)
{
    return ms * 4 / 5 + ms * 2 / 5 * chance / 65536;
}

int64_t post_retry_ms(int64_t attempts, uint16_t chance)
{
    static const int64_t minutes[] = {1, 5, 15, 60, 240};
    assert(attempts >= 1);
    int64_t at = attempts > COUNTOF(minutes) ? COUNTOF(minutes) : attempts;
    return spread(minutes[at - 1] * MINUTE_MS, chance);
}

int64_t post_pause_ms(int troubles, uint16_t chance)
{
    int64_t ms = PAUSE_FIRST_MS;
    for (int i = 1; i < troubles && ms < PAUSE_MAX_MS; i++) ms *= 2;
    return spread(ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS, chance);
}

/* What a local part may hold, wide: rather a word too much masked than an address shown. */
static bool is_local(char c)
{
    return (unsigned char)c > ' ' && str_find_char(S("<>()[],;:\"@="), c) < 0;
}

str post_mask_addresses(arena *a, str words)
{
    struct buf b = buf_new(a, WORDS_BYTES);
    for (str rest = words; rest.ptr != NULL;) {
        str before = str_cut(rest, '@', &rest);
        ptrdiff_t local = before.len;
        while (local > 0 && is_local(before.ptr[local - 1])) local--;
        bool address = rest.ptr != NULL && local < before.len;
        if (address) {
            bool ascii = (unsigned char)before.ptr[local] < 0x80;
            buf_put(&b, str_slice(before, 0, ascii ? local + 1 : local));
            buf_put(&b, S("•••"));
        } else {
            buf_put(&b, before);
        }
        if (rest.ptr != NULL) buf_char(&b, '@');
    }
    return buf_str(&b);
}

bool post_address_is_bad(str reply)
{
    static const str codes[] = {S_INIT("5.1.1 "), S_INIT("5.1.2 "), S_INIT("5.1.3 "),
                                S_INIT("5.1.6 "), S_INIT("5.1.10 ")};
    str rest, code = str_cut(reply, ' ', &rest);
    if (code.len != 3 || code.ptr[0] != '5' || rest.ptr == NULL) return false;
    for (ptrdiff_t i = 0; i < COUNTOF(codes); i++)
        if (str_starts(rest, codes[i])) return true;
    return str_eq(code, S("551")) && !str_starts(rest, S("5."));
}

#include "base/useragent.h"

#include <string.h>

enum { UA_READ_BYTES = 1024 }; /* the longest of real browsers have 400 */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is looked through, in lower case. Eighty words are looked for and three are there: most are
 * ruled out by their first and last two letters, which are marked in `pairs`. */
struct text {
    char byte[UA_READ_BYTES];
    ptrdiff_t len;
    uint64_t pairs[16]; /* 1024 bits, by the low five of either letter */
};

static int pair_of(const char *p)
{
    return (p[0] & 31) << 5 | (p[1] & 31);
}

static bool has_pair(const struct text *t, const char *p)
{
    int pair = pair_of(p);
    return (t->pairs[pair >> 6] >> (pair & 63) & 1) != 0;
}

static void read_text(struct text *t, str s)
{
    t->len = s.len < UA_READ_BYTES ? s.len : UA_READ_BYTES;
    memset(t->pairs, 0, sizeof t->pairs);
    for (ptrdiff_t i = 0; i < t->len; i++) {
        t->byte[i] = lower(s.ptr[i]);
        if (i == 0) continue;
        int pair = pair_of(t->byte + i - 1);
        t->pairs[pair >> 6] |= (uint64_t)1 << (pair & 63);
    }
}

/* `word` is in lower case and has two letters or more. */
static bool has(const struct text *t, str word)
{
    if (!has_pair(t, word.ptr) || !has_pair(t, word.ptr + word.len - 2)) return false;
    return memmem(t->byte, (size_t)t->len, word.ptr, (size_t)word.len) != NULL;
}

/* Words that only programs carry, of those that call themselves "Mozilla/5.0 (…)". */
static const str BOT_WORD[] = {
    S_INIT("crawl"),       S_INIT("spider"),        S_INIT("slurp"),      S_INIT("http:"),
    S_INIT("https:"),      S_INIT("scanner"),       S_INIT("scrap"),      S_INIT("headless"),
    S_INIT("phantomjs"),   S_INIT("preview"),       S_INIT("fetch"),      S_INIT("monitor"),
    S_INIT("validat"),     S_INIT("checker"),       S_INIT("archiv"),     S_INIT("feed"),
    S_INIT("python"),      S_INIT("httpclient"),    S_INIT("lighthouse"), S_INIT("pagespeed"),
    S_INIT("gtmetrix"),    S_INIT("pingdom"),       S_INIT("uptime"),     S_INIT("externalhit"),
    S_INIT("embedly"),     S_INIT("imageproxy"),    S_INIT("analyz"),     S_INIT("favicon"),
    S_INIT("inspection"),  S_INIT("httrack"),       S_INIT("-agent"),     S_INIT("www."),
    S_INIT("googleother"), S_INIT("mediapartners"), S_INIT("sitemap"),    S_INIT("indexer"),
};

/* "bot", but for the telephones of Cubot. */
static bool has_bot(const struct text *t)
{
    for (ptrdiff_t i = 0; i + 3 <= t->len; i++) {
        if (memcmp(t->byte + i, "bot", 3) != 0) continue;
        if (i >= 2 && memcmp(t->byte + i - 2, "cu", 2) == 0) continue;
        return true;
    }
    return false;
}

struct sign {
    str word, name; /* word in lower case */
};

/* The first that is found counts. */
static const struct sign BROWSER[] = {
    {S_INIT("edg/"), S_INIT("Edge")},
    {S_INIT("edga/"), S_INIT("Edge")},
    {S_INIT("edgios/"), S_INIT("Edge")},
    {S_INIT("edge/"), S_INIT("Edge")},
    {S_INIT("opr/"), S_INIT("Opera")},
    {S_INIT("opios/"), S_INIT("Opera")},
    {S_INIT("opera"), S_INIT("Opera")},
    {S_INIT("vivaldi/"), S_INIT("Vivaldi")},
    {S_INIT("samsungbrowser/"), S_INIT("Samsung Internet")},
    {S_INIT("duckduckgo/"), S_INIT("DuckDuckGo")},
    {S_INIT("fban/"), S_INIT("Facebook")},
    {S_INIT("fbav/"), S_INIT("Facebook")},
    {S_INIT("instagram"), S_INIT("Instagram")},
    {S_INIT("linkedinapp"), S_INIT("LinkedIn")},
    {S_INIT("thunderbird/"), S_INIT("Thunderbird")},
    {S_INIT("fxios/"), S_INIT("Firefox")},
    {S_INIT("focus/"), S_INIT("Firefox")},
    {S_INIT("seamonkey/"), S_INIT("SeaMonkey")},
    {S_INIT("firefox/"), S_INIT("Firefox")},
    {S_INIT("crios/"), S_INIT("Chrome")},
    {S_INIT("chromium/"), S_INIT("Chromium")},
    {S_INIT("chrome/"), S_INIT("Chrome")},
    {S_INIT("trident/"), S_INIT("Internet Explorer")},
    {S_INIT("msie "), S_INIT("Internet Explorer")},
    {S_INIT("android"), S_INIT("Android Browser")},
    {S_INIT("safari/"), S_INIT("Safari")},
    {S_INIT("applewebkit/"), S_INIT("Safari")},
};

static const struct sign OS[] = {
    {S_INIT("windows phone"), S_INIT("Windows Phone")},
    {S_INIT("windows"), S_INIT("Windows")},
    {S_INIT("ipad"), S_INIT("iPadOS")},
    {S_INIT("iphone"), S_INIT("iOS")},
    {S_INIT("ipod"), S_INIT("iOS")},
    {S_INIT("android"), S_INIT("Android")},
    {S_INIT("cros "), S_INIT("ChromeOS")},
    {S_INIT("macintosh"), S_INIT("macOS")},
    {S_INIT("mac os x"), S_INIT("macOS")},
    {S_INIT("linux"), S_INIT("Linux")},
    {S_INIT("x11;"), S_INIT("Unix")},
    {S_INIT("bsd"), S_INIT("BSD")},
};

static str find_sign(const struct text *t, const struct sign *sign, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (has(t, sign[i].word)) return sign[i].name;
    return (str){0};
}

static bool is_bot(str s, const struct text *t)
{
    /* Every browser of this century says Mozilla, old Opera excepted; HTTP libraries, monitors and
     * link previews mostly do not. */
    if (!str_starts(s, S("Mozilla/")) && !str_starts(s, S("Opera/"))) return true;
    if (has_bot(t)) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(BOT_WORD); i++)
        if (has(t, BOT_WORD[i])) return true;
    return false;
}

static enum device_class device_of(const struct text *t, str os)
{
    if (has(t, S("ipad")) || has(t, S("tablet")) || has(t, S("kindle")) || has(t, S("playbook")))
        return DEVICE_TABLET;
    /* Chrome and Firefox say "Mobile" on Android phones and not on tablets. */
    if (str_eq(os, S("Android"))) return has(t, S("mobile")) ? DEVICE_PHONE : DEVICE_TABLET;
    if (str_eq(os, S("iOS")) || str_eq(os, S("Windows Phone")) || has(t, S("mobile")))
        return DEVICE_PHONE;
    return os.ptr == NULL ? DEVICE_UNKNOWN : DEVICE_DESKTOP;
}

struct ua ua_parse(str user_agent)
{
    str s = str_slice(user_agent, 0, UA_READ_BYTES);
    struct ua out = {.device = DEVICE_BOT};
    struct text text;
    read_text(&text, s);
    if (is_bot(s, &text)) return out;
    out.browser = find_sign(&text, BROWSER, COUNTOF(BROWSER));
    out.os = find_sign(&text, OS, COUNTOF(OS));
    out.device = device_of(&text, out.os);
    return out;
}

str device_name(enum device_class device)
{
    static const str name[DEVICE__COUNT] = {
        [DEVICE_UNKNOWN] = S_INIT("unknown"), [DEVICE_DESKTOP] = S_INIT("desktop"),
        [DEVICE_PHONE] = S_INIT("phone"),     [DEVICE_TABLET] = S_INIT("tablet"),
        [DEVICE_BOT] = S_INIT("bot"),
    };
    assert(device < DEVICE__COUNT);
    return name[device];
}

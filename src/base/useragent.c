#include "base/useragent.h"

enum { UA_READ_BYTES = 1024 }; /* the longest of real browsers have 400 */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* `needle` is in lower case. */
static bool has(str s, str needle)
{
    for (ptrdiff_t i = 0; i + needle.len <= s.len; i++) {
        ptrdiff_t n = 0;
        while (n < needle.len && lower(s.ptr[i + n]) == needle.ptr[n]) n++;
        if (n == needle.len) return true;
    }
    return false;
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
static bool has_bot(str s)
{
    str bot = S("bot");
    for (ptrdiff_t i = 0; i + bot.len <= s.len; i++) {
        if (!has(str_slice(s, i, i + bot.len), bot)) continue;
        if (i >= 2 && has(str_slice(s, i - 2, i), S("cu"))) continue;
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

static str find_sign(str s, const struct sign *sign, ptrdiff_t count)
{
    for (ptrdiff_t i = 0; i < count; i++)
        if (has(s, sign[i].word)) return sign[i].name;
    return (str){0};
}

static bool is_bot(str s)
{
    /* Every browser of this century says Mozilla, old Opera excepted; HTTP libraries, monitors and
     * link previews mostly do not. */
    if (!str_starts(s, S("Mozilla/")) && !str_starts(s, S("Opera/"))) return true;
    if (has_bot(s)) return true;
    for (ptrdiff_t i = 0; i < COUNTOF(BOT_WORD); i++)
        if (has(s, BOT_WORD[i])) return true;
    return false;
}

static enum device_class device_of(str s, str os)
{
    if (has(s, S("ipad")) || has(s, S("tablet")) || has(s, S("kindle")) || has(s, S("playbook")))
        return DEVICE_TABLET;
    /* Chrome and Firefox say "Mobile" on Android phones and not on tablets. */
    if (str_eq(os, S("Android"))) return has(s, S("mobile")) ? DEVICE_PHONE : DEVICE_TABLET;
    if (str_eq(os, S("iOS")) || str_eq(os, S("Windows Phone")) || has(s, S("mobile")))
        return DEVICE_PHONE;
    return os.ptr == NULL ? DEVICE_UNKNOWN : DEVICE_DESKTOP;
}

struct ua ua_parse(str user_agent)
{
    str s = str_slice(user_agent, 0, UA_READ_BYTES);
    struct ua out = {.device = DEVICE_BOT};
    if (is_bot(s)) return out;
    out.browser = find_sign(s, BROWSER, COUNTOF(BROWSER));
    out.os = find_sign(s, OS, COUNTOF(OS));
    out.device = device_of(s, out.os);
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

#include "assert_str.h"
#include "base/useragent.h"

#define WEBKIT "AppleWebKit/537.36 (KHTML, like Gecko) "

static void browsers_and_programs_are_told_apart(void **state)
{
    (void)state;
    const struct {
        str text;
        enum device_class device;
        str browser, os;
    } rows[] = {
        {S("Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT "Chrome/126.0.0.0 Safari/537.36"),
         DEVICE_DESKTOP, S("Chrome"), S("Windows")},
        {S("Mozilla/5.0 (Windows NT 10.0; Win64; x64) " WEBKIT
           "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"),
         DEVICE_DESKTOP, S("Edge"), S("Windows")},
        {S("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
         DEVICE_DESKTOP, S("Firefox"), S("Linux")},
        {S("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like "
           "Gecko) Version/17.5 Safari/605.1.15"),
         DEVICE_DESKTOP, S("Safari"), S("macOS")},
        {S("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " WEBKIT "Chrome/126.0.0.0 Safari/537.36"),
         DEVICE_DESKTOP, S("Chrome"), S("ChromeOS")},
        {S("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
           "like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"),
         DEVICE_PHONE, S("Safari"), S("iOS")},
        {S("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, "
           "like Gecko) CriOS/126.0 Mobile/15E148 Safari/604.1"),
         DEVICE_PHONE, S("Chrome"), S("iOS")},
        {S("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
           "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"),
         DEVICE_TABLET, S("Safari"), S("iPadOS")},
        {S("Mozilla/5.0 (Linux; Android 14; SM-S921B) " WEBKIT
           "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36"),
         DEVICE_PHONE, S("Samsung Internet"), S("Android")},
        {S("Mozilla/5.0 (Linux; Android 13; SM-X700) " WEBKIT "Chrome/126.0.0.0 Safari/537.36"),
         DEVICE_TABLET, S("Chrome"), S("Android")},
        {S("Mozilla/5.0 (Linux; Android 10; CUBOT P40) " WEBKIT
           "Chrome/126.0.0.0 Mobile Safari/537.36"),
         DEVICE_PHONE, S("Chrome"), S("Android")},
        {S("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko"), DEVICE_DESKTOP,
         S("Internet Explorer"), S("Windows")},
        {S("Opera/9.80 (Windows NT 6.0) Presto/2.12.388 Version/12.14"), DEVICE_DESKTOP, S("Opera"),
         S("Windows")},
        {S("Mozilla/5.0 (SomethingNew)"), DEVICE_UNKNOWN, {0}, {0}},

        /* From monperrus/crawler-user-agents (MIT). */
        {S("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) " WEBKIT
           "Chrome/41.0.2272.96 Mobile Safari/537.36 (compatible; Googlebot/2.1; "
           "+http://www.google.com/bot.html)"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("Mozilla/5.0 (X11; Linux x86_64) " WEBKIT "HeadlessChrome/90.0 Safari/537.36"),
         DEVICE_BOT,
         {0},
         {0}},
        {S("WhatsApp/2.23.20.0"), DEVICE_BOT, {0}, {0}},
        {S("curl/8.5.0"), DEVICE_BOT, {0}, {0}},
        {S("python-requests/2.31.0"), DEVICE_BOT, {0}, {0}},
        {S(""), DEVICE_BOT, {0}, {0}},
        {{0}, DEVICE_BOT, {0}, {0}},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct ua got = ua_parse(rows[i].text);
        if (got.device != rows[i].device)
            fail_msg("%.*s: %d", STR_ARG(rows[i].text), (int)got.device);
        assert_str("browser", got.browser, rows[i].browser);
        assert_str("os", got.os, rows[i].os);
    }
    assert_str("name", device_name(DEVICE_TABLET), S("tablet"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(browsers_and_programs_are_told_apart),
    };
    return cmocka_run_group_tests_name("useragent", tests, NULL, NULL);
}

#include "tracking/utm.h"

#include "base/url.h"
#include "base/utf8.h"

static const char *const parameters[UTM__COUNT] = {"utm_source", "utm_medium",  "utm_campaign",
                                                   "utm_term",   "utm_content", "utm_id"};

static const struct {
    const char *parameter;
    enum click_network network;
} click_ids[] = {
    {"gclid", CLICK_GOOGLE},  {"gbraid", CLICK_GOOGLE},     {"wbraid", CLICK_GOOGLE},
    {"fbclid", CLICK_META},   {"msclkid", CLICK_MICROSOFT}, {"li_fat_id", CLICK_LINKEDIN},
    {"ttclid", CLICK_TIKTOK},
};

static const char *const networks[CLICK__COUNT] = {"",          "google",   "meta",
                                                   "microsoft", "linkedin", "tiktok"};

struct utm utm_read(arena *a, struct value query)
{
    struct utm utm = {0};
    for (int i = 0; i < UTM__COUNT; i++) {
        str raw = value_str(value_get(query, str_of(parameters[i])));
        utm.value[i] = utf8_cut(utf8_clean_line(a, raw), 200);
    }
    for (ptrdiff_t i = 0; i < COUNTOF(click_ids) && utm.click_id.len == 0; i++) {
        str id = value_str(value_get(query, str_of(click_ids[i].parameter)));
        if (id.len == 0) continue;
        utm.click_id = utf8_cut(id, 500);
        utm.network = click_ids[i].network;
    }
    return utm;
}

struct value utm_value(arena *a, const struct utm *utm)
{
    struct value map = value_map(a);
    for (int i = 0; i < UTM__COUNT; i++)
        if (utm->value[i].len > 0)
            value_set_text(map, parameters[i] + sizeof "utm_" - 1, utm->value[i]);
    if (utm->click_id.len > 0) {
        value_set_text(map, "network", str_of(networks[utm->network]));
        value_set_text(map, "click_id", utm->click_id);
    }
    return map;
}

str source_label(arena *a, const struct utm *utm, str referrer, str own_host)
{
    str source = utm->value[UTM_SOURCE], medium = utm->value[UTM_MEDIUM];
    if (source.len > 0 && medium.len > 0)
        return str_printf(a, "%.*s / %.*s", STR_ARG(source), STR_ARG(medium));
    if (source.len > 0) return source;
    if (utm->network != CLICK_NONE) return str_of(networks[utm->network]);
    struct url u;
    if (referrer.len > 0 && url_parse(referrer, &u) && !str_eq_nocase(u.host, own_host)) {
        str host = str_lower_ascii(a, u.host);
        return str_starts(host, S("www.")) ? str_slice(host, 4, host.len) : host;
    }
    return S("direct");
}

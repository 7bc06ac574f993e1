#include "brand/brand_own.h"

#include "base/id.h"
#include "setting/setting.h"

static const struct {
    enum setting setting;
    size_t at;
} parts[] = {
    {SETTING_BRAND_COLOUR, offsetof(struct brand_own, colour)},
    {SETTING_BRAND_FONT, offsetof(struct brand_own, font)},
    {SETTING_ADDRESS_FORM, offsetof(struct brand_own, address_form)},
    {SETTING_FOOTER_TEXT, offsetof(struct brand_own, footer_text)},
};

static str *part_of(struct brand_own *own, ptrdiff_t i)
{
    return (str *)(void *)((char *)own + parts[i].at);
}

static str part_text(const struct brand_own *own, ptrdiff_t i)
{
    struct brand_own copy = *own;
    str text = *part_of(&copy, i);
    return text.ptr == NULL ? S("") : text;
}

void brand_own_read(struct ctx *cx, struct value in, const char *prefix, struct brand_own *out)
{
    *out = (struct brand_own){0};
    for (ptrdiff_t i = 0; i < COUNTOF(parts); i++) {
        const char *name = setting_defs[parts[i].setting].name;
        str text = value_str(value_get(in, str_of(name)));
        *part_of(out, i) = S("");
        text = text.ptr == NULL ? S("") : str_trim(text);
        if (text.len == 0) continue;
        if (setting_check(cx, parts[i].setting, str_printf(cx->a, "%s%s", prefix, name), &text))
            *part_of(out, i) = text;
    }
    str logo = value_str(value_get(in, S("logo")));
    if (logo.len > 0 && !id_parse(logo, ID_BLOB, &out->logo_id))
        fail_field(cx, str_printf(cx->a, "%slogo", prefix), "error.choice_invalid");
}

struct value brand_own_value(arena *a, const struct brand_own *own)
{
    struct value map = value_map(a);
    for (ptrdiff_t i = 0; i < COUNTOF(parts); i++)
        value_set_text(map, setting_defs[parts[i].setting].name, part_text(own, i));
    value_set_text(map, "logo", id_text(a, ID_BLOB, own->logo_id));
    return map;
}

struct brand_own brand_own_copy(arena *a, const struct brand_own *own)
{
    struct brand_own copy = {.logo_id = own->logo_id};
    for (ptrdiff_t i = 0; i < COUNTOF(parts); i++)
        *part_of(&copy, i) = str_dup(a, part_text(own, i));
    return copy;
}

bool brand_own_any(const struct brand_own *own)
{
    bool any = own->logo_id != 0;
    for (ptrdiff_t i = 0; i < COUNTOF(parts); i++) any = any || part_text(own, i).len > 0;
    return any;
}

void brand_wear(arena *a, struct settings *settings, const struct brand_own *own)
{
    if (own == NULL) return;
    for (ptrdiff_t i = 0; i < COUNTOF(parts); i++) {
        str text = part_text(own, i);
        if (text.len > 0) settings->value[parts[i].setting] = text;
    }
    if (own->logo_id != 0)
        settings->value[SETTING_LOGO] = str_printf(a, "%lld", (long long)own->logo_id);
}

#include "brand/contact_sender.h"

#include "base/url.h"
#include "brand/brand.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

struct load {
    str base_url;
    const struct brand_own *own;
    struct contact_sender *out;
};

static str first_of(str a, str b)
{
    return a.len > 0 ? a : b;
}

static struct value look_of(struct ctx *cx, const struct settings *s)
{
    struct brand_own shown = {.colour = s->value[SETTING_BRAND_COLOUR],
                              .font = s->value[SETTING_BRAND_FONT],
                              .address_form = s->value[SETTING_ADDRESS_FORM],
                              .footer_text = s->value[SETTING_FOOTER_TEXT],
                              .logo_id = setting_number(s, SETTING_LOGO)};
    return brand_own_value(cx->a, &shown);
}

bool contact_sender_read_as(struct ctx *cx, struct tx *tx, str base_url,
                            const struct brand_own *own, struct contact_sender *out)
{
    struct settings s;
    struct workspace w;
    struct logo logo;
    struct url u;
    if (!workspace_load(cx, tx, cx->workspace_id, &w) || !setting_load(cx, tx, &s)) return false;
    brand_wear(cx->a, &s, own);
    if (!brand_mail_logo(cx, tx, &s, &logo)) return false;
    cx->informal = setting_informal(&s);
    struct value brand = value_map(cx->a);
    brand_mail_value(cx->a, &s, brand);
    brand_mail_logo_value(cx->a, &logo, brand);
    str host = url_parse(base_url, &u) ? u.host : S("localhost");
    /* Until somebody has named a sender, mail says which installation it comes from. */
    str fallback = str_printf(cx->a, "zulauf@%.*s", STR_ARG(host));
    str sender_name =
        first_of(s.value[SETTING_SENDER_NAME], first_of(s.value[SETTING_LEGAL_NAME], w.name));
    *out = (struct contact_sender){
        .workspace_name = workspace_is_unnamed(w.name)
                              ? first_of(s.value[SETTING_LEGAL_NAME], sender_name)
                              : w.name,
        .legal_name = first_of(s.value[SETTING_LEGAL_NAME], w.name),
        .address_line = s.value[SETTING_ADDRESS_LINE],
        .imprint_url = s.value[SETTING_IMPRINT_URL],
        .privacy_url = s.value[SETTING_PRIVACY_URL],
        .sender_name = sender_name,
        .sender_address = first_of(s.value[SETTING_SENDER_ADDRESS], fallback),
        .reply_to = s.value[SETTING_REPLY_TO],
        .time_zone = s.value[SETTING_TIME_ZONE],
        .base_url = base_url,
        .host = host,
        .domains_allowed = s.value[SETTING_DOMAINS_ALLOWED],
        .domains_denied = s.value[SETTING_DOMAINS_DENIED],
        .brand = brand,
        .logo = logo,
        .look = look_of(cx, &s),
    };
    return true;
}

bool contact_sender_read(struct ctx *cx, struct tx *tx, str base_url, struct contact_sender *out)
{
    return contact_sender_read_as(cx, tx, base_url, NULL, out);
}

static bool sender_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct load *l = arg;
    return contact_sender_read_as(cx, tx, l->base_url, l->own, l->out);
}

bool contact_sender_load_as(struct ctx *cx, str base_url, const struct brand_own *own,
                            struct contact_sender *out)
{
    struct load l = {base_url, own, out};
    return db_read(cx, sender_read, &l);
}

bool contact_sender_load(struct ctx *cx, str base_url, struct contact_sender *out)
{
    return contact_sender_load_as(cx, base_url, NULL, out);
}

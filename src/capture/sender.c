/* The workspace as its public pages and mails show it. */
#include "capture/capture.h"

#include "base/url.h"
#include "setting/setting.h"
#include "workspace/workspace.h"

struct load {
    str base_url;
    struct contact_sender *out;
};

static str first_of(str a, str b)
{
    return a.len > 0 ? a : b;
}

static bool sender_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct load *l = arg;
    struct settings s;
    struct workspace w;
    struct url u;
    if (!workspace_load(cx, tx, cx->workspace_id, &w) || !setting_load(cx, tx, &s)) return false;
    str host = url_parse(l->base_url, &u) ? u.host : S("localhost");
    /* Until somebody has named a sender, mail says which installation it comes from. */
    str fallback = str_printf(cx->a, "zulauf@%.*s", STR_ARG(host));
    str sender_name =
        first_of(s.value[SETTING_SENDER_NAME], first_of(s.value[SETTING_LEGAL_NAME], w.name));
    *l->out = (struct contact_sender){
        .workspace_name = w.name,
        .legal_name = first_of(s.value[SETTING_LEGAL_NAME], w.name),
        .address_line = s.value[SETTING_ADDRESS_LINE],
        .imprint_url = s.value[SETTING_IMPRINT_URL],
        .privacy_url = s.value[SETTING_PRIVACY_URL],
        .sender_name = sender_name,
        .sender_address = first_of(s.value[SETTING_SENDER_ADDRESS], fallback),
        .reply_to = s.value[SETTING_REPLY_TO],
        .time_zone = s.value[SETTING_TIME_ZONE],
        .base_url = l->base_url,
        .host = host,
    };
    return true;
}

bool contact_sender_load(struct ctx *cx, str base_url, struct contact_sender *out)
{
    struct load l = {base_url, out};
    return db_read(cx, sender_read, &l);
}

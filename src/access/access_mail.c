/* The two mails to colleagues: an invitation and a reset link. */
#include "access/access_inner.h"

#include "base/url.h"
#include "consent/consent.h"
#include "setting/setting.h"
#include "web/render.h"
#include "workspace/workspace.h"

struct words {
    struct settings settings;
    struct workspace workspace;
};

static bool words_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct words *w = arg;
    return setting_load(cx, tx, &w->settings) &&
           workspace_load(cx, tx, cx->workspace_id, &w->workspace);
}

static struct value sender_value(struct ctx *cx, const struct words *w)
{
    struct value map = value_map(cx->a);
    str legal = w->settings.value[SETTING_LEGAL_NAME];
    value_set_text(map, "name", w->workspace.name);
    value_set_text(map, "legal_name", legal.len > 0 ? legal : w->workspace.name);
    value_set_text(map, "address_line", w->settings.value[SETTING_ADDRESS_LINE]);
    value_set_text(map, "imprint_url", w->settings.value[SETTING_IMPRINT_URL]);
    value_set_text(map, "privacy_url", w->settings.value[SETTING_PRIVACY_URL]);
    return map;
}

static struct value mail_value(struct ctx *cx, const struct link_mail *in, const struct words *w,
                               str host, str link)
{
    struct value data = value_map(cx->a);
    value_set(data, "workspace", sender_value(cx, w));
    value_set_text(data, "recipient_name", in->to_name);
    value_set_text(data, "email", in->to_address);
    value_set_text(data, "inviter_name", in->inviter_name);
    value_set_text(data, "role", str_of(role_name(in->role)));
    value_set_int(data, "expires_at_ms", in->expires_ms);
    value_set_text(data, "url", link);
    value_set_text(data, "host", host);
    return data;
}

bool link_mail_prepare(struct ctx *cx, const struct link_mail *in, const struct client *client,
                       struct post_prepared *out, str *link)
{
    bool invite = in->kind == ONE_TIME_INVITATION;
    struct words w;
    struct permit permit;
    if (!db_read(cx, words_read, &w) || !permit_system(cx, in->to_address, &permit)) return false;
    str base = url_with_host(cx->a, client->base_url, w.workspace.host);
    struct url u;
    str host = url_parse(base, &u) && u.host.ptr[0] != '[' ? u.host : S("localhost");
    *link = str_printf(cx->a, "%.*s/%s/%.*s", STR_ARG(base), invite ? "invitation" : "reset",
                       STR_ARG(in->secret));

    str from = w.settings.value[SETTING_SENDER_ADDRESS];
    str name = w.settings.value[SETTING_SENDER_NAME];
    struct err_arg arg = {"workspace", w.workspace.name};
    struct mail_new mail = {
        .id = ctx_new_id(cx),
        .template_name = invite ? "mail/invite" : "mail/reset",
        .from_name = name.len > 0 ? name : w.workspace.name,
        .from_address = from.len > 0 ? from : str_printf(cx->a, "zulauf@%.*s", STR_ARG(host)),
        .reply_to = w.settings.value[SETTING_REPLY_TO],
        .to_name = in->to_name,
        .subject = render_text(cx, in->lang, invite ? "mail.invite.subject" : "mail.reset.subject",
                               &arg, 1),
        .message_id_host = host,
    };
    return render_mail(cx, str_of(mail.template_name), in->lang,
                       w.settings.value[SETTING_TIME_ZONE], mail_value(cx, in, &w, host, *link),
                       &mail.html, &mail.text) &&
           post_prepare(cx, &permit, &mail, out);
}

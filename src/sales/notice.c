#include "sales/notice.h"

#include "app.h"
#include "base/url.h"
#include "consent/consent.h"
#include "web/render.h"

bool notice_words_read(struct ctx *cx, struct tx *tx, struct notice_words *out)
{
    if (!setting_load(cx, tx, &out->settings) ||
        !workspace_load(cx, tx, cx->workspace_id, &out->workspace))
        return false;
    str base = cx->app == NULL ? S("http://localhost") : cx->app->config.public_url;
    struct url u;
    out->base_url = url_with_host(cx->a, base, out->workspace.host);
    out->host = url_parse(out->base_url, &u) && u.host.ptr[0] != '[' ? u.host : S("localhost");
    return true;
}

static struct value workspace_words(struct ctx *cx, const struct notice_words *w)
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

bool notice_prepare(struct ctx *cx, const struct notice_words *w, const struct notice *in,
                    struct post_prepared *out)
{
    str from = w->settings.value[SETTING_SENDER_ADDRESS];
    str name = w->settings.value[SETTING_SENDER_NAME];
    struct err_arg arg = {in->subject_arg_name, in->subject_arg};
    value_set(in->data, "workspace", workspace_words(cx, w));
    value_set_text(in->data, "recipient_name", in->to_name);
    struct mail_new mail = {
        .id = ctx_new_id(cx),
        .template_name = in->template_name,
        .from_name = name.len > 0 ? name : w->workspace.name,
        .from_address = from.len > 0 ? from : str_printf(cx->a, "zulauf@%.*s", STR_ARG(w->host)),
        .reply_to = in->reply_to.len > 0 ? in->reply_to : w->settings.value[SETTING_REPLY_TO],
        .to_name = in->to_name,
        .subject =
            render_text(cx, in->lang, in->subject, &arg, in->subject_arg_name == NULL ? 0 : 1),
        .message_id_host = w->host,
    };
    return render_mail(cx, str_of(in->template_name), in->lang,
                       w->settings.value[SETTING_TIME_ZONE], in->data, &mail.html, &mail.text) &&
           post_prepare(cx, &in->permit, &mail, out);
}

/* The mails to colleagues: an invitation, a reset link, a second step that was switched off. */
#include "access/access_inner.h"

#include "base/tz.h"
#include "base/url.h"
#include "brand/brand.h"
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
    brand_mail_value(cx->a, &w->settings, map);
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
    value_set(data, "expires_at", instant_value(cx->a, in->expires_ms));
    value_set_int(data, "codes_left", in->codes_left);
    value_set_text(data, "url", link);
    value_set_text(data, "host", host);
    return data;
}

/* Where a mail's links lead, and the host in its Message-ID. */
static str base_of(struct ctx *cx, const struct words *w, const struct client *client, str *host)
{
    str base = url_with_host(cx->a, client->base_url, w->workspace.host);
    struct url u;
    *host = url_parse(base, &u) && u.host.ptr[0] != '[' ? u.host : S("localhost");
    return base;
}

struct letter {
    const char *template_name, *subject;
};

static bool mail_prepare(struct ctx *cx, const struct link_mail *in, struct letter letter,
                         const struct words *w, str host, str link, struct post_prepared *out)
{
    struct permit permit;
    if (!permit_system(cx, in->to_address, &permit)) return false;
    cx->informal = setting_informal(&w->settings);
    str from = w->settings.value[SETTING_SENDER_ADDRESS];
    str from_name = w->settings.value[SETTING_SENDER_NAME];
    struct err_arg arg = {"workspace", w->workspace.name};
    struct mail_new mail = {
        .id = ctx_new_id(cx),
        .template_name = letter.template_name,
        .from_name = from_name.len > 0 ? from_name : w->workspace.name,
        .from_address = from.len > 0 ? from : str_printf(cx->a, "zulauf@%.*s", STR_ARG(host)),
        .reply_to = w->settings.value[SETTING_REPLY_TO],
        .to_name = in->to_name,
        .subject = render_text(cx, in->lang, letter.subject, &arg, 1),
        .message_id_host = host,
    };
    return render_mail(cx, str_of(mail.template_name), in->lang,
                       w->settings.value[SETTING_TIME_ZONE], mail_value(cx, in, w, host, link),
                       &mail.html, &mail.text) &&
           post_prepare(cx, &permit, &mail, out);
}

bool link_mail_prepare(struct ctx *cx, const struct link_mail *in, const struct client *client,
                       struct post_prepared *out, str *link)
{
    bool invite = in->kind == ONE_TIME_INVITATION;
    struct words w;
    str host;
    if (!db_read(cx, words_read, &w)) return false;
    str base = base_of(cx, &w, client, &host);
    *link = str_printf(cx->a, "%.*s/%s/%.*s", STR_ARG(base), invite ? "invitation" : "reset",
                       STR_ARG(in->secret));
    struct letter letter = {invite ? "mail/invite" : "mail/reset",
                            invite ? "mail.invite.subject" : "mail.reset.subject"};
    return mail_prepare(cx, in, letter, &w, host, *link, out);
}

static bool second_letter(struct ctx *cx, const struct link_mail *in, struct letter letter,
                          const struct client *client, struct post_prepared *out)
{
    struct words w;
    str host;
    if (!db_read(cx, words_read, &w)) return false;
    str base = base_of(cx, &w, client, &host);
    return mail_prepare(cx, in, letter, &w, host,
                        str_printf(cx->a, "%.*s/account/second", STR_ARG(base)), out);
}

bool second_mail_prepare(struct ctx *cx, str to_address, str to_name, enum lang lang,
                         const struct client *client, struct post_prepared *out)
{
    struct link_mail in = {
        .to_address = to_address, .to_name = to_name, .lang = lang, .role = ROLE_VIEWER};
    struct letter letter = {"mail/second_reset", "mail.second_reset.subject"};
    return second_letter(cx, &in, letter, client, out);
}

bool recovery_mail_prepare(struct ctx *cx, const struct link_mail *in, const struct client *client,
                           struct post_prepared *out)
{
    struct letter letter = {"mail/recovery_used", "mail.recovery_used.subject"};
    return second_letter(cx, in, letter, client, out);
}

#include "relay/relay_mail.h"

#include "base/url.h"
#include "brand/brand.h"
#include "consent/consent.h"
#include "relay_sql.h"
#include "setting/setting.h"
#include "web/render.h"
#include "workspace/workspace.h"

struct words {
    struct settings settings;
    struct workspace workspace;
    struct relay_person_row person;
    bool known;
};

static bool words_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct words *w = arg;
    struct relay_person_in in = {cx->actor.user_id};
    return setting_load(cx, tx, &w->settings) &&
           workspace_load(cx, tx, cx->workspace_id, &w->workspace) &&
           q_relay_person(tx, &in, &w->person, &w->known);
}

static struct value mail_value(struct ctx *cx, const struct words *w, str host)
{
    struct value data = value_map(cx->a), map = value_map(cx->a);
    str legal = w->settings.value[SETTING_LEGAL_NAME];
    value_set_text(map, "name", w->workspace.name);
    value_set_text(map, "legal_name", legal.len > 0 ? legal : w->workspace.name);
    value_set_text(map, "address_line", w->settings.value[SETTING_ADDRESS_LINE]);
    value_set_text(map, "imprint_url", w->settings.value[SETTING_IMPRINT_URL]);
    value_set_text(map, "privacy_url", w->settings.value[SETTING_PRIVACY_URL]);
    brand_mail_value(cx->a, &w->settings, map);
    value_set(data, "workspace", map);
    value_set_text(data, "recipient_name", w->person.name);
    value_set_text(data, "host", host);
    return data;
}

bool relay_mail_prepare(struct ctx *cx, str base_url, struct post_prepared *out, str *to)
{
    struct words w;
    struct permit permit;
    struct url u;
    if (!db_read(cx, words_read, &w)) return false;
    cx->informal = setting_informal(&w.settings);
    if (!w.known) return fail(cx, ERR_FORBIDDEN, "relay.test_nobody");
    if (!permit_test(cx, w.person.email, &permit)) return false;
    str host = url_parse(base_url, &u) && u.host.ptr[0] != '[' ? u.host : S("localhost");
    str from = w.settings.value[SETTING_SENDER_ADDRESS];
    str name = w.settings.value[SETTING_SENDER_NAME];
    struct err_arg arg = {"workspace", w.workspace.name};
    struct mail_new mail = {
        .id = ctx_new_id(cx),
        .template_name = "mail/relay_test",
        .from_name = name.len > 0 ? name : w.workspace.name,
        .from_address = from.len > 0 ? from : str_printf(cx->a, "zulauf@%.*s", STR_ARG(host)),
        .reply_to = w.settings.value[SETTING_REPLY_TO],
        .to_name = w.person.name,
        .subject = render_text(cx, cx->lang, "mail.relay_test.subject", &arg, 1),
        .message_id_host = host,
    };
    *to = w.person.email;
    return render_mail(cx, S("mail/relay_test"), cx->lang, w.settings.value[SETTING_TIME_ZONE],
                       mail_value(cx, &w, host), &mail.html, &mail.text) &&
           post_prepare(cx, &permit, &mail, out);
}

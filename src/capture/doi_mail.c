/* The double opt-in mail: what was requested, each apart, nothing promotional. */
#include "base/tz.h"
#include "capture/capture_inner.h"

#include "base/id.h"
#include "consent/consent.h"
#include "consent/consent_rules.h"
#include "keys/token.h"
#include "web/render.h"

str confirm_token(struct ctx *cx, const struct confirmation *c)
{
    struct token token = {.use = TOKEN_CONFIRM,
                          .workspace_id = cx->workspace_id,
                          .object_id = c->id,
                          .expires_at_s = c->expires_ms / 1000};
    return token_sign(cx->a, cx->keys, token);
}

/* What the click declares, and what stays open: the channel, since it is not the mailbox's. */
static void put_number_item(struct ctx *cx, enum lang lang, const struct wording *w,
                            struct value item)
{
    str key = str_printf(cx->a, "channel_name.%s", channel_name(w->channel));
    struct err_arg args[] = {{"purpose", w->purpose_label},
                             {"channel", render_text(cx, lang, str_cstr(cx->a, key), NULL, 0)}};
    value_set_text(item, "title", render_text(cx, lang, "doi.item_number", args, 2));
    value_set_text(item, "done", render_text(cx, lang, "doi.done_number", args, 2));
    value_set_text(item, "quote", w->text);
    value_set_text(item, "waits", render_text(cx, lang, "doi.number_waits", NULL, 0));
}

struct value confirmation_items(struct ctx *cx, enum lang lang, const struct confirmation *c,
                                str download_name, const struct wording *wording, int count)
{
    struct value list = value_list(cx->a), address = value_map(cx->a);
    const char *title = download_name.len > 0 ? "doi.item_address_download" : "doi.item_address";
    value_set_text(address, "title", render_text(cx, lang, title, NULL, 0));
    value_set_text(address, "done", render_text(cx, lang, "doi.done_address", NULL, 0));
    value_set_text(address, "text", download_name.len > 0 ? download_name : (str){0});
    if (!c->consents_only) value_push(list, address);
    for (int i = 0; i < count; i++) {
        struct value item = value_map(cx->a);
        struct err_arg arg = {"purpose", wording[i].purpose_label};
        bool newsletter = str_eq(wording[i].purpose, S("newsletter"));
        if (!consent_click_opens(wording[i].channel)) {
            put_number_item(cx, lang, &wording[i], item);
            value_push(list, item);
            continue;
        }
        value_set_text(item, "title",
                       newsletter ? render_text(cx, lang, "doi.item_newsletter", NULL, 0)
                                  : render_text(cx, lang, "doi.item_purpose", &arg, 1));
        value_set_text(item, "done",
                       newsletter ? render_text(cx, lang, "doi.done_newsletter", NULL, 0)
                                  : render_text(cx, lang, "doi.done_purpose", &arg, 1));
        value_set_text(item, "quote", wording[i].text);
        value_push(list, item);
    }
    return list;
}

static struct value sender_value(struct ctx *cx, const struct contact_sender *sender)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "name", sender->workspace_name);
    value_set_text(map, "legal_name", sender->legal_name);
    value_set_text(map, "address_line", sender->address_line);
    value_set_text(map, "imprint_url", sender->imprint_url);
    value_set_text(map, "privacy_url", sender->privacy_url);
    value_set(map, "accent", value_get(sender->brand, S("accent")));
    value_set(map, "accent_dark", value_get(sender->brand, S("accent_dark")));
    value_set(map, "logo", value_get(sender->brand, S("logo")));
    value_set(map, "footer_text", value_get(sender->brand, S("footer_text")));
    return map;
}

bool form_mail_prepare(struct ctx *cx, const struct form_mail *in, struct value data,
                       struct post_prepared *out)
{
    const struct contact_sender *sender = in->sender;
    struct err_arg arg = {"workspace", sender->workspace_name};
    struct mail_new mail = {
        .id = ctx_new_id(cx),
        .template_name = in->template_name,
        .from_name = sender->sender_name,
        .from_address = sender->sender_address,
        .reply_to = sender->reply_to,
        .to_name = S(""),
        .subject = render_text(cx, in->lang, in->subject, &arg, 1),
        .message_id_host = sender->host,
    };
    value_set(data, "workspace", sender_value(cx, sender));
    if (!render_mail(cx, str_of(in->template_name), in->lang, sender->time_zone, data, &mail.html,
                     &mail.text))
        return false;
    if (sender->logo.id != 0) {
        mail.image = (struct mail_image){
            str_printf(cx->a, "logo.%lld@%.*s", (long long)sender->logo.id, STR_ARG(sender->host)),
            sender->logo.media_type, sender->logo.bytes};
        mail.html = str_replace(cx->a, mail.html, S("src=\"cid:logo\""),
                                str_printf(cx->a, "src=\"cid:%.*s\"", STR_ARG(mail.image.id)));
    }
    return post_prepare(cx, &in->permit, &mail, out);
}

bool doi_prepare(struct ctx *cx, const struct confirmation *c, const struct contact_sender *sender,
                 enum lang lang, str recipient_name, str download_name,
                 const struct wording *wording, int count, struct post_prepared *out)
{
    str token = confirm_token(cx, c);
    struct permit permit;
    if (!permit_doi(cx, c, &permit)) return false;
    struct value data = value_map(cx->a);
    value_set_text(data, "recipient_name", recipient_name);
    value_set(data, "requested_at", instant_value(cx->a, c->requested_ms));
    value_set(data, "expires_at", instant_value(cx->a, c->expires_ms));
    value_set_text(data, "host", sender->host);
    value_set(data, "items", confirmation_items(cx, lang, c, download_name, wording, count));
    value_set_text(data, "confirm_url",
                   str_printf(cx->a, "%.*s/c/%.*s", STR_ARG(sender->base_url), STR_ARG(token)));
    value_set_text(data, "reject_url",
                   str_printf(cx->a, "%.*s/c/%.*s/no", STR_ARG(sender->base_url), STR_ARG(token)));

    struct form_mail mail = {"mail/doi", "mail.doi.subject", lang, permit, sender};
    return form_mail_prepare(cx, &mail, data, out);
}

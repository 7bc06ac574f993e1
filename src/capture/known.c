/* Who is known already is not asked twice: what he requested goes to his address at once, and what
 * he has already is told to him, by mail. The page that answers says neither: it is the same for
 * everybody. */
#include "base/tz.h"
#include "capture/capture_inner.h"

#include "base/json.h"
#include "consent/consent.h"
#include "consent/unsubscribe.h"
#include "keys/token.h"
#include "lead/lead.h"
#include "setting/setting.h"
#include "web/render.h"

#include <string.h>

/* A twelfth of the mean year. */
#define MONTH_MS INT64_C(2629746000)

bool known_look(struct ctx *cx, struct tx *tx, str email, const struct wording *wording, int count,
                struct known *out)
{
    struct settings settings;
    enum email_state state;
    int64_t lead_id, verified_ms;
    bool found;
    *out = (struct known){0};
    if (!lead_by_email(cx, tx, email, &lead_id, &state, &verified_ms, &found)) return false;
    if (!found || state != EMAIL_VERIFIED) return true;
    if (!setting_load(cx, tx, &settings) || !lead_load(cx, tx, lead_id, &out->lead)) return false;
    int64_t months = setting_number(&settings, SETTING_PROVED_MONTHS);
    if (months == 0) return true;
    if (!permit_known(cx, tx, &out->lead, cx->now_ms - months * MONTH_MS, &out->permit, &out->is))
        return false;
    for (int i = 0; i < count && out->is; i++) {
        if (!consent_stands(cx, tx, &out->lead, wording[i].purpose_id, wording[i].channel,
                            &out->held[i]))
            return false;
        if (!out->held[i]) out->fresh++;
    }
    return true;
}

bool known_same(const struct known *a, const struct known *b, int count)
{
    return b->is && a->lead.id == b->lead.id && str_eq(a->lead.email, b->lead.email) &&
           memcmp(a->held, b->held, (size_t)count * sizeof *a->held) == 0;
}

int known_fresh(const struct known *known, struct wording *wording, int count)
{
    int fresh = 0;
    for (int i = 0; i < count; i++)
        if (!known->held[i]) wording[fresh++] = wording[i];
    return fresh;
}

static str name_of(const struct known *known)
{
    const str *text = known->lead.text;
    bool named = text[SLOT_FIRST_NAME].len > 0 || text[SLOT_LAST_NAME].len > 0;
    return named ? known->lead.display_name : S("");
}

/* What he has, each with the way out of it. */
static struct value held_value(struct ctx *cx, const struct submission_new *in,
                               const struct known *known, const struct wording *wording, int count)
{
    struct value list = value_list(cx->a);
    for (int i = 0; i < count; i++) {
        if (!known->held[i]) continue;
        struct value item = value_map(cx->a);
        value_set_text(item, "title", wording[i].purpose_label);
        if (wording[i].channel == CHANNEL_EMAIL)
            value_set_text(
                item, "unsubscribe_url",
                unsubscribe_url(cx, in->sender->base_url, known->lead.id, wording[i].purpose_id));
        value_push(list, item);
    }
    return list;
}

static struct value download_value(struct ctx *cx, const struct submission_new *in,
                                   const struct known *known, str title, int64_t expires_ms)
{
    struct value map = value_map(cx->a);
    struct token token = {.use = TOKEN_DOWNLOAD,
                          .workspace_id = cx->workspace_id,
                          .subject_id = known->lead.id,
                          .object_id = in->form->def.download_id,
                          .expires_at_s = expires_ms / 1000};
    value_set_text(map, "title", title);
    value_set_text(map, "url",
                   str_printf(cx->a, "%.*s/a/%.*s", STR_ARG(in->sender->base_url),
                              STR_ARG(token_sign(cx->a, cx->keys, token))));
    return map;
}

static bool told_prepare(struct ctx *cx, const struct submission_new *in, struct value data,
                         struct known *known)
{
    static const struct {
        const char *what, *template_name, *subject;
    } kinds[] = {{"download", "mail/download", "mail.download.subject"},
                 {"already", "mail/already", "mail.already.subject"},
                 {"received", "mail/received", "mail.received.subject"}};
    for (ptrdiff_t i = 0; i < COUNTOF(kinds); i++) {
        if (strcmp(kinds[i].what, known->what) != 0) continue;
        struct form_mail mail = {kinds[i].template_name, kinds[i].subject, in->context.lang,
                                 known->permit, in->sender};
        known->tells = true;
        return form_mail_prepare(cx, &mail, data, &known->told);
    }
    return true;
}

bool known_prepare(struct ctx *cx, const struct submission_new *in, const struct confirmation *c,
                   str download_name, const struct wording *wording, int count, struct known *known)
{
    struct value data = value_map(cx->a);
    int64_t expires_ms = cx->now_ms + (int64_t)DOWNLOAD_DAYS * 86400000;
    known->asks = known->fresh > 0;
    if (known->asks) {
        struct wording *fresh = NEW(cx->a, struct wording, count);
        memcpy(fresh, wording, (size_t)count * sizeof *fresh);
        known->confirmation = *c;
        known->confirmation.id = ctx_new_id(cx);
        known->confirmation.lead_id = known->lead.id;
        known->confirmation.consents_only = true;
        if (!doi_prepare(cx, &known->confirmation, in->sender, in->context.lang, name_of(known),
                         S(""), fresh, known_fresh(known, fresh, count), &known->ask))
            return false;
    }
    known->what = download_name.len > 0 ? "download"
                  : known->asks         ? "none"
                  : count > 0           ? "already"
                                        : "received";
    value_set_text(data, "recipient_name", name_of(known));
    value_set_text(data, "form", in->form->def.title);
    value_set(data, "expires_at", instant_value(cx->a, expires_ms));
    value_set(data, "held", held_value(cx, in, known, wording, count));
    if (download_name.len > 0)
        value_set(data, "download", download_value(cx, in, known, download_name, expires_ms));
    return told_prepare(cx, in, data, known);
}

bool known_tell(struct ctx *cx, struct tx *tx, const struct known *known)
{
    struct value props = value_map(cx->a);
    int64_t today;
    bool there;
    if (!known->tells) return true;
    /* One after the other: many may submit at the same moment. */
    if (!lead_turn(cx, tx, known->lead.id, &there)) return false;
    if (!there) return true;
    if (!post_count_since(cx, tx, known->lead.id, cx->now_ms - 86400000, &today)) return false;
    if (today >= KNOWN_MAILS_A_DAY) return true;
    value_set_text(props, "told", str_of(known->what));
    return touchpoint_record(cx, tx, known->lead.id, TOUCH_TOLD_BY_MAIL, known->told.mail.id,
                             json_text(cx->a, props)) &&
           post_enqueue(cx, tx, &known->told);
}

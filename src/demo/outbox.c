/* The newest mails, as they lie in an outbox from which nothing leaves: whoever confirmed has
 * opened the link from there. One kind was withdrawn, since its domain takes no mail. */
#include "demo/maker.h"

#include "base/id.h"
#include "brand/brand.h"
#include "capture/capture.h"
#include "lead/lead.h"
#include "post/post.h"
#include "setting/setting.h"
#include "spam/suspect.h"
#include "web/embedded.h"

enum { NODE = 0, SENT_AFTER_MS = 900, TOLD_AFTER_MS = 2400 };

#define WITHDRAWN S("the domain takes no mail: nothing was sent")

bool demo_outbox_open(struct maker *m)
{
    struct demo_outbox *o = &m->outbox;
    arena *a = m->cx->a;
    int64_t from = id_first(m->season->from_ms);
    const struct embedded_file *logo = embedded_find(S("share/demo/logo.png"));
    str url = m->options->base_url.len > 0 ? m->options->base_url : S("http://127.0.0.1:8080");
    str host = url, rest;
    struct value brand = value_map(a);
    struct settings s;
    if (logo == NULL || !id_source_open(&o->ids, NODE, from, id_first(m->options->now_ms) * 2))
        return fail_detail(m->cx, ERR_STORAGE, "error.storage", "The outbox cannot be made.");
    for (int i = 0; i < SETTING__COUNT; i++) s.value[i] = str_of(setting_defs[i].fallback);
    for (int i = 0; i < demo_setting_count; i++)
        for (int k = 0; k < SETTING__COUNT; k++)
            if (str_eq(str_of(setting_defs[k].name), str_of(demo_settings[i][0])))
                s.value[k] = str_of(demo_settings[i][1]);
    o->sender.logo =
        (struct logo){m->season->from_ms, S("image/png"), {(const char *)logo->bytes, logo->len}};
    brand_mail_value(a, &s, brand);
    brand_mail_logo_value(a, &o->sender.logo, brand);
    if (str_starts(host, S("https://"))) host = str_slice(host, 8, host.len);
    if (str_starts(host, S("http://"))) host = str_slice(host, 7, host.len);
    host = str_cut(host, '/', &rest);
    o->sender.workspace_name = S(DEMO_FIRM);
    o->sender.legal_name = s.value[SETTING_LEGAL_NAME];
    o->sender.address_line = s.value[SETTING_ADDRESS_LINE];
    o->sender.imprint_url = s.value[SETTING_IMPRINT_URL];
    o->sender.privacy_url = s.value[SETTING_PRIVACY_URL];
    o->sender.sender_name = s.value[SETTING_SENDER_NAME];
    o->sender.sender_address = s.value[SETTING_SENDER_ADDRESS];
    o->sender.reply_to = S("");
    o->sender.time_zone = s.value[SETTING_TIME_ZONE];
    o->sender.base_url = url;
    o->sender.host = str_cut(host, ':', &rest);
    o->sender.brand = brand;
    return true;
}

void demo_outbox_close(struct maker *m)
{
    id_source_close(&m->outbox.ids);
}

static int wordings(const struct making *k, struct wording out[DEMO_BOXES])
{
    const struct demo_form_made *f = &k->m->form[k->life.form];
    int count = 0;
    for (int i = 0; i < f->boxes; i++)
        if (k->life.ticked[i])
            out[count++] = (struct wording){.id = f->box[i].wording_id,
                                            .purpose_id = f->box[i].purpose_id,
                                            .version_no = 1,
                                            .channel = f->box[i].channel,
                                            .purpose = f->box[i].purpose,
                                            .purpose_label = f->box[i].label,
                                            .lang = S("de"),
                                            .text = f->box[i].text};
    return count;
}

static bool prepare(struct making *k, struct post_prepared *out)
{
    struct ctx *cx = k->m->cx;
    struct wording wording[DEMO_BOXES];
    int count = wordings(k, wording);
    struct id_source *ids = cx->ids;
    int64_t now_ms = cx->now_ms;
    bool named = k->text[SLOT_FIRST_NAME].len > 0 || k->text[SLOT_LAST_NAME].len > 0;
    struct confirmation c = {
        .id = k->confirmation_id,
        .lead_id = k->id,
        .submission_id = k->submission_id,
        .form_id = k->m->form[k->life.form].id,
        .email = k->email,
        .state = CONFIRMATION_OPEN,
        .requested_ms = k->life.created_ms,
        .expires_ms = k->life.created_ms + (int64_t)CONFIRMATION_DAYS * 86400000,
    };
    cx->ids = &k->m->outbox.ids;
    cx->now_ms = k->life.created_ms + SENT_AFTER_MS;
    bool good = doi_prepare(cx, &c, &k->m->outbox.sender, LANG_DE,
                            named ? lead_display_name(cx->a, k->text, S("")) : S(""), S(""),
                            wording, count, out);
    cx->ids = ids;
    cx->now_ms = now_ms;
    return good;
}

/* It was found out right after the submission. */
static void withdrawn_write(struct making *k, int64_t mail_id, int64_t at_ms)
{
    struct maker *m = k->m;
    const struct demo_form_made *f = &m->form[k->life.form];
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_MAIL_ATTEMPT], CELL_I64(m->cx->workspace_id),
              CELL_I64(mail_id), CELL_I64(1), CELL_I64(at_ms), CELL_I64(OUTCOME_REFUSED),
              CELL_TEXT(WITHDRAWN));
    struct suspect s = {.id = k->submission_id,
                        .form_id = f->id,
                        .form_version_id = f->version[k->version - 1].id,
                        .at_ms = k->life.created_ms,
                        .reasons = 1u << SUSPECT_DOMAIN_NO_MAIL,
                        .email = k->email,
                        .body = S("{}"),
                        .mail_id = mail_id};
    demo_suspect_write(m, k->b, &s);
}

bool demo_no_mail(const struct maker *m, int64_t no)
{
    for (int i = 0; i < DEMO_NO_MAIL; i++)
        if (m->no_mail[i] == no) return true;
    return false;
}

bool demo_mail_write(struct making *k)
{
    struct ctx *cx = k->m->cx;
    struct post_prepared mail;
    int64_t at_ms = k->life.created_ms + SENT_AFTER_MS,
            told_ms = k->life.created_ms + TOLD_AFTER_MS;
    bool refused = demo_no_mail(k->m, k->no);
    if (cx->texts == NULL || k->life.form == DEMO_BY_HAND ||
        k->no < k->m->options->leads - DEMO_MAILS)
        return true;
    if (!prepare(k, &mail)) return false;
    post_seal_ahead(cx, &k->key, k->id, &mail);
    k->mail_id = mail.mail.id;
    SHEET_ADD(
        &k->b->a, &k->b->sheet[SHEET_MAIL], CELL_I64(cx->workspace_id), CELL_I64(k->mail_id),
        CELL_I64(k->id), CELL_I64(PERMIT_DOI), CELL_I64(k->confirmation_id),
        CELL_TEXT(S("mail/doi")), CELL_TEXT(mail.message_id),
        CELL_I64(refused ? MAIL_REFUSED : MAIL_HELD), CELL_TEXT(mail.sealed_envelope),
        CELL_TEXT(mail.sealed_mime),
        CELL_TEXT(str_dup(cx->a, (str){(const char *)mail.mime_sha256, sizeof mail.mime_sha256})),
        CELL_I64(at_ms), CELL_I64(at_ms), CELL_I64(0), CELL_I64(refused ? told_ms : 0));
    if (refused) withdrawn_write(k, k->mail_id, told_ms);
    return true;
}

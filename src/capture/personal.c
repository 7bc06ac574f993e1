#include "capture/personal.h"

#include "audit/audit.h"
#include "base/id.h"
#include "base/tz.h"
#include "form/form_rules.h"
#include "keys/token.h"
#include "setting/setting.h"

enum { DAY_S = 86400 };

struct opening {
    int64_t lead_id;
    struct lead lead;
    bool there;
};

/* Whether links lead anywhere is asked each time: a workspace may have turned them off since. */
static bool open_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct opening *o = arg;
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    if (setting_number(&settings, SETTING_PERSONAL_DAYS) == 0) return true;
    if (!lead_load(cx, tx, o->lead_id, &o->lead)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx); /* erased */
        return true;
    }
    bool here = o->lead.state == LEAD_ACTIVE || o->lead.state == LEAD_ARCHIVED;
    o->there = here && o->lead.email.len > 0;
    return true;
}

bool personal_open(struct ctx *cx, str token, struct form_live *form, struct lead **lead)
{
    struct token t = {0};
    struct opening *o = NEW(cx->a, struct opening, 1);
    bool known[SLOT__COUNT];
    *lead = NULL;
    if (token_verify(token, cx->keys, TOKEN_PERSONAL, cx->now_ms / 1000, &t) != TOKEN_OK ||
        t.workspace_id != cx->workspace_id || t.object_id != form->form.id ||
        form->def.kind == FORM_KIND_APPLICATION) /* who applies is nobody known */
        return true;
    o->lead_id = t.subject_id;
    if (!db_read(cx, open_read, o)) return false;
    if (!o->there) return true;
    for (int i = 0; i < SLOT__COUNT; i++) known[i] = o->lead.text[i].len > 0;
    form_def_know(&form->def, known);
    *lead = &o->lead;
    return true;
}

struct linking {
    int64_t lead_id, form_id;
    struct form_live *form;
    int64_t days;
};

static bool link_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct linking *l = arg;
    struct settings settings;
    struct lead lead;
    struct value detail = value_map(cx->a);
    if (!lead_load(cx, tx, l->lead_id, &lead) || !setting_load(cx, tx, &settings)) return false;
    l->days = setting_number(&settings, SETTING_PERSONAL_DAYS);
    if (l->days == 0) return fail(cx, ERR_FORBIDDEN, "personal.off");
    if (lead.state != LEAD_ACTIVE || lead.email.len == 0)
        return fail(cx, ERR_CONFLICT, "personal.no_address");
    if (!form_live_by_id(cx, tx, l->form_id, l->form)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return fail_field(cx, S("form"), "personal.not_published");
    }
    if (l->form->def.kind == FORM_KIND_APPLICATION)
        return fail_field(cx, S("form"), "personal.application");
    value_set_text(detail, "name", l->form->form.name);
    return audit_write(cx, tx, "lead.link", "lead", l->lead_id, l->lead_id, detail);
}

bool personal_link(struct ctx *cx, str base_url, int64_t lead_id, int64_t form_id,
                   struct value *out)
{
    struct linking l = {lead_id, form_id, NEW(cx->a, struct form_live, 1), 0};
    if (!db_write(cx, DB_INTERACTIVE, link_write, &l)) return false;
    int64_t expires_s = cx->now_ms / 1000 + l.days * DAY_S;
    struct token t = {.use = TOKEN_PERSONAL,
                      .workspace_id = cx->workspace_id,
                      .subject_id = lead_id,
                      .object_id = form_id,
                      .expires_at_s = expires_s};
    struct value form = value_map(cx->a);
    value_set_text(form, "id", id_text(cx->a, ID_FORM, form_id));
    value_set_text(form, "name", l.form->form.name);
    *out = value_map(cx->a);
    value_set_text(*out, "url",
                   str_printf(cx->a, "%.*s/f/%.*s/p/%.*s", STR_ARG(base_url),
                              STR_ARG(l.form->form.slug), STR_ARG(token_sign(cx->a, cx->keys, t))));
    value_set(*out, "form", form);
    value_set_text(*out, "expires_at", rfc3339(cx->a, expires_s * 1000));
    return true;
}

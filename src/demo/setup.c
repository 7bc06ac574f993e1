/* What stands before the first lead: forms with their wordings, settings, and the mark "demo". */
#include "demo/maker.h"

#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "form/form_rules.h"
#include "web/embedded.h"

#include <string.h>

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

static const struct {
    enum demo_sheet sheet;
    const char *table, *columns;
} tables[] = {
    {SHEET_INSTALLATION, "installation", "name value"},
    {SHEET_SETTING, "setting", "workspace_id name value changed_ms user_id"},
    {SHEET_PURPOSE, "purpose", "workspace_id id slug label created_ms"},
    {SHEET_WORDING, "wording",
     "workspace_id id purpose_id channel_kind lang version_no body sha256 user_id created_ms "
     "approved_ms approved_user_id"},
    {SHEET_FORM, "form",
     "workspace_id id slug name form_state version_id draft created_ms updated_ms counts_n"},
    {SHEET_FORM_VERSION, "form_version",
     "workspace_id id form_id version_no definition sha256 user_id published_ms"},
    {SHEET_LEAD, "lead",
     "workspace_id id canonical_id lead_state phase_kind display_name name_sort email email_state "
     "permit_state permit_purpose lang source first_contact created_ms updated_ms last_ms "
     "trashed_ms version_no campaign_id owner_user_id handling_state due_ms due_stage_n text_01 "
     "text_02 "
     "text_03 text_04 text_05 text_06 text_07 text_08 "
     "text_09 text_10 text_11 text_12 text_13 text_14 text_15 text_16 text_17 text_18"},
    {SHEET_LEAD_KEY, "lead_key", "workspace_id lead_id wrapped"},
    {SHEET_IDENTITY, "identity",
     "workspace_id identity_kind value_hash value lead_id identity_state verified_ms created_ms"},
    {SHEET_WORD, "lead_word", "workspace_id word lead_id"},
    {SHEET_TOUCHPOINT, "touchpoint",
     "workspace_id lead_id at_ms id touchpoint_kind object_id props"},
    {SHEET_NOTE, "lead_note", "workspace_id lead_id id at_ms user_id body"},
    {SHEET_SUBMISSION, "submission",
     "workspace_id id form_id form_version_id lead_id at_ms submission_state answers"},
    {SHEET_CONFIRMATION, "confirmation",
     "workspace_id id lead_id submission_id form_id email confirmation_state requested_ms "
     "expires_ms answered_ms sends_n sent_ms"},
    {SHEET_CONSENT, "consent",
     "workspace_id id lead_id purpose_id channel_kind wording_id consent_state requested_ms "
     "confirmed_ms ended_ms used_ms"},
    {SHEET_CONSENT_EVENT, "consent_event",
     "workspace_id id consent_id lead_id wording_id confirmation_id event_kind at_ms evidence "
     "evidence_key network network_key block_no"},
    {SHEET_CONSENT_BLOCK, "consent_block",
     "workspace_id block_no sealed_ms event_count prev_hash hash"},
    {SHEET_SUPPRESSION, "suppression",
     "workspace_id value_hash channel_kind purpose_id cause_kind at_ms lifted_ms"},
    {SHEET_USER, "app_user",
     "id email name password_hash lang theme created_ms last_sign_in_ms keys_n"},
    {SHEET_MEMBERSHIP, "membership", "workspace_id user_id role_kind created_ms"},
    {SHEET_PHASE, "phase_event",
     "workspace_id lead_id id at_ms actor_kind user_id from_kind to_kind reason"},
    {SHEET_HANDOVER, "handover",
     "workspace_id lead_id id at_ms user_id from_user_id to_user_id cause_kind"},
    {SHEET_TASK, "lead_task",
     "workspace_id lead_id id title due_ms assignee_user_id created_ms user_id done_ms "
     "done_user_id"},
    {SHEET_CAMPAIGN, "campaign",
     "workspace_id id code name channel from_day to_day currency budget_cents goal_leads_n "
     "goal_cost_cents owner_user_id note archived_ms created_ms updated_ms version_no"},
    {SHEET_CAMPAIGN_COST, "campaign_cost",
     "workspace_id campaign_id id cost_kind label amount_cents from_day to_day user_id created_ms"},
    {SHEET_CAMPAIGN_FORM, "campaign_form", "workspace_id form_id campaign_id"},
    {SHEET_CAMPAIGN_LINK, "campaign_link",
     "workspace_id id campaign_id code name source form_id url ended_ms created_ms"},
    {SHEET_CAMPAIGN_CLICK, "campaign_click", "workspace_id link_id day part_no clicks_n"},
    {SHEET_FORM_DAY, "form_day", "workspace_id form_id day_n views_n starts_n"},
    {SHEET_LOGO, "logo", "workspace_id id media_type bytes"},
    {SHEET_OWNER_RULE, "owner_rule", "workspace_id id position_no turn_n definition"},
    {SHEET_SALES_POLICY, "sales_policy",
     "workspace_id fallback_user_id due_hours_n reassign_hours_n reassign_user_id"},
    {SHEET_ABSENCE, "absence", "workspace_id id user_id from_day to_day substitute_user_id"},
    {SHEET_FORM_LEFT, "form_left", "workspace_id form_id version_no field_key left_n"},
    {SHEET_FORM_HANDLING, "form_handling", "workspace_id form_id definition changed_ms"},
    {SHEET_KIOSK, "kiosk",
     "workspace_id id form_id stand staff campaign from_day to_day idle_s signature_kind secret "
     "user_id created_ms"},
    {SHEET_AUDIT, "audit",
     "workspace_id id at_ms actor_kind user_id action object_type object_id lead_id detail "
     "prev_hash hash"},
    {SHEET_BELL, "bell", "workspace_id user_id bell_kind lead_id about_id id by_user_id seen_ms"},
    {SHEET_SUSPECT, "suspect",
     "workspace_id id form_id form_version_id at_ms reasons_n email_n body body_key mail_id"},
    {SHEET_MAIL, "mail",
     "workspace_id id lead_id permit_class confirmation_id template message_id mail_state envelope "
     "mime mime_sha256 created_ms next_ms attempts_n done_ms"},
    {SHEET_MAIL_ATTEMPT, "mail_attempt",
     "workspace_id mail_id attempt_no at_ms outcome_kind reply"},
};

_Static_assert(COUNTOF(tables) == SHEET__COUNT, "every sheet has a table");

bool demo_sheets_open(struct ctx *cx, const struct bulk_schema *schema, struct demo_batch *b)
{
    for (ptrdiff_t i = 0; i < COUNTOF(tables); i++)
        if (!sheet_open(cx, schema, tables[i].table, tables[i].columns, &b->sheet[tables[i].sheet]))
            return false;
    return true;
}

static str digest(arena *a, str text)
{
    uint8_t *to = NEW(a, uint8_t, HASH_BYTES);
    crypto_sha256(text, to);
    return (str){(const char *)to, HASH_BYTES};
}

/* The wording of a box: the same sentence in two forms is one wording. */
static void box_make(struct maker *m, struct demo_batch *b, const struct form_consent *c,
                     int64_t at_ms, struct demo_box *out)
{
    struct ctx *cx = m->cx;
    bool newsletter = str_eq(c->purpose, S("newsletter"));
    const struct demo_box *made = NULL;
    for (int f = 0; f < DEMO_FORM__COUNT; f++)
        for (int i = 0; i < m->form[f].boxes; i++)
            if (str_eq(m->form[f].box[i].purpose, c->purpose)) made = &m->form[f].box[i];
    if (made != NULL) {
        *out = *made;
        return;
    }
    int part = newsletter ? 1 : 2;
    *out = (struct demo_box){.purpose_id = demo_id(at_ms, 0, part),
                             .wording_id = demo_id(at_ms, 0, part),
                             .channel = c->channel,
                             .purpose = c->purpose,
                             .label = newsletter ? S("Newsletter") : S("Beratung"),
                             .text = c->text};
    struct value props = value_map(cx->a);
    value_set_text(props, "purpose", out->label);
    value_set_text(props, "channel", str_of(channel_name(out->channel)));
    value_set_int(props, "wording_version", 1);
    out->props = json_text(cx->a, props);
    SHEET_ADD(&b->a, &b->sheet[SHEET_PURPOSE], CELL_I64(cx->workspace_id),
              CELL_I64(out->purpose_id), CELL_TEXT(out->purpose), CELL_TEXT(out->label),
              CELL_I64(at_ms));
    SHEET_ADD(&b->a, &b->sheet[SHEET_WORDING], CELL_I64(cx->workspace_id),
              CELL_I64(out->wording_id), CELL_I64(out->purpose_id), CELL_I64(out->channel),
              CELL_TEXT(S("de")), CELL_I64(1), CELL_TEXT(out->text),
              CELL_TEXT(digest(cx->a, out->text)), CELL_I64(m->colleague[DEMO_MARKETING].id),
              CELL_I64(at_ms), CELL_I64(at_ms + HOUR_MS), CELL_I64(m->colleague[DEMO_ADMIN].id));
}

int demo_version_at(const struct demo_form_made *f, int64_t at_ms)
{
    int no = 1;
    while (no < DEMO_VERSIONS && f->version[no].from_ms <= at_ms) no++;
    return no;
}

static void version_write(struct maker *m, struct demo_batch *b, struct demo_form_made *f, int no,
                          const struct form_def *def)
{
    struct ctx *cx = m->cx;
    struct demo_version *v = &f->version[no - 1];
    str definition = json_text(cx->a, form_def_value(cx->a, def));
    str sha256 = digest(cx->a, definition);
    v->id = demo_id(v->from_ms, 0, 4);
    v->sha256_hex = hex_encode(cx->a, (const uint8_t *)sha256.ptr, sha256.len);
    SHEET_ADD(&b->a, &b->sheet[SHEET_FORM_VERSION], CELL_I64(cx->workspace_id), CELL_I64(v->id),
              CELL_I64(f->id), CELL_I64(no), CELL_TEXT(definition), CELL_TEXT(sha256),
              CELL_I64(m->colleague[DEMO_MARKETING].id), CELL_I64(v->from_ms));
}

/* Two versions: the second, of the last weeks, says beside its title what one gets. */
static bool form_make(struct maker *m, struct demo_batch *b, struct value item, int n)
{
    static const int changed_days[DEMO_FORM__COUNT] = {20, 26, 27, 23};
    struct ctx *cx = m->cx;
    struct demo_form_made *f = &m->form[n];
    struct form_def *def = NEW(cx->a, struct form_def, 1);
    int64_t at_ms = m->season->from_ms - (DEMO_FORM__COUNT - n) * DAY_MS;
    int64_t changed_ms = season_worked(m->season, m->options->now_ms - changed_days[n] * DAY_MS);
    if (!form_def_read(cx, item, def)) return false;
    *f = (struct demo_form_made){.id = demo_id(at_ms, 0, 3),
                                 .version = {{.from_ms = at_ms}, {.from_ms = changed_ms}},
                                 .slug = value_str(value_get(item, S("slug"))),
                                 .name = value_str(value_get(item, S("name")))};
    struct value fields = value_get(item, S("fields"));
    for (ptrdiff_t i = 0; i < value_count(fields) && i < DEMO_FIELDS; i++)
        f->field[f->fields++] = value_str(value_get(fields.as.list->item[i], S("key")));
    str draft = json_text(cx->a, form_def_value(cx->a, def)), intro = def->intro;
    for (int i = 0; i < def->consent_count && i < DEMO_BOXES; i++) {
        struct demo_box box;
        box_make(m, b, &def->consent[i], at_ms, &box);
        f->box[f->boxes++] = box;
        def->consent[i].wording_id = box.wording_id;
    }
    def->intro = S("");
    version_write(m, b, f, 1, def);
    def->intro = intro;
    version_write(m, b, f, DEMO_VERSIONS, def);
    f->id_text = id_text(cx->a, ID_FORM, f->id);
    f->page = str_printf(cx->a, "https://www.beispiel-lagertechnik.example/%.*s",
                         STR_ARG(str_slice(f->slug, 5, f->slug.len)));
    SHEET_ADD(&b->a, &b->sheet[SHEET_FORM], CELL_I64(cx->workspace_id), CELL_I64(f->id),
              CELL_TEXT(f->slug), CELL_TEXT(f->name), CELL_I64(FORM_PUBLISHED),
              CELL_I64(f->version[DEMO_VERSIONS - 1].id), CELL_TEXT(draft), CELL_I64(at_ms),
              CELL_I64(changed_ms), CELL_I64(1));
    return true;
}

bool demo_setup(struct maker *m, struct demo_batch *b)
{
    struct ctx *cx = m->cx;
    const struct embedded_file *f = embedded_find(S("share/demo/forms.json"));
    struct value list;
    struct json_err err;
    if (f == NULL || !json_parse(cx->a, (str){(const char *)f->bytes, f->len}, &list, &err) ||
        list.type != VALUE_LIST || value_count(list) != DEMO_FORM__COUNT)
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "share/demo/forms.json is faulty");
    if (!demo_house(m, b)) return false;
    demo_campaigns_plan(m);
    for (int i = 0; i < DEMO_FORM__COUNT; i++)
        if (!form_make(m, b, list.as.list->item[i], i)) return false;
    demo_house_rules(m, b);
    demo_house_deeds(m);
    return true;
}

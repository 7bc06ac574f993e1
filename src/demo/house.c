/* The firm itself: its name and look, the people who work there and what they have agreed on. */
#include "demo/maker.h"

#include "access/access_types.h"
#include "base/id.h"
#include "base/json.h"
#include "sales/sales_rules.h"
#include "web/embedded.h"

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

enum { DUE_HOURS = 24, AWAY_IN_DAYS = 9, AWAY_DAYS = 7 };

static const struct {
    const char *name, *address;
    enum role role;
    int seen_hours; /* how long ago they were there last, of working hours */
} people[DEMO_COLLEAGUES] = {
    [DEMO_MARKETING] = {"Jana Reuter", "jana.reuter", ROLE_MARKETING, 1},
    [DEMO_SALES] = {"Tim Kranz", "tim.kranz", ROLE_SALES, 2},
    {"Aylin Demir", "aylin.demir", ROLE_SALES, 1},
    {"Holger Voss", "holger.voss", ROLE_SALES, 26},
    [DEMO_ADMIN] = {"Martina Keller", "martina.keller", ROLE_ADMINISTRATOR, 0},
};

/* --- people --- */

struct seat {
    int workspace, user, role, disabled;
    int64_t workspace_id, user_id;
};

static bool seat_of(void *arg, const struct bulk_cell *cells)
{
    struct seat *s = arg;
    if (cells[s->workspace].i64 != s->workspace_id || cells[s->disabled].i64 != 0 ||
        cells[s->role].i64 != ROLE_ADMINISTRATOR)
        return true;
    s->user_id = cells[s->user].i64;
    return false;
}

bool demo_seat_find(struct maker *m, struct bulk *b, const struct bulk_schema *schema)
{
    const struct bulk_table *t = bulk_table_find(schema, S("membership"));
    if (t == NULL) return fail_detail(m->cx, ERR_INTERNAL, "error.internal", "no memberships");
    struct seat s = {.workspace = bulk_column_find(t, "workspace_id"),
                     .user = bulk_column_find(t, "user_id"),
                     .role = bulk_column_find(t, "role_kind"),
                     .disabled = bulk_column_find(t, "disabled_ms"),
                     .workspace_id = m->cx->workspace_id};
    if (!bulk_scan(m->cx, b, t, NULL, INT64_MAX, seat_of, &s)) return false;
    m->seat_id = s.user_id;
    return true;
}

/* Without a password nobody signs in as one of them; the administrator's seat is taken by whoever
 * sets the installation up (access_setup). */
static void colleagues_write(struct maker *m, struct demo_batch *b)
{
    int64_t at_ms = m->season->from_ms - 5 * DAY_MS;
    for (int i = 0; i < DEMO_COLLEAGUES; i++) {
        struct demo_colleague *c = &m->colleague[i];
        bool there = i == DEMO_ADMIN && m->seat_id != 0;
        c->id = there ? m->seat_id : demo_id(at_ms, 0, 8 + i);
        c->id_text = id_text(m->cx->a, ID_USER, c->id);
        c->seen_ms = i == DEMO_ADMIN ? 0
                                     : season_worked(m->season, m->options->now_ms -
                                                                    people[i].seen_hours * HOUR_MS -
                                                                    i * 7 * 60000);
        if (there) continue;
        str email = str_printf(m->cx->a, "%s@beispiel-lagertechnik.example", people[i].address);
        SHEET_ADD(&b->a, &b->sheet[SHEET_USER], CELL_I64(c->id), CELL_TEXT(email),
                  CELL_TEXT(str_of(people[i].name)), CELL_TEXT(S("")), CELL_TEXT(S("de")),
                  CELL_TEXT(S("")), CELL_I64(at_ms), CELL_I64(c->seen_ms), CELL_I64(1));
        SHEET_ADD(&b->a, &b->sheet[SHEET_MEMBERSHIP], CELL_I64(m->cx->workspace_id),
                  CELL_I64(c->id), CELL_I64(people[i].role), CELL_I64(at_ms));
    }
}

/* --- what they have agreed on --- */

static void rule_write(struct maker *m, struct demo_batch *b, int position,
                       const struct owner_rule *rule)
{
    int64_t id = demo_id(m->season->from_ms, 3, position);
    SHEET_ADD(&b->a, &b->sheet[SHEET_OWNER_RULE], CELL_I64(m->cx->workspace_id), CELL_I64(id),
              CELL_I64(position), CELL_I64(0),
              CELL_TEXT(json_text(m->cx->a, rule_value(m->cx->a, rule))));
}

/* Who is told, besides whoever looks after the lead. */
static void handling_write(struct maker *m, struct demo_batch *b, enum demo_form form, int64_t who)
{
    struct form_handling h = handling_default();
    h.person[h.person_count++] = who;
    SHEET_ADD(&b->a, &b->sheet[SHEET_FORM_HANDLING], CELL_I64(m->cx->workspace_id),
              CELL_I64(m->form[form].id),
              CELL_TEXT(json_text(m->cx->a, handling_value(m->cx->a, &h))),
              CELL_I64(m->season->from_ms));
}

void demo_house_rules(struct maker *m, struct demo_batch *b)
{
    const struct demo_colleague *sales = &m->colleague[DEMO_SALES];
    int64_t today = m->options->now_ms / DAY_MS, workspace_id = m->cx->workspace_id;
    struct owner_rule south = {.kind = RULE_POSTCODE,
                               .value = S("7, 80-89, 90-97"),
                               .person = {sales[1].id},
                               .person_count = 1};
    struct owner_rule all = {.kind = RULE_FORM,
                             .person = {sales[0].id, sales[1].id, sales[2].id},
                             .person_count = DEMO_SALESPEOPLE};
    static const int forms[] = {DEMO_ADVICE, DEMO_WHITEPAPER, DEMO_WEBINAR};
    rule_write(m, b, 1, &south);
    for (int i = 0; i < COUNTOF(forms); i++) {
        all.form_id = m->form[forms[i]].id;
        rule_write(m, b, 2 + i, &all);
    }
    handling_write(m, b, DEMO_ADVICE, m->colleague[DEMO_ADMIN].id);
    handling_write(m, b, DEMO_WEBINAR, m->colleague[DEMO_MARKETING].id);
    SHEET_ADD(&b->a, &b->sheet[SHEET_SALES_POLICY], CELL_I64(workspace_id), CELL_I64(0),
              CELL_I64(DUE_HOURS), CELL_I64(0), CELL_I64(0));
    SHEET_ADD(&b->a, &b->sheet[SHEET_ABSENCE], CELL_I64(workspace_id),
              CELL_I64(demo_id(m->options->now_ms, 3, 8)), CELL_I64(sales[2].id),
              CELL_I64(today + AWAY_IN_DAYS), CELL_I64(today + AWAY_IN_DAYS + AWAY_DAYS - 1),
              CELL_I64(sales[0].id));
}

/* --- name and look --- */

static void setting_write(struct maker *m, struct demo_batch *b, const char *name, str value)
{
    SHEET_ADD(&b->a, &b->sheet[SHEET_SETTING], CELL_I64(m->cx->workspace_id),
              CELL_TEXT(str_of(name)), CELL_TEXT(value), CELL_I64(m->season->from_ms),
              CELL_I64(m->colleague[DEMO_ADMIN].id));
}

const char *const demo_settings[][2] = {
    {"legal_name", "Beispiel Lagertechnik GmbH (Demodaten)"},
    {"address_line", "Musterstraße 1, 12345 Musterstadt"},
    {"imprint_url", "https://www.beispiel-lagertechnik.example/impressum"},
    {"privacy_url", "https://www.beispiel-lagertechnik.example/datenschutz"},
    {"sender_name", DEMO_FIRM},
    {"sender_address", "info@beispiel-lagertechnik.example"},
    {"brand_colour", "#1f6fb2"},
    {"domains_denied", "gewinnspiel-portal.example"},
    {"footer_text", "Regale, Fördertechnik und Planung aus einer Hand"},
};
const int demo_setting_count = COUNTOF(demo_settings);

static bool look_write(struct maker *m, struct demo_batch *b)
{
    const struct embedded_file *logo = embedded_find(S("share/demo/logo.png"));
    int64_t logo_id = demo_id(m->season->from_ms, 3, 9);
    if (logo == NULL)
        return fail_detail(m->cx, ERR_INTERNAL, "error.internal", "share/demo/logo.png is missing");
    for (int i = 0; i < demo_setting_count; i++)
        setting_write(m, b, demo_settings[i][0], str_of(demo_settings[i][1]));
    setting_write(m, b, "logo", str_printf(m->cx->a, "%lld", (long long)logo_id));
    SHEET_ADD(&b->a, &b->sheet[SHEET_LOGO], CELL_I64(m->cx->workspace_id), CELL_I64(logo_id),
              CELL_TEXT(S("image/png")), CELL_TEXT(((str){(const char *)logo->bytes, logo->len})));
    SHEET_ADD(&b->a, &b->sheet[SHEET_INSTALLATION], CELL_TEXT(S("demo")),
              CELL_TEXT(str_printf(m->cx->a, "%lld", (long long)m->options->seed)));
    return true;
}

bool demo_house(struct maker *m, struct demo_batch *b)
{
    colleagues_write(m, b);
    return look_write(m, b);
}

bool demo_workspace_name(struct maker *m, struct bulk *b)
{
    str sql = str_printf(m->cx->a, "UPDATE workspace SET name = '%s' WHERE id = %lld", DEMO_FIRM,
                         (long long)m->cx->workspace_id);
    return bulk_exec(m->cx, b, str_cstr(m->cx->a, sql));
}

/* What the leads' visits have cost: a campaign a half-year for each way that people are led along,
 * its costs, links and clicks, and how often the forms were looked at. */
#include "demo/maker.h"

#include "base/id.h"
#include "base/tz.h"
#include "campaign/campaign_types.h"
#include "fair/fair_types.h"
#include "lead/lead.h"

static const int64_t DAY_MS = 86400000;

enum { ITEMS = 4, LINKS = 2, LINK_CODE_CHARS = 7, HALF_DAYS_MIN = 14 };

/* What a campaign's costs are made of: `pct` of them, over its first days or all. */
struct item {
    const char *label;
    enum cost_kind kind;
    int pct, days; /* 0 days: all of it */
};

static const struct family {
    const char *name, *channel;
    int64_t per_lead_cents;
    int form; /* enum demo_form, where its links lead */
    struct item item[ITEMS];
    const char *link[LINKS][2]; /* name, utm_source */
} families[DEMO_FAMILIES] = {
    [DEMO_FAMILY_SEARCH] = {"Lagerplanung",
                            "search",
                            4600,
                            DEMO_WHITEPAPER,
                            {{"Google Ads und Microsoft Advertising", COST_MEDIA, 80, 0},
                             {"Betreuung der Anzeigen", COST_AGENCY, 14, 0},
                             {"Landingpage: Text und Bild", COST_AGENCY, 6, 10}},
                            {{"Google, Suchanzeige", "google"}, {"Bing, Suchanzeige", "bing"}}},
    [DEMO_FAMILY_SOCIAL] = {"Whitepaper",
                            "social_ad",
                            6900,
                            DEMO_WHITEPAPER,
                            {{"LinkedIn-Anzeigen", COST_MEDIA, 72, 0},
                             {"Text und Satz des Whitepapers", COST_AGENCY, 21, 21},
                             {"Bilder", COST_MATERIAL, 7, 21}},
                            {{"LinkedIn, Anzeige", "linkedin"}, {"LinkedIn, Beitrag", "linkedin"}}},
    [DEMO_FAMILY_LETTER] = {"Monatsbrief",
                            "newsletter",
                            850,
                            DEMO_NEWSLETTER,
                            {{"Redaktion", COST_STAFF, 58, 0}, {"Vorlagen", COST_TOOLS, 42, 0}},
                            {{"Monatsbrief, Knopf oben", "newsletter"}}},
    [DEMO_FAMILY_FAIR] = {"Messen",
                          "fair",
                          12800,
                          DEMO_ADVICE,
                          {{"Standmiete", COST_STAND, 46, 0},
                           {"Standbau", COST_STAND, 26, 0},
                           {"Reisen und Hotel", COST_TRAVEL, 17, 0},
                           {"Prospekte und Taschen", COST_MATERIAL, 11, 30}},
                          {{"Plakat am Stand", "messe"}, {"Visitenkarten", "messe"}}},
    [DEMO_FAMILY_PARTNER] = {"Partner empfehlen",
                             "partner",
                             3300,
                             DEMO_ADVICE,
                             {{"Provisionen", COST_OTHER, 71, 0},
                              {"Partnertag", COST_TRAVEL, 29, 1}},
                             {{"Banner bei Partnern", "partner"}}},
};

static int half_of(int64_t ms)
{
    struct civil c = tz_civil(NULL, ms);
    return c.year * 2 + (c.month > 6);
}

static int64_t half_begins(int half)
{
    return civil_to_day((struct civil){.year = half / 2, .month = half % 2 * 6 + 1, .day = 1});
}

void demo_campaigns_plan(struct maker *m)
{
    static const char *const codes[DEMO_FAMILIES] = {"lagerplanung", "whitepaper", "monatsbrief",
                                                     "messen", "empfehlung"};
    arena *a = m->cx->a;
    m->first_half = half_of(m->season->from_ms);
    m->halves = half_of(m->options->now_ms) - m->first_half + 1;
    assert(m->halves <= DEMO_HALVES);
    for (int f = 0; f < DEMO_FAMILIES; f++) {
        for (int h = 0; h < m->halves; h++) {
            struct demo_campaign *c = &m->campaign[f][h];
            int half = m->first_half + h;
            c->id = demo_id(m->season->from_ms, 2 + f, h);
            c->id_text = id_text(a, ID_CAMPAIGN, c->id);
            c->name = str_printf(a, "%s H%d %d", families[f].name, half % 2 + 1, half / 2);
            c->code = str_printf(a, "%s-%d-%d", codes[f], half / 2, half % 2 + 1);
            c->from_day = half_begins(half);
            c->to_day = half_begins(half + 1) - 1;
        }
    }
}

struct demo_campaign *demo_campaign_of(struct maker *m, int family, int64_t created_ms)
{
    int half = half_of(created_ms) - m->first_half;
    if (family < 0 || half < 0 || half >= m->halves) return NULL;
    return &m->campaign[family][half];
}

/* On the clock of the workspace, as it is now. */
static int64_t day_of(const struct maker *m, int64_t at_ms)
{
    return (at_ms + m->clock_ms) / DAY_MS;
}

void demo_form_count(struct maker *m, int form, int64_t at_ms)
{
    int64_t day = day_of(m, at_ms) - day_of(m, m->season->from_ms);
    if (form >= 0 && day >= 0 && day <= SEASON_DAYS) m->form_day[form][day]++;
}

void demo_form_hold(struct maker *m, int form, int64_t at_ms)
{
    int64_t day = day_of(m, at_ms) - day_of(m, m->season->from_ms);
    if (day >= 0 && day <= SEASON_DAYS) m->form_held[form][day]++;
}

/* --- rows --- */

struct writing {
    struct maker *m;
    struct demo_batch *b;
    const struct family *family;
    const struct demo_campaign *c;
    struct dice dice;
    int64_t today, total;
    int no;
};

static void costs_write(struct writing *w)
{
    struct maker *m = w->m;
    int64_t last = w->c->to_day < w->today ? w->c->to_day : w->today;
    for (int i = 0; i < ITEMS && w->family->item[i].label != NULL; i++) {
        const struct item *item = &w->family->item[i];
        int64_t to = item->days == 0 ? last : w->c->from_day + item->days - 1;
        int64_t cents = w->total * item->pct / 100 / 100 * 100;
        if (cents == 0) continue;
        SHEET_ADD(&w->b->a, &w->b->sheet[SHEET_CAMPAIGN_COST], CELL_I64(m->cx->workspace_id),
                  CELL_I64(w->c->id), CELL_I64(demo_id(w->c->from_day * DAY_MS, w->no, i)),
                  CELL_I64(item->kind), CELL_TEXT(str_of(item->label)), CELL_I64(cents),
                  CELL_I64(w->c->from_day), CELL_I64(to < last ? to : last),
                  CELL_I64(m->colleague[0].id), CELL_I64(w->c->from_day * DAY_MS));
    }
}

/* A week's clicks stand under its first day. */
static void clicks_write(struct writing *w, int64_t link_id, int64_t each)
{
    for (int64_t day = w->c->from_day; day <= w->c->to_day && day <= w->today; day += 7) {
        int64_t clicks = each / 2 + dice_below(&w->dice, each + 1);
        if (clicks > 0)
            SHEET_ADD(&w->b->a, &w->b->sheet[SHEET_CAMPAIGN_CLICK],
                      CELL_I64(w->m->cx->workspace_id), CELL_I64(link_id), CELL_I64(day),
                      CELL_I64(0), CELL_I64(clicks));
    }
}

static void links_write(struct writing *w)
{
    static const char signs[] = "23456789abcdefghjkmnpqrstuvwxyz";
    int64_t weeks = (w->c->to_day - w->c->from_day) / 7 + 1;
    for (int i = 0; i < LINKS && w->family->link[i][0] != NULL; i++) {
        int64_t id = demo_id(w->c->from_day * DAY_MS, w->no, 8 + i);
        char *code = NEW(&w->b->a, char, LINK_CODE_CHARS);
        for (int k = 0; k < LINK_CODE_CHARS; k++)
            code[k] = signs[dice_below(&w->dice, (int64_t)sizeof signs - 1)];
        SHEET_ADD(&w->b->a, &w->b->sheet[SHEET_CAMPAIGN_LINK], CELL_I64(w->m->cx->workspace_id),
                  CELL_I64(id), CELL_I64(w->c->id), CELL_TEXT(((str){code, LINK_CODE_CHARS})),
                  CELL_TEXT(str_of(w->family->link[i][0])),
                  CELL_TEXT(str_of(w->family->link[i][1])),
                  CELL_I64(w->m->form[w->family->form].id), CELL_TEXT(S("")), CELL_I64(0),
                  CELL_I64(w->c->from_day * DAY_MS));
        clicks_write(w, id, w->c->leads * (i == 0 ? 9 : 4) / weeks);
    }
}

static void row_write(struct writing *w, int64_t budget, int64_t goal_leads, int64_t archived_ms)
{
    int64_t at_ms = season_worked(w->m->season, (w->c->from_day - 20) * DAY_MS);
    int64_t known_ms = w->m->options->now_ms - 40 * DAY_MS;
    if (at_ms > known_ms) at_ms = season_worked(w->m->season, known_ms);
    struct demo_deed d = {.at_ms = at_ms,
                          .user_id = w->m->colleague[DEMO_MARKETING].id,
                          .object_id = w->c->id,
                          .action = "campaign.create",
                          .object = "campaign",
                          .detail = str_printf(w->m->cx->a, "{\"name\":\"%.*s\",\"code\":\"%.*s\"}",
                                               STR_ARG(w->c->name), STR_ARG(w->c->code))};
    demo_deed(w->m, &d);
    SHEET_ADD(&w->b->a, &w->b->sheet[SHEET_CAMPAIGN], CELL_I64(w->m->cx->workspace_id),
              CELL_I64(w->c->id), CELL_TEXT(w->c->code), CELL_TEXT(w->c->name),
              CELL_TEXT(str_of(w->family->channel)), CELL_I64(w->c->from_day),
              CELL_I64(w->c->to_day), CELL_TEXT(S("EUR")), CELL_I64(budget), CELL_I64(goal_leads),
              CELL_I64(w->family->per_lead_cents / 500 * 500 + 500),
              CELL_I64(w->m->colleague[0].id), CELL_TEXT(S("")), CELL_I64(archived_ms),
              CELL_I64(at_ms), CELL_I64(at_ms), CELL_I64(1));
}

static void campaign_write(struct maker *m, struct demo_batch *b, int f, int h)
{
    struct writing w = {.m = m,
                        .b = b,
                        .family = &families[f],
                        .c = &m->campaign[f][h],
                        .dice = dice_of(m->options->seed, DICE_CAMPAIGN, f * DEMO_HALVES + h),
                        .today = m->options->now_ms / DAY_MS,
                        .no = 10 + f * DEMO_HALVES + h};
    int64_t days = (w.c->to_day < w.today ? w.c->to_day : w.today) - w.c->from_day + 1;
    int64_t whole = w.c->to_day - w.c->from_day + 1;
    w.total = w.c->leads * w.family->per_lead_cents * (82 + dice_below(&w.dice, 40)) / 100;
    int64_t budget = (w.total * whole / days * 108 / 100 + 49999) / 50000 * 50000;
    int64_t goal = days < HALF_DAYS_MIN ? 0 : (w.c->leads * whole / days * 105 / 100 + 9) / 10 * 10;
    bool oldest = h == 0 && m->halves > 2;
    row_write(&w, budget, goal, oldest ? (w.c->to_day + 60) * DAY_MS : 0);
    costs_write(&w);
    links_write(&w);
}

/* The tablet that stands there. */
static void kiosk_write(struct maker *m, struct demo_batch *b, const struct demo_campaign *c)
{
    struct ctx *cx = m->cx;
    struct pair_public open;
    struct pair_secret secret;
    int64_t at_ms = season_worked(m->season, m->options->now_ms - 2 * DAY_MS);
    int64_t id = demo_id(at_ms, 0, 9);
    str ad = seal_ad(cx->a, "kiosk.secret", cx->workspace_id, id);
    crypto_pair_new(&open, &secret);
    str bytes = {(const char *)secret.bytes, PAIR_KEY_BYTES};
    SHEET_ADD(&b->a, &b->sheet[SHEET_KIOSK], CELL_I64(cx->workspace_id), CELL_I64(id),
              CELL_I64(m->form[DEMO_ADVICE].id),
              CELL_TEXT(str_printf(cx->a, "%.*s, Halle 4, Stand B12", STR_ARG(c->name))),
              CELL_TEXT(S("[\"Jana Reuter\",\"Tim Kranz\",\"Aylin Demir\"]")), CELL_TEXT(c->code),
              CELL_I64(c->from_day), CELL_I64(c->to_day), CELL_I64(KIOSK_IDLE_S), CELL_I64(0),
              CELL_TEXT(secret_seal(cx->a, cx->keys, bytes, ad)),
              CELL_I64(m->colleague[DEMO_MARKETING].id), CELL_I64(at_ms));
    crypto_wipe(&secret, sizeof secret);
}

/* The spring fair of next year: planned, its stand paid for. */
static void fair_planned(struct maker *m, struct demo_batch *b)
{
    struct demo_campaign *c = NEW(&b->a, struct demo_campaign, 1);
    int year = tz_civil(NULL, m->options->now_ms).year + 1;
    c->id = demo_id(m->season->from_ms, 2 + DEMO_FAMILIES, 0);
    c->name = str_printf(&b->a, "Lagermesse %d", year);
    c->code = str_printf(&b->a, "lagermesse-%d", year);
    c->from_day = civil_to_day((struct civil){.year = year, .month = 3, .day = 16});
    c->to_day = c->from_day + 2;
    struct writing w = {.m = m, .b = b, .family = &families[DEMO_FAMILY_FAIR], .c = c, .no = 200};
    w.today = m->options->now_ms / DAY_MS;
    row_write(&w, 2400000, 150, 0);
    kiosk_write(m, b, c);
    SHEET_ADD(&b->a, &b->sheet[SHEET_CAMPAIGN_COST], CELL_I64(m->cx->workspace_id), CELL_I64(c->id),
              CELL_I64(demo_id(m->options->now_ms, 200, 0)), CELL_I64(COST_STAND),
              CELL_TEXT(S("Standmiete, Anzahlung")), CELL_I64(420000), CELL_I64(c->from_day),
              CELL_I64(c->to_day), CELL_I64(m->colleague[0].id), CELL_I64(m->options->now_ms));
}

static int put_off(str key)
{
    static const struct {
        const char *key;
        int weight;
    } weights[] = {{"email", 2},   {"salutation", 1}, {"company", 4},  {"phone", 9},
                   {"message", 6}, {"job_title", 5},  {"industry", 5}, {"consent", 6}};
    for (ptrdiff_t i = 0; i < COUNTOF(weights); i++)
        if (str_eq(key, str_of(weights[i].key))) return weights[i].weight;
    return 2;
}

/* Who does not send is put off by what asks for much. */
static void form_left_write(struct maker *m, struct demo_batch *b, int form, int version,
                            int64_t left)
{
    const struct demo_form_made *f = &m->form[form];
    int64_t weight = put_off(S("consent")), upto = 0, told = 0;
    for (int i = 0; i < f->fields; i++) weight += put_off(f->field[i]);
    for (int i = 0; i <= f->fields; i++) {
        str key = i < f->fields ? f->field[i] : S("consent");
        upto += put_off(key);
        int64_t here = left * upto / weight - told;
        told += here;
        if (here > 0)
            SHEET_ADD(&b->a, &b->sheet[SHEET_FORM_LEFT], CELL_I64(m->cx->workspace_id),
                      CELL_I64(f->id), CELL_I64(version), CELL_TEXT(key), CELL_I64(here));
    }
}

/* Most look and go; some begin; not all of them send. A version's drop-offs are those of the days
 * behind the one on which it was published. */
static void form_days_write(struct maker *m, struct demo_batch *b)
{
    int64_t first = day_of(m, m->season->from_ms), today = day_of(m, m->options->now_ms);
    for (int f = 0; f < DEMO_FORM__COUNT; f++) {
        struct dice dice = dice_of(m->options->seed, DICE_CAMPAIGN, 1000 + f);
        int64_t left[DEMO_VERSIONS] = {0};
        for (int day = 0; day <= SEASON_DAYS && first + day <= today; day++) {
            /* Whose submission is held back has begun like others, and counts once it is let in. */
            int64_t sent = m->form_day[f][day], held = m->form_held[f][day];
            int64_t starts = sent + held + dice_below(&dice, sent / 2 + 2);
            int64_t views = starts * 3 + dice_below(&dice, starts + 3);
            int no = demo_version_at(&m->form[f], (first + day) * DAY_MS - m->clock_ms);
            left[no - 1] += starts - sent - held;
            if (views > 0)
                SHEET_ADD(&b->a, &b->sheet[SHEET_FORM_DAY], CELL_I64(m->cx->workspace_id),
                          CELL_I64(m->form[f].id), CELL_I64(first + day), CELL_I64(views),
                          CELL_I64(starts));
        }
        for (int no = 1; no <= DEMO_VERSIONS; no++) form_left_write(m, b, f, no, left[no - 1]);
    }
}

void demo_campaigns_write(struct maker *m, struct demo_batch *b)
{
    static const int at_form[DEMO_FORM__COUNT] = {[DEMO_WHITEPAPER] = DEMO_FAMILY_SEARCH,
                                                  [DEMO_NEWSLETTER] = DEMO_FAMILY_LETTER,
                                                  [DEMO_ADVICE] = DEMO_FAMILY_PARTNER,
                                                  [DEMO_WEBINAR] = DEMO_FAMILY_SOCIAL};
    for (int f = 0; f < DEMO_FAMILIES; f++)
        for (int h = 0; h < m->halves; h++) campaign_write(m, b, f, h);
    fair_planned(m, b);
    for (int form = 0; form < DEMO_FORM__COUNT; form++)
        SHEET_ADD(&b->a, &b->sheet[SHEET_CAMPAIGN_FORM], CELL_I64(m->cx->workspace_id),
                  CELL_I64(m->form[form].id),
                  CELL_I64(m->campaign[at_form[form]][m->halves - 1].id));
    form_days_write(m, b);
}

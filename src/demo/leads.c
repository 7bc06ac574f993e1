/* One lead: who it is, what happened, and its row. */
#include "demo/maker.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "consent/unsubscribe.h"
#include "lead/lead.h"

enum { TOLD_AFTER_MS = 2400 }; /* so long a name server is asked */

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;

static const struct demo_way ways[] = {
    {26, DEMO_FAMILY_SEARCH, "google", "cpc", "https://www.google.com/", "google / cpc"},
    {19, DEMO_FAMILY_NONE, "", "", "https://www.google.com/", "google.com"},
    {15, DEMO_FAMILY_NONE, "", "", "", "direct"},
    {12, DEMO_FAMILY_SOCIAL, "linkedin", "paid_social", "https://www.linkedin.com/",
     "linkedin / paid_social"},
    {9, DEMO_FAMILY_LETTER, "newsletter", "email", "", "newsletter / email"},
    {6, DEMO_FAMILY_FAIR, "messe", "event", "", "messe / event"},
    {5, DEMO_FAMILY_SEARCH, "bing", "cpc", "https://www.bing.com/", "bing / cpc"},
    {5, DEMO_FAMILY_NONE, "", "", "https://www.fachblatt-lager.example/",
     "fachblatt-lager.example"},
    {3, DEMO_FAMILY_PARTNER, "partner", "referral", "", "partner / referral"},
};

#define WINDOWS "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
static const struct demo_device devices[] = {
    {40, "desktop", "Chrome", "Windows",
     WINDOWS "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"},
    {15, "desktop", "Firefox", "Windows", WINDOWS "Gecko/20100101 Firefox/132.0"},
    {12, "desktop", "Edge", "Windows",
     WINDOWS "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 "
             "Edg/131.0.0.0"},
    {19, "phone", "Safari", "iOS",
     "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
     "Gecko) Version/18.1 Mobile/15E148 Safari/604.1"},
    {14, "phone", "Chrome", "Android",
     "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/131.0.0.0 Mobile Safari/537.36"},
};

int64_t demo_id(int64_t ms, int64_t lead_no, int part)
{
    return id_first(ms) | ((lead_no * 16 + part) & 0x3fffff);
}

static void ways_draw(struct making *k)
{
    int64_t way = dice_below(&k->dice, 100), device = dice_below(&k->dice, 100);
    k->way = ways;
    k->device = devices;
    while (way >= k->way->weight) way -= k->way++->weight;
    while (device >= k->device->weight) device -= k->device++->weight;
}

void demo_context(struct making *k, struct value map)
{
    struct ctx *cx = k->m->cx;
    const struct demo_way *w = k->way;
    struct value utm = value_map(cx->a);
    str page = k->m->form[k->life.form].page;
    if (w->source[0] != 0) {
        value_set_text(utm, "source", str_of(w->source));
        value_set_text(utm, "medium", str_of(w->medium));
        str code = k->campaign != NULL ? k->campaign->code : S("allgemein");
        value_set_text(utm, "campaign", code);
        page = str_printf(cx->a, "%.*s?utm_source=%s&utm_medium=%s&utm_campaign=%.*s",
                          STR_ARG(page), w->source, w->medium, STR_ARG(code));
    }
    value_set_text(map, "page", page);
    value_set_text(map, "referrer", w->referrer[0] != 0 ? str_of(w->referrer) : (str){0});
    value_set_text(map, "source", str_of(w->label));
    value_set(map, "utm", utm);
    value_set_text(map, "device", str_of(k->device->device));
    value_set_text(map, "browser", str_of(k->device->browser));
    value_set_text(map, "os", str_of(k->device->os));
    value_set_text(map, "language", k->life.english ? S("en") : S("de"));
}

static str first_contact(struct making *k)
{
    struct ctx *cx = k->m->cx;
    struct value map = value_map(cx->a);
    bool by_hand = k->life.form == DEMO_BY_HAND;
    value_set_text(map, "at", rfc3339(cx->a, k->life.created_ms));
    value_set_text(map, "reason", by_hand ? S("manual") : S("form"));
    if (!by_hand) {
        value_set_text(map, "form", k->m->form[k->life.form].id_text);
        value_set_text(map, "form_name", k->m->form[k->life.form].name);
        value_set_int(map, "form_version", k->version);
        demo_context(k, map);
    }
    value_set_bool(map, "demo", true);
    return json_text(cx->a, map);
}

/* --- who it is --- */

/* Has the address been given out already? Then not again. */
static bool seen_before(struct maker *m, str address)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (ptrdiff_t i = 0; i < address.len; i++)
        h = (h ^ (uint8_t)address.ptr[i]) * UINT64_C(0x100000001b3);
    h = (h ^ h >> 29) | 1;
    for (uint64_t at = h >> 1 & m->seen_mask;; at = (at + 1) & m->seen_mask) {
        if (m->seen[at] == h) return true;
        if (m->seen[at] != 0) continue;
        m->seen[at] = h;
        return false;
    }
}

static str address_of(struct making *k)
{
    static const char *const hosts[] = {"example.com", "example.org", "example.net"};
    arena *a = k->m->cx->a;
    str host = k->employed ? k->firm.domain : str_of(hosts[dice_below(&k->dice, 3)]);
    int64_t n = k->employed ? 1 : 1 + dice_soon(&k->dice, 0, 99);
    for (;; n++) {
        str address = n == 1 ? str_printf(a, "%.*s@%.*s", STR_ARG(k->person.address), STR_ARG(host))
                             : str_printf(a, "%.*s%lld@%.*s", STR_ARG(k->person.address),
                                          (long long)n, STR_ARG(host));
        if (!seen_before(k->m, address)) return address;
    }
}

static void firm_fill(struct making *k)
{
    const struct demo_firm *f = &k->firm;
    arena *a = k->m->cx->a;
    k->text[SLOT_COMPANY] = f->name;
    k->text[SLOT_INDUSTRY] = f->industry;
    if (dice_chance(&k->dice, 700)) k->text[SLOT_COMPANY_SIZE] = f->size;
    k->text[SLOT_WEBSITE] = str_printf(a, "https://www.%.*s", STR_ARG(f->domain));
    k->text[SLOT_CITY] = f->town;
    if (dice_chance(&k->dice, 600)) {
        k->text[SLOT_STREET] = f->street;
        k->text[SLOT_POSTCODE] = f->postcode;
        k->text[SLOT_COUNTRY] = S("Deutschland");
    }
}

static void person_fill(struct making *k)
{
    static const char *const messages[] = {
        "Bitte um einen Rückruf am Vormittag.",
        "Wir planen ein neues Lager mit rund 2.000 Palettenplätzen und hätten gern ein Angebot.",
        "Können Sie uns Unterlagen zur Kommissionierung schicken?",
        "Uns interessiert, was eine Umrüstung im laufenden Betrieb kostet.",
    };
    struct maker *m = k->m;
    demo_person_of(m->cx->a, &m->lists, &k->dice, &k->person);
    k->employed = dice_chance(&k->dice, k->life.form == DEMO_NEWSLETTER ? 560 : 900);
    if (k->life.form == DEMO_ADVICE) k->employed = true; /* the form asks for the firm */
    /* Some firms have many leads, most have few. */
    int64_t firm = dice_below(&k->dice, m->firms), other = dice_below(&k->dice, m->firms);
    demo_firm_of(m->cx->a, &m->lists, m->options->seed, firm < other ? firm : other, &k->firm);
    k->email = k->life.form != DEMO_BY_HAND || dice_chance(&k->dice, 850) ? address_of(k) : S("");
    bool named = k->life.form != DEMO_NEWSLETTER || dice_chance(&k->dice, 620);
    if (named) {
        k->text[SLOT_SALUTATION] = k->person.woman ? S("Frau") : S("Herr");
        k->text[SLOT_TITLE] = k->person.title;
        k->text[SLOT_FIRST_NAME] = k->person.first_name;
        k->text[SLOT_LAST_NAME] = k->person.last_name;
    }
    if (k->employed && named) {
        firm_fill(k);
        k->text[SLOT_JOB_TITLE] = k->person.job;
        k->text[SLOT_DEPARTMENT] = k->person.department;
    }
    if (k->life.form != DEMO_NEWSLETTER || k->email.len == 0) {
        k->text[SLOT_PHONE] = k->person.phone;
        k->text[SLOT_MOBILE] = k->person.mobile;
    }
    if (k->life.form == DEMO_ADVICE)
        k->text[SLOT_MESSAGE] = str_of(messages[dice_below(&k->dice, COUNTOF(messages))]);
}

/* --- what happened --- */

static void touch(struct making *k, int64_t at_ms, enum touchpoint_kind kind, int64_t object_id,
                  str props)
{
    int64_t id = id_first(at_ms) | ((k->no * 128 + k->m->touchpoints) & 0x3fffff);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_TOUCHPOINT], CELL_I64(k->m->cx->workspace_id),
              CELL_I64(k->id), CELL_I64(at_ms), CELL_I64(id), CELL_I64(kind), CELL_I64(object_id),
              CELL_TEXT(props));
    k->m->touchpoints++;
    if (at_ms > k->last_ms) k->last_ms = at_ms;
}

static int64_t note_add(struct making *k, int64_t at_ms)
{
    static const char *const notes[] = {
        "Telefonat: will im nächsten Quartal entscheiden, Angebot bis Monatsende schicken.",
        "Auf der Messe am Stand gesprochen. Interesse an Fachbodenregalen, Budget noch offen.",
        "Hat das Whitepaper gelesen, fragt nach Referenzen aus dem Lebensmittelhandel.",
        "Termin vor Ort vereinbart. Ansprechpartner für die Technik kommt dazu.",
        "Nicht erreicht, Rückruf nächste Woche.",
        "Wechselt zum Jahresende den Anbieter. Wieder melden im Oktober.",
    };
    struct ctx *cx = k->m->cx;
    int64_t id = demo_id(at_ms, k->no, k->parts++);
    str ad = seal_ad(cx->a, "lead_note.body", cx->workspace_id, id);
    str text = str_of(notes[dice_below(&k->dice, COUNTOF(notes))]);
    SHEET_ADD(&k->b->a, &k->b->sheet[SHEET_NOTE], CELL_I64(cx->workspace_id), CELL_I64(k->id),
              CELL_I64(id), CELL_I64(at_ms), CELL_I64(demo_carer(k)),
              CELL_TEXT(seal(cx->a, &k->key, text, ad)));
    return id;
}

static str submitted_props(struct making *k)
{
    struct ctx *cx = k->m->cx;
    const struct demo_form_made *f = &k->m->form[k->life.form];
    struct value map = value_map(cx->a);
    value_set_text(map, "form", f->name);
    value_set_text(map, "form_id", f->id_text);
    value_set_int(map, "form_version", k->version);
    value_set_text(map, "source", str_of(k->way->label));
    if (k->campaign != NULL) {
        value_set_text(map, "campaign", k->campaign->name);
        value_set_text(map, "campaign_id", k->campaign->id_text);
    }
    return json_text(cx->a, map);
}

static str reason_props(arena *a, int n)
{
    return str_printf(a, "{\"reason\":\"%s\"}", unsubscribe_reasons[n % unsubscribe_reason_count]);
}

static void event_write(struct making *k, const struct life_event *e)
{
    int64_t object_id = 0;
    str props = S("{}");
    switch ((int)e->kind) {
    case TOUCH_FORM_SUBMITTED:
        object_id = k->submission_id;
        props = submitted_props(k);
        break;
    case TOUCH_DOI_REQUESTED:
    case TOUCH_EMAIL_VERIFIED:
    case TOUCH_REJECTED:
    case TOUCH_CONSENT_EXPIRED:
        object_id = k->confirmation_id;
        break;
    case TOUCH_CONSENT_CONFIRMED:
    case TOUCH_CONSENT_WITHDRAWN:
        object_id = k->consent_id[e->n];
        props = k->m->form[k->life.form].box[e->n].props;
        break;
    case TOUCH_REASON_GIVEN:
        props = reason_props(k->m->cx->a, e->n);
        break;
    case TOUCH_NOTE_ADDED:
        object_id = note_add(k, e->at_ms);
        demo_lead_deed(k, e->at_ms, "lead.note", S(""));
        break;
    case TOUCH_PHASE_CHANGED:
        object_id = demo_phase_write(k, e->at_ms, (enum lead_phase)e->n, &props);
        k->version_no++;
        if (e->at_ms > k->updated_ms) k->updated_ms = e->at_ms;
        break;
    case TOUCH_MAIL_FAILED:
        object_id = k->mail_id;
        props = S("{\"template\":\"mail/doi\",\"class\":\"doi\",\"why\":\"domain_no_mail\"}");
        break;
    case TOUCH_CREATED_BY_HAND:
        demo_lead_deed(k, e->at_ms, "lead.create", S(""));
        break;
    case TOUCH_ARCHIVED:
        demo_lead_deed(k, e->at_ms, "lead.archive", S(""));
        break;
    case TOUCH_TRASHED:
        demo_lead_deed(k, e->at_ms, "lead.trash", S(""));
        break;
    default:
        break;
    }
    touch(k, e->at_ms, e->kind, object_id, props);
}

/* What else happens, spread over the lead's life, at hours when people work. */
static void extras(struct making *k)
{
    static const char *const changed[] = {
        "{\"fields\":[\"phone\"]}", "{\"fields\":[\"job_title\"]}",
        "{\"fields\":[\"company_size\"]}", "{\"fields\":[\"department\",\"mobile\"]}"};
    static const char *const files[] = {"{\"name\":\"Lagerplanung.pdf\"}",
                                        "{\"name\":\"Checkliste Regalprüfung.pdf\"}",
                                        "{\"name\":\"Katalog Fachbodenregale.pdf\"}",
                                        "{\"name\":\"Referenzen Lebensmittel.pdf\"}",
                                        "{\"name\":\"Umrüsten im Betrieb.pdf\"}",
                                        "{\"name\":\"Preise Palettenregale.pdf\"}"};
    struct maker *m = k->m;
    struct dice dice = dice_of(m->options->seed, DICE_EXTRA, k->no);
    m->weight_done += k->life.weight;
    int64_t upto = (m->weight_done * m->extra_each) >> EXTRA_SHIFT;
    if (m->weight_done == m->weight_total) upto = m->extra_total;
    int64_t count = upto - m->extra_done, from_ms = k->life.created_ms + DAY_MS;
    if (count < 0) count = 0;
    m->extra_done += count;
    bool subscribed = k->life.answer == ANSWER_YES && k->life.ticked[0];
    for (int64_t i = 0; i < count; i++) {
        int64_t span = (k->life.end_ms - from_ms) / count;
        int64_t at_ms = from_ms + span * i + span / 1024 * dice_below(&dice, 1024);
        at_ms = at_ms / DAY_MS * DAY_MS + 6 * HOUR_MS + dice_below(&dice, (int64_t)11 * HOUR_MS);
        while (at_ms >= k->life.end_ms) at_ms -= DAY_MS;
        if (at_ms <= k->life.created_ms) at_ms = k->life.created_ms + 1 + i;
        int64_t roll = dice_below(&dice, 100);
        int64_t which = dice_below(&dice, COUNTOF(files));
        if (roll < (subscribed ? 80 : 60))
            touch(k, at_ms, TOUCH_DOWNLOADED, 0, str_of(files[which]));
        else
            touch(k, at_ms, TOUCH_FIELD_CHANGED, 0, str_of(changed[which % COUNTOF(changed)]));
    }
}

/* --- its row --- */

static enum permit_summary permit_of(const struct life *l)
{
    if (!l->ticked[0]) return MAY_NO;
    if (l->withdrawn_ms != 0) return MAY_WITHDRAWN;
    if (l->answer == ANSWER_YES) return MAY_YES;
    return l->answer == ANSWER_OPEN ? MAY_WAITING : MAY_NO;
}

static void lead_row(struct making *k, enum email_state email_state)
{
    struct ctx *cx = k->m->cx;
    const struct life *l = &k->life;
    enum permit_summary permit = permit_of(l);
    str name = lead_display_name(cx->a, k->text, k->email);
    bool by_hand = l->form == DEMO_BY_HAND;
    const struct bulk_cell head[] = {
        CELL_I64(cx->workspace_id),
        CELL_I64(k->id),
        CELL_I64(k->id),
        CELL_I64(l->state),
        CELL_I64(l->phase),
        CELL_TEXT(name),
        CELL_TEXT(sort_key(cx->a, name)),
        CELL_TEXT(k->email),
        CELL_I64(email_state),
        CELL_I64(permit),
        CELL_TEXT(permit == MAY_NO ? S("") : S("Newsletter")),
        CELL_TEXT(l->english ? S("en") : S("de")),
        CELL_TEXT(by_hand ? S("manual") : str_of(k->way->label)),
        CELL_TEXT(first_contact(k)),
        CELL_I64(l->created_ms),
        CELL_I64(k->updated_ms),
        CELL_I64(k->last_ms),
        CELL_I64(l->state == LEAD_TRASHED ? l->state_ms : 0),
        CELL_I64(k->version_no),
        CELL_I64(k->campaign != NULL ? k->campaign->id : 0),
        CELL_I64(k->colleague > 0 ? k->m->colleague[k->colleague].id : 0),
        CELL_I64(k->handling),
        CELL_I64(k->due_ms),
        CELL_I64(demo_is_overdue(k)),
    };
    struct bulk_cell row[COUNTOF(head) + SLOT__STANDARD];
    for (ptrdiff_t i = 0; i < COUNTOF(head); i++) row[i] = head[i];
    for (int i = 0; i < SLOT__STANDARD; i++) row[COUNTOF(head) + i] = CELL_MAYBE(k->text[i]);
    sheet_add(&k->b->a, &k->b->sheet[SHEET_LEAD], row);
}

/* One that ticked nothing, a good week ago. */
static void let_in(const struct making *k)
{
    struct maker *m = k->m;
    int64_t age_days = (m->options->now_ms - k->life.created_ms) / DAY_MS;
    if (k->life.form == DEMO_BY_HAND || k->life.ticked[0] || k->life.ticked[1] ||
        k->life.state != LEAD_ACTIVE || age_days > 12 || age_days < 5 || m->let_in.id != 0)
        return;
    m->let_in.id = k->submission_id;
    m->let_in.came_ms = k->life.created_ms;
    m->let_in.form = k->life.form;
}

bool demo_lead(struct maker *m, struct demo_batch *b, int64_t no)
{
    struct ctx *cx = m->cx;
    struct making *k = NEW(cx->a, struct making, 1);
    k->m = m;
    k->b = b;
    k->no = no;
    k->dice = dice_of(m->options->seed, DICE_LEAD, -1 - no);
    k->version_no = 1;
    life_of(m->season, m->options->seed, no, m->options->leads, &k->life);
    if (demo_no_mail(m, no))
        k->life.event[k->life.event_count++] =
            (struct life_event){k->life.created_ms + TOLD_AFTER_MS, TOUCH_MAIL_FAILED, 0};
    k->id = demo_id(k->life.created_ms, no, k->parts++);
    k->last_ms = k->updated_ms = k->life.created_ms;
    for (int i = 0; i < SLOT__COUNT; i++) k->text[i] = S("");
    ways_draw(k);
    if (k->life.form != DEMO_BY_HAND)
        k->campaign = demo_campaign_of(m, k->way->family, k->life.created_ms);
    bool counts = k->life.state == LEAD_ACTIVE || k->life.state == LEAD_ARCHIVED;
    if (k->campaign != NULL && counts) k->campaign->leads++;
    if (k->life.form != DEMO_BY_HAND)
        k->version = demo_version_at(&m->form[k->life.form], k->life.created_ms);
    demo_form_count(m, k->life.form, k->life.created_ms);
    demo_care_draw(k);
    person_fill(k);
    seal_key_new(&k->key);
    SHEET_ADD(&b->a, &b->sheet[SHEET_LEAD_KEY], CELL_I64(cx->workspace_id), CELL_I64(k->id),
              CELL_TEXT(seal_key_wrap(cx->a, cx->keys, &k->key,
                                      seal_ad(cx->a, "lead_key", cx->workspace_id, k->id))));
    if (k->life.form != DEMO_BY_HAND) demo_proof(k);
    if (!demo_mail_write(k)) return false;
    let_in(k);
    for (int i = 0; i < k->life.event_count; i++) event_write(k, &k->life.event[i]);
    extras(k);
    demo_care_write(k);
    demo_bell_write(k);
    bool verified = k->life.answer == ANSWER_YES;
    enum email_state state = verified ? EMAIL_VERIFIED : EMAIL_UNVERIFIED;
    lead_row(k, state);
    demo_late_add(k, state, verified ? k->life.answered_ms : 0);
    return true;
}

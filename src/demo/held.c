/* What is held back as suspect and waits for somebody's word, and what was decided lately.
 *
 * Each of them can be released: what was sent is kept as a browser sent it. */
#include "demo/maker.h"

#include "base/id.h"
#include "base/json.h"
#include "base/tz.h"
#include "spam/suspect.h"

static const int64_t HOUR_MS = 3600000, MINUTE_MS = 60000;

enum { ANSWERS = 6, FAST_MS = 240 };

#define BIT(suspicion) (1u << (suspicion))

static const struct held {
    int form; /* enum demo_form */
    int64_t minutes_ago;
    uint32_t reasons;
    const char *ip, *user_agent, *device, *browser, *os;
    int64_t fill_ms;
    const char *answer[ANSWERS][2];
} held[] = {
    {DEMO_WHITEPAPER,
     95,
     BIT(SUSPECT_HONEYPOT) | BIT(SUSPECT_STAMP_MISSING),
     "192.0.2.77",
     "python-requests/2.31.0",
     "",
     "",
     "",
     -1,
     {{"email", "seo-service@angebote.example"},
      {"last_name", "SEO Service"},
      {"company", "Erste Seite in 7 Tagen"}}},
    {DEMO_ADVICE,
     26 * 60,
     BIT(SUSPECT_NETWORK_OFTEN),
     "203.0.113.40",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/132.0",
     "desktop",
     "Firefox",
     "Windows",
     48000,
     {{"email", "d.lenz@lenz-getraenke.example"},
      {"first_name", "Dorothea"},
      {"last_name", "Lenz"},
      {"company", "Lenz Getränke GmbH"},
      {"phone", "069 90009 412"},
      {"message", "Wir sitzen gerade zu sechst in Ihrer Schulung und hätten gern alle die "
                  "Unterlagen, dazu ein Angebot für 600 Palettenplätze."}}},
    {DEMO_WHITEPAPER,
     31 * 60,
     BIT(SUSPECT_DOMAIN_THROWN),
     "198.51.100.23",
     "Mozilla/5.0 (Linux; Android 14; K) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/131.0.0.0 Mobile Safari/537.36",
     "phone",
     "Chrome",
     "Android",
     21000,
     {{"email", "k.weber@wegwerf-post.example"}, {"last_name", "Weber"}}},
    {DEMO_WEBINAR,
     52 * 60,
     BIT(SUSPECT_TOO_FAST) | BIT(SUSPECT_STAMP_REUSED),
     "192.0.2.140",
     "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "HeadlessChrome/119.0.0.0 Safari/537.36",
     "desktop",
     "Chrome",
     "Linux",
     FAST_MS,
     {{"email", "xpqrtz@uhren-sale.example"}, {"last_name", "xpqrtz"}, {"company", "xpqrtz"}}},
    {DEMO_NEWSLETTER,
     4 * 24 * 60 + 17,
     BIT(SUSPECT_DOMAIN_DENIED),
     "198.51.100.180",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/131.0.0.0 Safari/537.36",
     "desktop",
     "Chrome",
     "Windows",
     9000,
     {{"email", "gewinner@gewinnspiel-portal.example"}}},
    {DEMO_WHITEPAPER,
     5 * 24 * 60,
     BIT(SUSPECT_HONEYPOT),
     "203.0.113.9",
     "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
     "Chrome/109.0.0.0 Safari/537.36",
     "desktop",
     "Chrome",
     "Windows",
     2600,
     {{"email", "info@best-watches.example"},
      {"first_name", "Best"},
      {"last_name", "Watches"},
      {"company", "cheap watches, 80 % off"}}},
};

static struct value context_of(struct maker *m, const struct held *h)
{
    struct value map = value_map(m->cx->a);
    value_set_text(map, "page", m->form[h->form].page);
    value_set_text(map, "referrer", (str){0});
    value_set_text(map, "source", S("direct"));
    value_set_text(map, "device", str_of(h->device));
    value_set_text(map, "browser", str_of(h->browser));
    value_set_text(map, "os", str_of(h->os));
    value_set_text(map, "ip", str_of(h->ip));
    value_set_text(map, "user_agent", str_of(h->user_agent));
    value_set_text(map, "language", S("de"));
    value_set(map, "utm", value_map(m->cx->a));
    value_set_int(map, "fill_ms", h->fill_ms);
    return map;
}

/* As it came, and as the page shows it. */
static str body_of(struct maker *m, const struct held *h)
{
    arena *a = m->cx->a;
    const struct demo_form_made *f = &m->form[h->form];
    struct value map = value_map(a), sent = value_map(a), fields = value_map(a),
                 boxes = value_list(a), context = context_of(m, h), answers = value_map(a);
    for (int i = 0; i < ANSWERS && h->answer[i][0] != NULL; i++) {
        value_set_text(sent, h->answer[i][0], str_of(h->answer[i][1]));
        value_set_text(fields, h->answer[i][0], str_of(h->answer[i][1]));
    }
    bool newsletter = h->form == DEMO_NEWSLETTER;
    if (newsletter) value_set_text(sent, "consent.newsletter.email", S("yes"));
    for (int i = 0; i < f->boxes; i++) {
        struct value box = value_map(a);
        value_set_text(box, "purpose", f->box[i].purpose);
        value_set_text(box, "channel", str_of(channel_name(f->box[i].channel)));
        value_set_text(box, "wording", id_text(a, ID_WORDING, f->box[i].wording_id));
        value_set_text(box, "text", f->box[i].text);
        value_set_bool(box, "ticked", newsletter);
        value_push(boxes, box);
    }
    value_set(answers, "fields", fields);
    value_set(answers, "slots", value_map(a));
    value_set(answers, "labels", value_map(a));
    value_set(answers, "boxes", boxes);
    static const char *const told[] = {"page", "source", "device", "browser", "os", "language"};
    for (ptrdiff_t i = 0; i < COUNTOF(told); i++)
        value_set(answers, told[i], value_get(context, str_of(told[i])));
    value_set(map, "body", sent);
    value_set(map, "context", context);
    value_set(map, "answers", answers);
    return json_text(a, map);
}

static void held_write(struct maker *m, struct demo_batch *b, int no)
{
    const struct held *h = &held[no];
    const struct demo_form_made *f = &m->form[h->form];
    int64_t at_ms = m->options->now_ms - h->minutes_ago * MINUTE_MS;
    struct suspect s = {.id = demo_id(at_ms, 0, no),
                        .form_id = f->id,
                        .form_version_id = f->version[demo_version_at(f, at_ms) - 1].id,
                        .at_ms = at_ms,
                        .reasons = h->reasons,
                        .email = str_of(h->answer[0][1]),
                        .body = body_of(m, h)};
    demo_suspect_write(m, b, &s);
    demo_form_hold(m, h->form, at_ms);
}

void demo_suspect_write(struct maker *m, struct demo_batch *b, const struct suspect *s)
{
    struct suspect_sealed sealed;
    suspect_seal(m->cx, s, &sealed);
    SHEET_ADD(&b->a, &b->sheet[SHEET_SUSPECT], CELL_I64(m->cx->workspace_id), CELL_I64(s->id),
              CELL_I64(s->form_id), CELL_I64(s->form_version_id), CELL_I64(s->at_ms),
              CELL_I64(s->reasons), CELL_I64(sealed.email_n), CELL_TEXT(sealed.body),
              CELL_TEXT(sealed.body_key), CELL_I64(s->mail_id));
}

static void decided(struct maker *m, const char *action, int form, int64_t came_ms, int64_t id)
{
    struct demo_deed d = {.at_ms = season_works(m->season, came_ms + HOUR_MS),
                          .user_id = m->colleague[DEMO_MARKETING].id,
                          .object_id = id != 0 ? id : demo_id(came_ms, 0, 0),
                          .action = action,
                          .object = "submission",
                          .detail = str_printf(m->cx->a, "{\"form\":\"%.*s\",\"came_at\":\"%.*s\"}",
                                               STR_ARG(m->form[form].id_text),
                                               STR_ARG(rfc3339(m->cx->a, came_ms)))};
    demo_deed(m, &d);
}

/* Somebody looks through them every few days: spam goes, and who was held back by mistake comes in.
 */
void demo_held_write(struct maker *m, struct demo_batch *b)
{
    static const int64_t gone_hours[] = {7 * 24 + 5, 8 * 24 + 2, 8 * 24 + 3, 11 * 24 + 9};
    for (int i = 0; i < (int)COUNTOF(held); i++) held_write(m, b, i);
    for (int i = 0; i < (int)COUNTOF(gone_hours); i++)
        decided(m, "submission.delete", i % DEMO_FORM__COUNT,
                m->options->now_ms - gone_hours[i] * HOUR_MS, 0);
    if (m->let_in.id != 0)
        decided(m, "submission.release", m->let_in.form, m->let_in.came_ms, m->let_in.id);
}

/* Who did what: entries of the audit log, in the order of their times, chained as the log is.
 *
 * A log that has entries already is only gone on with: none is put before them.
 */
#include "demo/maker.h"

#include "access/access_types.h"
#include "audit/audit.h"
#include "base/id.h"
#include "keys/keys.h"

#include <stdlib.h>
#include <string.h>

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000, MINUTE_MS = 60000;

enum { DEED_DAYS = 30, SIGN_IN_DAYS = 14 };

void demo_deed(struct maker *m, const struct demo_deed *deed)
{
    if (m->deeds == DEMO_DEEDS || m->log_id != 0) return;
    struct demo_deed *d = &m->deed[m->deeds++];
    *d = *deed;
    if (d->detail.len > 0) d->detail = str_dup(m->whole, d->detail);
}

void demo_lead_deed(struct making *k, int64_t at_ms, const char *action, str detail)
{
    if (at_ms < k->m->options->now_ms - DEED_DAYS * DAY_MS) return;
    struct demo_deed d = {.at_ms = at_ms,
                          .user_id = demo_carer(k),
                          .object_id = k->id,
                          .lead_id = k->id,
                          .action = action,
                          .object = "lead",
                          .detail = detail,
                          .key = k->key};
    demo_deed(k->m, &d);
}

/* --- what was there before --- */

struct last {
    int workspace, id, hash;
    int64_t workspace_id;
    struct maker *m;
};

static bool last_of(void *arg, const struct bulk_cell *cells)
{
    struct last *l = arg;
    if (cells[l->workspace].i64 != l->workspace_id) return true;
    l->m->log_id = cells[l->id].i64;
    if (cells[l->hash].bytes.len == HASH_BYTES)
        memcpy(l->m->log_hash, cells[l->hash].bytes.ptr, HASH_BYTES);
    return true;
}

bool demo_log_find(struct maker *m, struct bulk *b, const struct bulk_schema *schema)
{
    const struct bulk_table *t = bulk_table_find(schema, S("audit"));
    if (t == NULL) return fail_detail(m->cx, ERR_INTERNAL, "error.internal", "no audit log");
    struct last l = {bulk_column_find(t, "workspace_id"), bulk_column_find(t, "id"),
                     bulk_column_find(t, "hash"), m->cx->workspace_id, m};
    return bulk_scan(m->cx, b, t, NULL, INT64_MAX, last_of, &l);
}

/* --- the firm's --- */

static void sign_ins(struct maker *m)
{
    for (int i = 0; i < DEMO_COLLEAGUES; i++) {
        const struct demo_colleague *c = &m->colleague[i];
        int64_t first_ms = c->seen_ms != 0 ? c->seen_ms : m->options->now_ms - 2 * HOUR_MS;
        struct dice dice = dice_of(m->options->seed, DICE_DEED, i);
        for (int day = c->seen_ms != 0 ? 0 : 1; day < SIGN_IN_DAYS; day++) {
            int64_t spread = day == 0 ? 0 : dice_below(&dice, 90) * MINUTE_MS;
            int64_t at_ms = first_ms - day * DAY_MS - spread;
            if (season_worked(m->season, at_ms) != at_ms) continue;
            struct demo_deed d = {.at_ms = at_ms,
                                  .user_id = c->id,
                                  .object_id = demo_id(at_ms, 0, i),
                                  .action = "session.begin",
                                  .object = "session"};
            demo_deed(m, &d);
        }
    }
}

static void forms_made(struct maker *m)
{
    int64_t who = m->colleague[DEMO_MARKETING].id;
    for (int i = 0; i < DEMO_FORM__COUNT; i++) {
        const struct demo_form_made *f = &m->form[i];
        str detail = str_printf(m->cx->a, "{\"name\":\"%.*s\",\"slug\":\"%.*s\"}", STR_ARG(f->name),
                                STR_ARG(f->slug));
        for (int v = 0; v < DEMO_VERSIONS; v++) {
            struct demo_deed d = {.at_ms = f->version[v].from_ms,
                                  .user_id = who,
                                  .object_id = f->id,
                                  .action = v == 0 ? "form.create" : "form.change",
                                  .object = "form",
                                  .detail = detail};
            demo_deed(m, &d);
            d.at_ms += v == 0 ? HOUR_MS : MINUTE_MS;
            if (v == 0) d.at_ms = f->version[v].from_ms + 1; /* it takes entries from then on */
            d.action = "form.publish";
            demo_deed(m, &d);
        }
    }
}

static void house_made(struct maker *m)
{
    static const char *const roles[] = {[DEMO_MARKETING] = "marketing",
                                        [DEMO_SALES] = "sales",
                                        "sales",
                                        "sales",
                                        [DEMO_ADMIN] = "administrator"};
    int64_t admin = m->colleague[DEMO_ADMIN].id, from_ms = m->season->from_ms - 5 * DAY_MS;
    for (int i = DEMO_COLLEAGUES - 1; i >= 0; i--) {
        bool first = i == DEMO_ADMIN;
        struct demo_deed d = {.at_ms = from_ms + (first ? 0 : (i + 1) * MINUTE_MS),
                              .user_id = first ? 0 : admin,
                              .object_id = m->colleague[i].id,
                              .action = "user.add",
                              .object = "user",
                              .actor = first ? ACTOR_OPERATOR : ACTOR_USER,
                              .detail =
                                  str_printf(m->cx->a, "{\"role\":\"%s\",\"new\":true}", roles[i])};
        demo_deed(m, &d);
    }
    struct demo_deed d = {.at_ms = m->season->from_ms,
                          .user_id = admin,
                          .object_id = m->cx->workspace_id,
                          .action = "settings.change",
                          .object = "workspace",
                          .detail = S("{\"settings\":[\"legal_name\",\"address_line\","
                                      "\"imprint_url\",\"privacy_url\",\"sender_name\","
                                      "\"sender_address\"]}")};
    demo_deed(m, &d);
    d.at_ms += 10 * MINUTE_MS;
    d.detail = S("{\"settings\":[\"brand_colour\",\"footer_text\",\"logo\"]}");
    demo_deed(m, &d);
    struct demo_deed out = {.at_ms = season_worked(m->season, m->options->now_ms - 6 * DAY_MS),
                            .user_id = m->colleague[DEMO_MARKETING].id,
                            .action = "lead.export",
                            .object = "lead",
                            .detail = S("{\"format\":\"csv\",\"rows\":214}")};
    demo_deed(m, &out);
}

void demo_house_deeds(struct maker *m)
{
    house_made(m);
    forms_made(m);
    sign_ins(m);
}

/* --- rows --- */

static int by_time(const void *left, const void *right)
{
    const struct demo_deed *a = left, *b = right;
    if (a->at_ms != b->at_ms) return a->at_ms > b->at_ms ? 1 : -1;
    return a->no - b->no;
}

static void deed_write(struct maker *m, struct demo_batch *b, const struct demo_deed *d)
{
    struct ctx *cx = m->cx;
    int64_t id = id_first(d->at_ms);
    struct audit_entry e = {.id = id > m->log_id ? id : m->log_id + 1,
                            .at_ms = d->at_ms,
                            .actor_kind = d->actor == ACTOR_NOBODY ? ACTOR_USER : d->actor,
                            .user_id = d->user_id,
                            .object_id = d->object_id,
                            .lead_id = d->lead_id,
                            .action = str_of(d->action),
                            .object_type = str_of(d->object)};
    str ad = seal_ad(cx->a, "audit.detail", cx->workspace_id, e.id);
    if (d->detail.len > 0)
        e.detail = d->lead_id != 0 ? seal(cx->a, &d->key, d->detail, ad)
                                   : secret_seal(cx->a, cx->keys, d->detail, ad);
    str prev = str_dup(cx->a, (str){m->log_hash, HASH_BYTES});
    uint8_t *hash = NEW(cx->a, uint8_t, HASH_BYTES);
    audit_entry_hash(&e, prev, hash);
    memcpy(m->log_hash, hash, HASH_BYTES);
    m->log_id = e.id;
    SHEET_ADD(&b->a, &b->sheet[SHEET_AUDIT], CELL_I64(cx->workspace_id), CELL_I64(e.id),
              CELL_I64(e.at_ms), CELL_I64(e.actor_kind), CELL_I64(e.user_id), CELL_TEXT(e.action),
              CELL_TEXT(e.object_type), CELL_I64(e.object_id), CELL_I64(e.lead_id),
              CELL_MAYBE(e.detail), CELL_TEXT(prev),
              CELL_TEXT(((str){(const char *)hash, HASH_BYTES})));
}

void demo_log_write(struct maker *m, struct demo_batch *b)
{
    struct demo_deed filled = {.at_ms = m->options->now_ms,
                               .object_id = m->cx->workspace_id,
                               .action = "workspace.demo",
                               .object = "workspace",
                               .actor = ACTOR_OPERATOR};
    for (int i = 0; i < m->deeds; i++) m->deed[i].no = i;
    qsort(m->deed, (size_t)m->deeds, sizeof *m->deed, by_time);
    for (int i = 0; i < m->deeds; i++)
        if (m->deed[i].at_ms <= m->options->now_ms) deed_write(m, b, &m->deed[i]);
    deed_write(m, b, &filled);
    crypto_wipe(m->deed, sizeof *m->deed * DEMO_DEEDS);
}

/* A lead's whole record: withdrawing, erasing, the trash's end, and what today counts. */
#include "base/buf.h"
#include "store_test.h"

#include "app.h"
#include "base/crypto.h"
#include "db/bulk.h"
#include "dossier/dossier.h"
#include "dossier/dossier_value.h"
#include "keys/keys.h"
#include "post/post.h"
#include "report/report.h"
#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t DAY_MS = 86400000;

static struct key_ring ring; /* read-only once made */

struct place {
    struct store s;
    struct app app; /* only says where the journal of erasures is */
    struct ctx *cx;
};

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    key_ring_new(&ring, STORE_NOW_MS);
    p->cx = &p->s.cx;
    p->cx->keys = &ring;
    p->app.config.data_dir = str_of(p->s.folder);
    p->cx->app = &p->app;
    p->cx->actor = (struct actor){.kind = ACTOR_USER, .user_id = 7, .permissions = ~UINT64_C(0)};
    *state = p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    store_close(&p->s);
    free(p);
    return 0;
}

/* --- a lead with something in every room --- */

struct full {
    const char *email;
    bool confirm;
    int64_t lead_id, submission_id, form_id, form_version_id;
    struct confirmation confirmation;
};

static bool submission_insert(struct tx *tx, const struct full *f)
{
    struct ctx *cx = tx_ctx(tx);
    str sql = str_printf(
        cx->a,
        "INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, "
        "created_ms, updated_ms) VALUES (%lld, %lld, 'f', 'Formular', 1, %lld, '{}', 0, 0) "
        "ON CONFLICT DO NOTHING;"
        "INSERT INTO form_version VALUES (%lld, %lld, %lld, 1, '{}', x'00', 0, 0) "
        "ON CONFLICT DO NOTHING;"
        "INSERT INTO submission (workspace_id, id, form_id, "
        "form_version_id, lead_id, at_ms, submission_state, answers) VALUES (%lld, %lld, %lld, "
        "%lld, %lld, %lld, 1, x'00');",
        (long long)cx->workspace_id, (long long)f->form_id, (long long)f->form_version_id,
        (long long)cx->workspace_id, (long long)f->form_version_id, (long long)f->form_id,
        (long long)cx->workspace_id, (long long)f->submission_id, (long long)f->form_id,
        (long long)f->form_version_id, (long long)f->lead_id, (long long)cx->now_ms);
    return sql_script(tx, store_sql(cx, str_cstr(cx->a, sql)));
}

static bool mail_insert(struct ctx *cx, struct tx *tx, const struct confirmation *c)
{
    struct permit permit = {0};
    struct post_prepared mail;
    struct mail_new new = {.id = ctx_new_id(cx),
                           .template_name = "mail/doi",
                           .from_name = S("Lindhorst"),
                           .from_address = S("info@lindhorst.example"),
                           .reply_to = S(""),
                           .to_name = S(""),
                           .subject = S("Bitte bestätigen"),
                           .text = S("Link"),
                           .html = S("<p>Link</p>"),
                           .message_id_host = S("lindhorst.example")};
    return permit_doi(cx, c, &permit) && post_prepare(cx, &permit, &new, &mail) &&
           post_enqueue(cx, tx, &mail);
}

static bool do_full(struct ctx *cx, struct tx *tx, void *arg)
{
    static const struct evidence evidence = {S_INIT("{\"page\":\"https://x.example/secret-page\"}"),
                                             S_INIT("{\"ip\":\"192.0.2.7\"}")};
    struct full *f = arg;
    struct lead_new in = {.email = str_of(f->email),
                          .lang = S("de"),
                          .source = S("direct"),
                          .first_contact = S("{}")};
    bool taken, done;
    int64_t wording_id, note_id;
    in.text[SLOT_LAST_NAME] = S("Brandt");
    f->submission_id = ctx_new_id(cx);
    f->form_id = 500;
    f->form_version_id = 501;
    if (!lead_create(cx, tx, &in, &f->lead_id, &taken) || !submission_insert(tx, f)) return false;
    f->confirmation = (struct confirmation){.id = ctx_new_id(cx),
                                            .lead_id = f->lead_id,
                                            .submission_id = f->submission_id,
                                            .form_id = f->form_id,
                                            .email = str_of(f->email),
                                            .state = CONFIRMATION_OPEN,
                                            .requested_ms = cx->now_ms,
                                            .expires_ms = cx->now_ms + 7 * DAY_MS};
    struct lead lead;
    str text[SLOT__COUNT] = {0};
    text[SLOT_LAST_NAME] = S("Brandt-Meier");
    return wording_ensure(cx, tx, S("newsletter"), CHANNEL_EMAIL, S("de"), S("Ja."), &wording_id) &&
           confirmation_open(cx, tx, &f->confirmation) && mail_insert(cx, tx, &f->confirmation) &&
           consent_request(cx, tx, f->lead_id, wording_id, f->confirmation.id, &evidence) &&
           (!f->confirm || confirmation_confirm(cx, tx, &f->confirmation, &evidence, &done)) &&
           lead_note_add(cx, tx, f->lead_id, S("ruft lieber vormittags an"), &note_id) &&
           lead_load(cx, tx, f->lead_id, &lead) &&
           lead_change(cx, tx, &lead, text, PHASE_MQL, lead.version);
}

static struct full full_lead(struct ctx *cx, const char *email, bool confirm)
{
    struct full f = {.email = email, .confirm = confirm};
    assert_true(db_write(cx, DB_INTERACTIVE, do_full, &f));
    return f;
}

/* --- one transaction around each call --- */

struct look {
    int64_t id;
    struct dossier dossier;
};

static bool do_look(struct ctx *cx, struct tx *tx, void *arg)
{
    struct look *l = arg;
    return dossier_load(cx, tx, l->id, 0, 0, &l->dossier);
}

static struct dossier look(struct ctx *cx, int64_t id)
{
    struct look l = {.id = id};
    assert_true(db_read(cx, do_look, &l));
    return l.dossier;
}

static bool do_erase(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_erase(cx, tx, *(int64_t *)arg);
}

static bool do_withdraw(struct ctx *cx, struct tx *tx, void *arg)
{
    return dossier_withdraw(cx, tx, arg);
}

static bool do_seal(struct ctx *cx, struct tx *tx, void *arg)
{
    return consent_seal(cx, tx, arg);
}

struct move {
    int64_t id;
    enum lead_state state;
};

static bool do_move(struct ctx *cx, struct tx *tx, void *arg)
{
    struct move *m = arg;
    return lead_set_state(cx, tx, m->id, m->state);
}

struct count {
    const char *sql;
    int64_t n;
};

static bool do_count(struct ctx *cx, struct tx *tx, void *arg)
{
    struct count *c = arg;
    struct buf line = buf_new(cx->a, 64);
    return sql_lines(tx, c->sql, &line) && str_to_i64(str_trim(buf_str(&line)), &c->n);
}

static int64_t count(struct ctx *cx, const char *sql)
{
    struct count c = {sql, -1};
    assert_true(db_read(cx, do_count, &c));
    return c.n;
}

static int64_t rows_of(struct ctx *cx, const char *table, const char *column, int64_t id)
{
    return count(cx, str_cstr(cx->a, str_printf(cx->a, "SELECT COUNT(*) FROM %s WHERE %s = %lld",
                                                table, column, (long long)id)));
}

/* --- erasing --- */

static const struct {
    const char *table, *column;
} leads_rows[] = {{"lead", "id"},
                  {"lead_key", "lead_id"},
                  {"identity", "lead_id"},
                  {"lead_word", "lead_id"},
                  {"touchpoint", "lead_id"},
                  {"lead_note", "lead_id"},
                  {"field_history", "lead_id"},
                  {"consent", "lead_id"},
                  {"confirmation", "lead_id"},
                  {"submission", "lead_id"},
                  {"mail", "lead_id"}};

static void erasing_leaves_no_row_of_a_lead_and_every_row_of_the_next(void **state)
{
    struct place *p = *state;
    struct full gone = full_lead(p->cx, "gone@x.example", true),
                stays = full_lead(p->cx, "stays@x.example", true);
    for (ptrdiff_t i = 0; i < COUNTOF(leads_rows); i++)
        if (rows_of(p->cx, leads_rows[i].table, leads_rows[i].column, gone.lead_id) == 0)
            fail_msg("nothing to erase in %s", leads_rows[i].table);
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_erase, &gone.lead_id));
    for (ptrdiff_t i = 0; i < COUNTOF(leads_rows); i++) {
        if (rows_of(p->cx, leads_rows[i].table, leads_rows[i].column, gone.lead_id) != 0)
            fail_msg("%s still has rows", leads_rows[i].table);
        if (rows_of(p->cx, leads_rows[i].table, leads_rows[i].column, stays.lead_id) == 0)
            fail_msg("%s lost the other's", leads_rows[i].table);
    }
    assert_int_equal(count(p->cx, "SELECT COUNT(*) FROM mail_attempt WHERE mail_id NOT IN "
                                  "(SELECT id FROM mail)"),
                     0);
    assert_int_equal(look(p->cx, stays.lead_id).consents.count, 1);
    struct look l = {.id = gone.lead_id};
    assert_false(db_read(p->cx, do_look, &l));
    assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
}

/* What stays, as ciphertext whose keys are gone. */
static bool stays(str table)
{
    return str_eq(table, S("consent_event")) || str_eq(table, S("audit"));
}

static bool names_leads(const struct bulk_table *t)
{
    for (int c = 0; c < t->column_count; c++)
        if (str_eq(t->column[c].name, S("lead_id"))) return !stays(t->name);
    return false;
}

/* A row of that lead; its other numbers are nobody's. */
static void row_add(struct place *p, const struct bulk_table *t, int64_t lead_id)
{
    struct buf sql = buf_new(p->cx->a, 8 << 10);
    buf_printf(&sql, "INSERT INTO %.*s VALUES (", STR_ARG(t->name));
    for (int c = 0; c < t->column_count; c++) {
        const struct bulk_column *column = &t->column[c];
        long long n = str_eq(column->name, S("workspace_id")) ? STORE_WORKSPACE
                      : str_eq(column->name, S("lead_id"))    ? (long long)lead_id
                      : str_eq(column->name, S("at_ms"))      ? (long long)STORE_NOW_MS
                                                              : 777000 + c;
        if (c > 0) buf_put(&sql, S(", "));
        if (column->type == BULK_I64) buf_printf(&sql, "%lld", n);
        if (column->type == BULK_TEXT) buf_printf(&sql, "'t%d'", c);
        if (column->type == BULK_BLOB) buf_printf(&sql, "CAST('b%d' AS BLOB)", c);
    }
    buf_put(&sql, S(")"));
    if (!store_script(&p->s, str_cstr(p->cx->a, buf_str(&sql))))
        fail_msg("%.*s", STR_ARG(buf_str(&sql)));
}

/* Whoever adds a table in which a lead's id stands, and forgets it here, is told. */
static void no_table_that_names_a_lead_is_forgotten(void **state)
{
    struct place *p = *state;
    struct full gone = full_lead(p->cx, "gone@x.example", true);
    struct bulk_schema schema;
    assert_true(bulk_schema_read(p->cx, &schema));
    for (int i = 0; i < schema.table_count; i++) {
        const struct bulk_table *t = &schema.table[i];
        const char *name = str_cstr(p->cx->a, t->name);
        if (names_leads(t) && rows_of(p->cx, name, "lead_id", gone.lead_id) == 0)
            row_add(p, t, gone.lead_id);
    }
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_erase, &gone.lead_id));
    for (int i = 0; i < schema.table_count; i++) {
        const char *name = str_cstr(p->cx->a, schema.table[i].name);
        if (names_leads(&schema.table[i]) && rows_of(p->cx, name, "lead_id", gone.lead_id) != 0)
            fail_msg("%s still names the lead", name);
    }
}

struct events {
    int64_t lead_id;
    struct consent_event_rows rows;
};

static bool do_events(struct ctx *cx, struct tx *tx, void *arg)
{
    struct events *e = arg;
    return consent_events(cx, tx, e->lead_id, &e->rows);
}

static void erased_evidence_does_not_open_any_more_and_the_chain_still_holds(void **state)
{
    struct place *p = *state;
    struct full f = full_lead(p->cx, "gone@x.example", true);
    int64_t sealed, blocks, events, bad;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_seal, &sealed));
    assert_int_equal(sealed, 2);
    struct events e = {.lead_id = f.lead_id};
    assert_true(db_read(p->cx, do_events, &e));
    assert_true(str_find(e.rows.row[0].facts, S("secret-page")) > 0);
    assert_true(str_find(e.rows.row[0].network, S("192.0.2.7")) > 0);

    assert_true(db_write(p->cx, DB_INTERACTIVE, do_erase, &f.lead_id));
    assert_true(db_read(p->cx, do_events, &e));
    assert_int_equal(e.rows.count, 2);
    for (ptrdiff_t i = 0; i < e.rows.count; i++) {
        assert_null(e.rows.row[i].facts.ptr);
        assert_null(e.rows.row[i].network.ptr);
    }
    assert_true(consent_chain_check(p->cx, &blocks, &events, &bad));
    assert_int_equal(events, 2);
    assert_int_equal(bad, 0);
}

static void erasing_from_another_workspace_finds_nobody(void **state)
{
    struct place *p = *state;
    struct full f = full_lead(p->cx, "a@x.example", true);
    p->cx->workspace_id = STORE_WORKSPACE + 1;
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_erase, &f.lead_id));
    assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
    err_clear(p->cx);
    struct withdrawal w = {.lead_id = f.lead_id, .channel = CHANNEL_EMAIL};
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_withdraw, &w));
    assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
    err_clear(p->cx);
    struct look l = {.id = f.lead_id};
    assert_false(db_read(p->cx, do_look, &l));
    err_clear(p->cx);
    struct events e = {.lead_id = f.lead_id};
    assert_true(db_read(p->cx, do_events, &e));
    assert_int_equal(e.rows.count, 0);
    p->cx->workspace_id = STORE_WORKSPACE;
    assert_int_equal(look(p->cx, f.lead_id).consents.row[0].state, CONSENT_CONFIRMED);
}

/* --- the trash --- */

static void the_trash_is_emptied_after_its_days_and_not_before(void **state)
{
    struct place *p = *state;
    assert_true(store_script(&p->s, "INSERT INTO workspace VALUES (1, 'A', '', 0, 0), "
                                    "(2, 'B', 'b.example', 0, 0)"));
    struct full old = full_lead(p->cx, "old@x.example", true),
                young = full_lead(p->cx, "young@x.example", true),
                back = full_lead(p->cx, "back@x.example", true),
                here = full_lead(p->cx, "here@x.example", true);
    p->cx->workspace_id = STORE_WORKSPACE + 1;
    struct full other = full_lead(p->cx, "old@x.example", true);
    struct move m = {other.lead_id, LEAD_TRASHED};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    p->cx->workspace_id = STORE_WORKSPACE;
    m.id = old.lead_id;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    m.id = back.lead_id;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    m.state = LEAD_ACTIVE;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    p->cx->now_ms += DAY_MS;
    m = (struct move){young.lead_id, LEAD_TRASHED};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));

    int64_t erased;
    p->cx->now_ms = STORE_NOW_MS + LEAD_TRASH_DAYS * DAY_MS - 1;
    assert_true(dossier_purge(p->cx, 100, &erased));
    assert_int_equal(erased, 0);
    p->cx->now_ms++;
    assert_true(dossier_purge(p->cx, 100, &erased));
    assert_int_equal(erased, 2); /* of both workspaces */
    assert_int_equal(p->cx->workspace_id, STORE_WORKSPACE);
    assert_int_equal(rows_of(p->cx, "lead", "id", old.lead_id), 0);
    assert_int_equal(rows_of(p->cx, "mail", "lead_id", other.lead_id), 0);
    assert_int_equal(rows_of(p->cx, "lead", "id", young.lead_id), 1);
    assert_int_equal(rows_of(p->cx, "lead", "id", back.lead_id), 1);
    assert_int_equal(rows_of(p->cx, "lead", "id", here.lead_id), 1);
}

/* --- withdrawing by hand --- */

static void a_withdrawal_by_hand_ends_the_consent_with_evidence_of_its_own(void **state)
{
    struct place *p = *state;
    struct full f = full_lead(p->cx, "a@x.example", true);
    struct withdrawal w = {.lead_id = f.lead_id,
                           .purpose = S("newsletter"),
                           .channel = CHANNEL_EMAIL,
                           .note = S("am Telefon")};
    assert_int_equal(look(p->cx, f.lead_id).lead.permit, MAY_YES);
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_withdraw, &w));
    struct dossier d = look(p->cx, f.lead_id);
    assert_int_equal(d.consents.row[0].state, CONSENT_WITHDRAWN);
    assert_int_equal(d.lead.permit, MAY_WITHDRAWN);
    const struct consent_event_row *last = &d.events.row[d.events.count - 1];
    assert_int_equal(last->kind, EVENT_WITHDRAWN);
    assert_true(str_find(last->facts, S("am Telefon")) > 0);
    w.purpose = S("unknown");
    assert_false(db_write(p->cx, DB_INTERACTIVE, do_withdraw, &w));
    assert_int_equal(p->cx->err.code, ERR_INVALID);
}

static void network_addresses_are_told_to_those_who_may_read_evidence(void **state)
{
    struct place *p = *state;
    struct full f = full_lead(p->cx, "a@x.example", true);
    struct dossier d = look(p->cx, f.lead_id);
    struct value all = consents_value(p->cx, &d.consents, &d.events);
    assert_true(str_eq(value_str(value_at(all, S("0.evidence.0.network.ip"))), S("192.0.2.7")));
    assert_true(value_is_null(value_at(all, S("0.evidence.0.block.no"))));
    p->cx->actor.permissions = 0;
    struct value some = consents_value(p->cx, &d.consents, &d.events);
    assert_true(value_is_null(value_at(some, S("0.evidence.0.network"))));
    assert_false(value_is_null(value_at(some, S("0.evidence.0.facts"))));
    assert_int_equal(value_count(value_at(some, S("0.evidence"))), 2);
}

static void the_history_is_told_by_days_with_the_notes_in_it(void **state)
{
    struct place *p = *state;
    struct full f = full_lead(p->cx, "a@x.example", true);
    struct move m = {f.lead_id, LEAD_ARCHIVED};
    p->cx->now_ms += 2 * DAY_MS;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    struct dossier d = look(p->cx, f.lead_id);
    struct value days = timeline_value(p->cx, &d);
    assert_int_equal(value_count(days), 2);
    assert_true(str_eq(value_str(value_at(days, S("0.items.0.kind"))), S("archived")));
    bool noted = false;
    for (ptrdiff_t i = 0; i < value_count(value_at(days, S("1.items"))); i++) {
        str path = str_printf(p->cx->a, "1.items.%td.detail", i);
        noted |= str_eq(value_str(value_at(days, path)), S("ruft lieber vormittags an"));
    }
    assert_true(noted);
    int64_t ms, id;
    str cursor = timeline_cursor(p->cx->a, &d.touchpoints.row[0]);
    assert_true(timeline_cursor_read(cursor, &ms, &id));
    assert_true(ms == d.touchpoints.row[0].at_ms && id == d.touchpoints.row[0].id);
    assert_false(timeline_cursor_read(S("AAAA"), &ms, &id));
}

/* --- today --- */

static bool do_today(struct ctx *cx, struct tx *tx, void *arg)
{
    static const struct report_place place = {.base_url = S_INIT("http://127.0.0.1:8080")};
    return report_today_load(cx, tx, &place, arg);
}

static void today_counts_todays_leads_and_a_weeks_confirmations(void **state)
{
    struct place *p = *state;
    struct report_today r;
    assert_true(store_script(&p->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                                    "(1, 'Zulauf', '', 0), (2, 'Zwei', 'zwei.example', 0)"));
    assert_true(db_read(p->cx, do_today, &r));
    assert_int_equal(r.new_leads + r.confirmations.requested + r.last.count, 0);
    assert_false(r.comparable || r.done[STEP_SUBMISSION] || r.done[STEP_NAME]);

    p->cx->now_ms = STORE_NOW_MS - 8 * DAY_MS; /* too long ago for the rate */
    full_lead(p->cx, "past@x.example", true);
    p->cx->now_ms = STORE_NOW_MS - 7 * DAY_MS + 1000; /* as far into its day as now, and later */
    full_lead(p->cx, "week@x.example", true);
    p->cx->now_ms = STORE_NOW_MS - 7 * DAY_MS - 1000;
    full_lead(p->cx, "before@x.example", true);
    p->cx->now_ms = STORE_NOW_MS;
    full_lead(p->cx, "a@x.example", true);
    struct full waiting = full_lead(p->cx, "b@x.example", false);
    assert_true(db_read(p->cx, do_today, &r));
    assert_int_equal(r.new_leads, 2);
    assert_int_equal(r.new_leads_before, 1);
    assert_true(r.comparable);
    assert_int_equal(r.confirmations.requested, 3);
    assert_int_equal(r.confirmations.confirmed, 2);
    assert_int_equal(r.confirmations.waiting, 1);
    assert_int_equal(r.confirmations.oldest_ms, STORE_NOW_MS);
    assert_int_equal(r.submissions, 2);
    assert_int_equal(r.last.count, 5);
    assert_int_equal(r.last.row[0].lead_id, waiting.lead_id);
    assert_true(r.done[STEP_FIRST_FORM] && r.done[STEP_SUBMISSION] && !r.done[STEP_RELAY]);

    p->cx->workspace_id = STORE_WORKSPACE + 1;
    assert_true(db_read(p->cx, do_today, &r));
    assert_int_equal(r.new_leads + r.new_leads_before + r.confirmations.requested +
                         r.confirmations.waiting + r.submissions + r.last.count + r.forms.count,
                     0);
    assert_true(r.done[STEP_NAME]);
    full_lead(p->cx, "first@x.example", true);
    assert_true(db_read(p->cx, do_today, &r));
    assert_int_equal(r.new_leads, 1);
    assert_false(r.comparable); /* a week ago there was nothing to be more than */
}

static struct report_today today(struct place *p)
{
    struct report_today r;
    assert_true(db_read(p->cx, do_today, &r));
    return r;
}

static void a_step_once_done_stays_done(void **state)
{
    struct place *p = *state;
    assert_true(store_script(&p->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                                    "(1, 'Zulauf', '', 0), (2, 'Zwei', 'zwei.example', 0)"));
    struct report_today r = today(p);
    assert_false(r.done[STEP_FIRST_FORM] || r.done[STEP_SUBMISSION] || r.trashed);
    struct full f = full_lead(p->cx, "a@x.example", true);
    assert_true(store_script(&p->s, "UPDATE form SET form_state = 2"));
    r = today(p);
    assert_true(r.done[STEP_FIRST_FORM] && r.done[STEP_SUBMISSION] && !r.trashed);
    struct move m = {f.lead_id, LEAD_TRASHED};
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_move, &m));
    r = today(p);
    assert_int_equal(r.last.count, 0);
    assert_true(r.done[STEP_SUBMISSION] && r.trashed);
    /* What lies beyond reach is not told. */
    uint64_t all = p->cx->actor.permissions;
    p->cx->actor.permissions = 0;
    assert_false(today(p).trashed);
    p->cx->actor.permissions = all;
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_erase, &f.lead_id));
    r = today(p);
    assert_true(r.done[STEP_SUBMISSION] && r.done[STEP_FIRST_FORM] && !r.trashed);
    p->cx->workspace_id = STORE_WORKSPACE + 1;
    r = today(p);
    assert_false(r.done[STEP_FIRST_FORM] || r.done[STEP_SUBMISSION]);
}

/* Nor does a try that is cleared away leave the step open. */
static bool do_test_delete(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return capture_test_delete(cx, tx);
}

static void a_try_that_is_cleared_away_was_one(void **state)
{
    struct place *p = *state;
    assert_true(store_script(&p->s, "INSERT INTO workspace (id, name, host, created_ms) VALUES "
                                    "(1, 'Zulauf', '', 0)"));
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_test_delete, NULL));
    assert_false(today(p).done[STEP_SUBMISSION]); /* nothing was there to be cleared away */
    full_lead(p->cx, "a@x.example", true);
    assert_true(store_script(&p->s, "UPDATE submission SET is_test = 1"));
    assert_true(db_write(p->cx, DB_INTERACTIVE, do_test_delete, NULL));
    struct report_today r = today(p);
    assert_int_equal(r.last.count, 0);
    assert_true(r.done[STEP_SUBMISSION] && !r.trashed);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_table_that_names_a_lead_is_forgotten),
        TEST(erasing_leaves_no_row_of_a_lead_and_every_row_of_the_next),
        TEST(erased_evidence_does_not_open_any_more_and_the_chain_still_holds),
        TEST(erasing_from_another_workspace_finds_nobody),
        TEST(the_trash_is_emptied_after_its_days_and_not_before),
        TEST(a_withdrawal_by_hand_ends_the_consent_with_evidence_of_its_own),
        TEST(network_addresses_are_told_to_those_who_may_read_evidence),
        TEST(the_history_is_told_by_days_with_the_notes_in_it),
        TEST(today_counts_todays_leads_and_a_weeks_confirmations),
        TEST(a_step_once_done_stays_done),
        TEST(a_try_that_is_cleared_away_was_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The archive of a workspace holds what no page shows any more. */
#include "store_test.h"

#include "app.h"
#include "audit/audit.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "dossier/dossier.h"
#include "file/lead_file.h"
#include "keys/keys.h"
#include "keys/lead_key.h"
#include "lead/lead.h"
#include "sql.h"
#include "takeout/takeout.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { SENT = DOSSIER_SUBMISSIONS + 3, FILES = 300, ROOM = 8 << 20, NOTES = 230 };

/* More than the whole memory of the export. */
enum { LARGE_SENT = 110, LARGE_BYTES = 200 << 10, SMALL_ARENA_BYTES = 20 << 20 };

/* One submission, sealed with its lead's key. */
static bool send_in(struct ctx *cx, struct tx *tx, int64_t lead_id, const struct seal_key *key,
                    int no, str plain)
{
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, no);
    str sealed = seal(cx->a, key, plain, ad);
    str sql =
        str_printf(cx->a,
                   "INSERT INTO submission (workspace_id, id, form_id, form_version_id, lead_id, "
                   "at_ms, submission_state, answers) VALUES (1, %d, 7, 8, %lld, 0, 0, x'%.*s')",
                   no, (long long)lead_id,
                   STR_ARG(hex_encode(cx->a, (const uint8_t *)sealed.ptr, sealed.len)));
    return sql_script(tx, store_sql(cx, str_cstr(cx->a, sql)));
}

/* A lead with more submissions and notes than its page shows, each sealed with its key. */
static bool lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_new in = {.email = S("oft@firma.example"),
                          .lang = S("de"),
                          .source = S("x"),
                          .first_contact = S("{}")};
    struct seal_key key;
    int64_t id;
    bool known;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    if (!lead_create(cx, tx, &in, &id, &known) || !lead_key_load(cx, tx, id, &key, &known))
        return false;
    for (int i = 1; i <= SENT; i++)
        if (!send_in(cx, tx, id, &key, i,
                     str_printf(cx->a, "{\"fields\":{\"message\":\"Frage %d.\"}}", i)))
            return false;
    for (int i = 0; i < NOTES; i++) {
        int64_t note;
        if (!lead_note_add(cx, tx, id, str_printf(cx->a, "Notiz %d.", i), &note)) return false;
    }
    if (!audit_write(cx, tx, "form.publish", "form", 7, 0, value_null())) return false;
    *(int64_t *)arg = id;
    return true;
}

struct gift {
    int64_t lead_id;
    struct lead_file_taken file;
};

static bool give_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct gift *g = arg;
    struct seal_key key;
    bool found;
    return lead_key_load(cx, tx, g->lead_id, &key, &found) &&
           lead_file_give(cx, tx, &g->file, g->lead_id, &key, 1);
}

/* As many as a directory of names once had room for, and more, each with the longest name. */
static void files_give(struct ctx *cx, int64_t lead_id)
{
    for (int i = 0; i < FILES; i++) {
        arena start = *cx->a;
        struct gift g = {.lead_id = lead_id};
        struct lead_file_new file = {S("free_x"),
                                     str_printf(cx->a, "%0*d.txt", LEAD_FILE_NAME_MAX - 4, i),
                                     S("text/plain"), str_printf(cx->a, "Inhalt %d.", i)};
        assert_true(lead_file_take(cx, &file, &g.file));
        assert_true(db_write(cx, DB_INTERACTIVE, give_write, &g));
        *cx->a = start;
    }
}

static bool keep(void *to, str bytes)
{
    buf_put(to, bytes);
    return true;
}

/* A database with a workspace, a form, and what a context wants. */
static void begin(struct store *s, struct app *app, struct key_ring *ring)
{
    assert_true(crypto_init());
    store_open(s);
    key_ring_new(ring, STORE_NOW_MS);
    *app = (struct app){.db = s->cx.db,
                        .config.db_url = s->url[0] != 0 ? str_of(s->url) : store_path(s)};
    s->cx.app = app;
    s->cx.keys = ring;
    assert_true(store_script(
        s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"
           "INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, "
           "created_ms, "
           "updated_ms) VALUES (1, 7, 'f', 'F', 1, 8, '{}', 0, 0);"
           "INSERT INTO form_version (workspace_id, id, form_id, version_no, definition, sha256, "
           "user_id, published_ms) VALUES (1, 8, 7, 1, '{}', x'00', 0, 0);"));
}

/* The line of the only lead. */
static struct value dossier_of(struct ctx *cx, str archive)
{
    ptrdiff_t from = str_find(archive, S("{\"lead\":\"ld_"));
    assert_true(from >= 0);
    str line = str_slice(archive, from, archive.len);
    line = str_slice(line, 0, str_find_char(line, '\n'));
    struct value tree;
    struct json_err err;
    if (!json_parse(cx->a, line, &tree, &err)) fail_msg("column %d: %s", err.column, err.what);
    return tree;
}

static void all_that_a_lead_sent_can_be_read(void **state)
{
    static struct key_ring ring;
    static struct app app;
    struct store s;
    (void)state;
    begin(&s, &app, &ring);
    int64_t lead_id;
    assert_true(db_write(&s.cx, DB_INTERACTIVE, lead_write, &lead_id));
    files_give(&s.cx, lead_id);
    /* Room from the start: what is read meanwhile lies behind it. */
    struct buf archive = {
        .a = s.cx.a, .ptr = NEW(s.cx.a, char, ROOM + 1), .cap = ROOM + 1, .max_bytes = ROOM};
    if (!takeout_run(&s.cx, keep, &archive))
        fail_msg("%s %.*s", s.cx.err.key, STR_ARG(s.cx.err.detail));
    assert_false(archive.full);
    for (int i = 1; i <= SENT; i++)
        if (str_find(buf_str(&archive), str_printf(s.cx.a, "Frage %d.", i)) < 0)
            fail_msg("the %dth is missing", i);
    for (int i = 0; i < FILES; i++)
        if (str_find(buf_str(&archive), str_printf(s.cx.a, "Inhalt %d.", i)) < 0)
            fail_msg("the %dth file is missing", i);
    /* Each list once and whole, newest first, as the API tells it. */
    struct value line = dossier_of(&s.cx, buf_str(&archive));
    assert_int_equal(value_count(value_get(line, S("submissions"))), SENT);
    assert_int_equal(value_count(value_get(line, S("notes"))), NOTES);
    assert_true(value_count(value_get(line, S("timeline"))) >= NOTES);
    assert_true(value_get(line, S("changes")).type == VALUE_LIST);
    assert_true(value_get(line, S("evidence")).type == VALUE_LIST);
    str last = value_str(value_at(line, S("submissions.0.answers.fields.message")));
    assert_true(str_eq(last, str_printf(s.cx.a, "Frage %d.", SENT)));
    str at = value_str(value_at(line, S("notes.0.at")));
    assert_true(str_eq(at, S("2025-06-15T15:06:40.000Z")));
    /* So does the log, and tables tell their times. */
    static const str told[] = {
        S_INIT("\"at\":\"2025-06-15T15:06:40.000Z\",\"actor\""),
        S_INIT("\"object_type\":\"form\",\"object\":\"fm_0000000000007\""),
        S_INIT("\"created_at\":\"2025-06-15T15:06:40.000Z\""),
    };
    for (ptrdiff_t i = 0; i < COUNTOF(told); i++)
        if (str_find(buf_str(&archive), told[i]) < 0) fail_msg("not there: %.*s", STR_ARG(told[i]));
    if (str_find(buf_str(&archive), S("_ms\":")) >= 0) fail_msg("milliseconds are there");
    /* Whoever stops the server waits for no archive. */
    atomic_store(&app.draining, true);
    assert_false(takeout_run(&s.cx, keep, &archive));
    assert_int_equal(s.cx.err.code, ERR_UNAVAILABLE);
    store_close(&s);
}

/* --- a lead that is larger than memory --- */

struct large {
    int64_t lead_id;
    int from;
};

static bool large_create(struct ctx *cx, struct tx *tx, void *arg)
{
    struct large *l = arg;
    struct lead_new in = {.email = S("viel@firma.example"),
                          .lang = S("de"),
                          .source = S("x"),
                          .first_contact = S("{}")};
    bool known;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    return lead_create(cx, tx, &in, &l->lead_id, &known);
}

static bool large_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct large *l = arg;
    struct seal_key key;
    bool found;
    if (!lead_key_load(cx, tx, l->lead_id, &key, &found)) return false;
    char *text = NEW(cx->a, char, LARGE_BYTES);
    for (int i = 0; i < LARGE_BYTES; i++) text[i] = 'x';
    str plain = str_printf(cx->a, "{\"fields\":{\"message\":\"Frage %d. %.*s\"}}", l->from,
                           (int)LARGE_BYTES, text);
    return send_in(cx, tx, l->lead_id, &key, l->from, plain);
}

/* Which submissions have gone by, and the depth of the JSON that did. */
struct passing {
    bool seen[LARGE_SENT + 1];
    int64_t bytes;
};

static bool look(void *to, str bytes)
{
    struct passing *p = to;
    static const str mark = S_INIT("\"message\":\"Frage ");
    p->bytes += bytes.len;
    ptrdiff_t at = str_find(bytes, mark);
    if (at < 0) return true;
    int no = 0;
    for (at += mark.len; bytes.ptr[at] >= '0' && bytes.ptr[at] <= '9'; at++)
        no = 10 * no + (bytes.ptr[at] - '0');
    assert_in_range(no, 1, LARGE_SENT);
    assert_false(p->seen[no]);
    p->seen[no] = true;
    return true;
}

static void a_lead_may_be_larger_than_memory(void **state)
{
    static struct key_ring ring;
    static struct app app;
    static struct passing passing;
    struct store s;
    struct large l;
    struct arena_block block;
    (void)state;
    begin(&s, &app, &ring);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, large_create, &l));
    for (l.from = 1; l.from <= LARGE_SENT; l.from++) {
        arena start = *s.cx.a;
        if (!db_write(&s.cx, DB_INTERACTIVE, large_write, &l))
            fail_msg("%s %.*s", s.cx.err.key, STR_ARG(s.cx.err.detail));
        *s.cx.a = start;
    }
    assert_true(arena_block_open(&block, SMALL_ARENA_BYTES));
    arena small = arena_over(&block);
    s.cx.a = &small;
    if (!takeout_run(&s.cx, look, &passing))
        fail_msg("%s %.*s", s.cx.err.key, STR_ARG(s.cx.err.detail));
    for (int i = 1; i <= LARGE_SENT; i++)
        if (!passing.seen[i]) fail_msg("the %dth is missing", i);
    assert_true(passing.bytes > (int64_t)LARGE_SENT * LARGE_BYTES);
    s.cx.a = &s.a;
    arena_block_close(&block);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lead_may_be_larger_than_memory),
        cmocka_unit_test(all_that_a_lead_sent_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

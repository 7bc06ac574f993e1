/* The archive of a workspace holds what no page shows any more. */
#include "store_test.h"

#include "app.h"
#include "base/buf.h"
#include "base/crypto.h"
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

enum { SENT = DOSSIER_SUBMISSIONS + 3, FILES = 300, ROOM = 8 << 20 };

/* A lead with more submissions than its page shows, each sealed with its key. */
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
    for (int i = 1; i <= SENT; i++) {
        str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, i);
        str plain = str_printf(cx->a, "{\"fields\":{\"message\":\"Frage %d.\"}}", i);
        str sealed = seal(cx->a, &key, plain, ad);
        const char *sql = str_cstr(
            cx->a,
            str_printf(
                cx->a,
                "INSERT INTO submission (workspace_id, id, form_id, form_version_id, lead_id, "
                "at_ms, submission_state, answers) VALUES (1, %d, 7, 8, %lld, 0, 0, x'%.*s')",
                i, (long long)id,
                STR_ARG(hex_encode(cx->a, (const uint8_t *)sealed.ptr, sealed.len))));
        if (!sql_script(tx, store_sql(cx, sql))) return false;
    }
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

static void all_that_a_lead_sent_can_be_read(void **state)
{
    static struct key_ring ring;
    static struct app app;
    struct store s;
    (void)state;
    assert_true(crypto_init());
    store_open(&s);
    key_ring_new(&ring, STORE_NOW_MS);
    app = (struct app){.db = s.cx.db,
                       .config.db_url = s.url[0] != 0 ? str_of(s.url) : store_path(&s)};
    s.cx.app = &app;
    s.cx.keys = &ring;
    assert_true(store_script(
        &s, "INSERT INTO workspace (id, name, host, created_ms) VALUES (1, 'W', '', 0);"
            "INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, "
            "created_ms, "
            "updated_ms) VALUES (1, 7, 'f', 'F', 1, 8, '{}', 0, 0);"
            "INSERT INTO form_version (workspace_id, id, form_id, version_no, definition, sha256, "
            "user_id, published_ms) VALUES (1, 8, 7, 1, '{}', x'00', 0, 0);"));
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
    /* Whoever stops the server waits for no archive. */
    atomic_store(&app.draining, true);
    assert_false(takeout_run(&s.cx, keep, &archive));
    assert_int_equal(s.cx.err.code, ERR_UNAVAILABLE);
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_a_lead_sent_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Files that come with a form: a network's share of the day, and what goes when nobody confirms. */
#include "store/capture_case.h"

#include "app.h"
#include "base/buf.h"
#include "jobs/jobs.h"
#include "setting/setting.h"
#include "spam/spam_memory.h"

#include <cmocka.h>
#include <string.h>

static const struct job JOB = {.attempt = 1, .payload = S_INIT("")};
static const char WITH_FILE[] = "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
                                "\"required\":true},{\"key\":\"free_cv\","
                                "\"type\":\"file\",\"label\":\"CV\",\"accept\":\"document\"}]}";

enum { FILE_BYTES = 100 << 10 };

struct place {
    struct scene sc;
    struct app app;
    struct form_live form;
    char file[FILE_BYTES];
};

static bool one_mb_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return setting_save(cx, tx, SETTING_FILES_DAY_MB, S("1"));
}

static void place_open(struct place *p)
{
    scene_open(&p->sc);
    struct publish publish = {"files", WITH_FILE, &p->form};
    assert_true(db_write(&p->sc.s.cx, DB_INTERACTIVE, publish_write, &publish));
    memset(p->file, 7, sizeof p->file);
    memcpy(p->file, "%PDF-1.7\n", 9);
    p->app = (struct app){.spam = spam_memory_new(&p->sc.s.schema_arena)};
    p->sc.s.cx.app = &p->app;
}

/* The lead's id; 0 where the file is refused. */
static int64_t send(struct place *p, const char *email, const char *network, bool trusted)
{
    struct ctx *cx = &p->sc.s.cx;
    struct value body = value_map(cx->a), file = value_map(cx->a);
    struct origin origin = {.network = network == NULL ? (str){0} : str_of(network),
                            .signals = {.trusted = trusted, .stamp = STAMP_GOOD, .fill_ms = 9000},
                            .domains_allowed = S(""),
                            .domains_denied = S("")};
    struct submission_new in = {.form = &p->form,
                                .body = body,
                                .context = {.source = S("direct"), .utm = value_map(cx->a)},
                                .sender = &p->sc.sender,
                                .origin = &origin};
    struct submission_done done = {0};
    value_set_text(body, "email", str_of(email));
    value_set_text(file, "filename", S("cv.pdf"));
    value_set_text(file, "bytes", ((str){p->file, sizeof p->file}));
    value_set(body, "free_cv", file);
    err_clear(cx);
    cx->now_ms += MINUTE_MS;
    if (capture_submit(cx, &in, &done)) return done.lead_id;
    assert_int_equal(cx->err.code, ERR_INVALID);
    assert_string_equal(cx->err.field[0].key, "error.files_full");
    return 0;
}

static void a_network_takes_a_part_of_the_day_and_not_all(void **state)
{
    (void)state;
    static struct place p;
    static const struct {
        const char *network;
        bool trusted, taken;
    } cases[] = {{"203.0.113.0/24", false, true}, /* two units of 64 KB of four */
                 {"203.0.113.0/24", false, true},
                 {"203.0.113.0/24", false, false},
                 {"203.0.114.0/24", false, true},
                 {"203.0.113.0/24", true, true},
                 {NULL, false, true},
                 {NULL, false, true},
                 {NULL, false, true},
                 {NULL, false, true}};
    place_open(&p);
    assert_true(db_write(&p.sc.s.cx, DB_INTERACTIVE, one_mb_write, NULL));
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        char email[40];
        snprintf(email, sizeof email, "a%d@x.example", (int)i);
        if ((send(&p, email, cases[i].network, cases[i].trusted) != 0) != cases[i].taken)
            fail_msg("case %d", (int)i);
    }
    store_close(&p.sc.s);
}

/* Sent by somebody who fills in what people do not see; `held`: a file that he says is there. */
static int64_t hold(struct place *p, const char *email, str held)
{
    struct ctx *cx = &p->sc.s.cx;
    struct value body = value_map(cx->a), file = value_map(cx->a), fields = value_map(cx->a);
    struct origin origin = {.signals = {.honeypot = true, .stamp = STAMP_GOOD, .fill_ms = 9000},
                            .domains_allowed = S(""),
                            .domains_denied = S("")};
    struct submission_new in = {.form = &p->form,
                                .body = body,
                                .context = {.source = S("direct"), .utm = value_map(cx->a)},
                                .sender = &p->sc.sender,
                                .origin = &origin};
    struct submission_done done = {0};
    value_set_text(fields, "email", str_of(email));
    value_set_text(file, "filename", S("cv.pdf"));
    if (held.len > 0) {
        value_set_text(file, "held", held);
        value_set_text(file, "key", S("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    } else {
        value_set_text(file, "bytes", ((str){p->file, sizeof p->file}));
    }
    value_set(fields, "free_cv", file);
    value_set(body, "fields", fields);
    if (!capture_submit(cx, &in, &done)) fail_msg("%s", cx->err.key);
    assert_int_equal(done.lead_id, 0);
    return done.id;
}

static bool files_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx, "SELECT id, lead_id FROM lead_file ORDER BY id", arg);
}

static str files(struct place *p)
{
    struct buf b = buf_new(p->sc.s.cx.a, 4096);
    assert_true(db_read(&p->sc.s.cx, files_read, &b));
    return str_trim(buf_str(&b));
}

static void nobody_lays_hand_on_a_file_that_waits_for_somebody_else(void **state)
{
    (void)state;
    static struct place p;
    struct submission_done out;
    place_open(&p);
    struct ctx *cx = &p.sc.s.cx;
    int64_t his = hold(&p, "a@x.example", S("")), file_id;
    str before = files(&p), rest;
    assert_true(str_to_i64(str_cut(before, ' ', &rest), &file_id));
    assert_str("nobody's yet", rest, S("0"));
    int64_t thief = hold(&p, "b@x.example", id_text(cx->a, ID_LEAD_FILE, file_id));
    if (!capture_release(cx, thief, S("https://zulauf.example"), &out)) fail_msg("%s", cx->err.key);
    assert_str("left alone", files(&p), before);
    if (!capture_release(cx, his, S("https://zulauf.example"), &out)) fail_msg("%s", cx->err.key);
    assert_str("his", files(&p),
               str_printf(cx->a, "%lld %lld", (long long)file_id, (long long)out.lead_id));
    store_close(&p.sc.s);
}

static bool left_read(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)cx;
    return sql_lines(tx, "SELECT lead_id FROM lead_file ORDER BY id", arg);
}

static void what_nobody_confirms_goes_after_seven_days(void **state)
{
    (void)state;
    static struct place p;
    place_open(&p);
    struct ctx *cx = &p.sc.s.cx;
    int64_t confirmed = send(&p, "a@x.example", NULL, false),
            open = send(&p, "b@x.example", NULL, false),
            over = send(&p, "c@x.example", NULL, false);
    assert_int_equal(click(&p.sc, confirmed), LINK_DONE);
    char text[200];
    snprintf(text, sizeof text,
             "UPDATE confirmation SET confirmation_state = 2 WHERE lead_id = %lld",
             (long long)over);
    assert_true(store_script(&p.sc.s, text));
    static const struct {
        int days;
        bool gone;
    } cases[] = {{6, false}, {8, true}};
    int64_t then = cx->now_ms;
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        cx->now_ms = then + cases[i].days * (int64_t)DAY_MS;
        if (!capture_file_sweep_run(cx, &JOB)) fail_msg("%s", cx->err.key);
        struct buf b = buf_new(cx->a, 4096);
        assert_true(db_read(cx, left_read, &b));
        str all = str_printf(cx->a, "%lld\n%lld\n%lld", (long long)confirmed, (long long)open,
                             (long long)over),
            some = str_printf(cx->a, "%lld\n%lld", (long long)confirmed, (long long)open);
        assert_str("left", str_trim(buf_str(&b)), cases[i].gone ? some : all);
    }
    store_close(&p.sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_takes_a_part_of_the_day_and_not_all),
        cmocka_unit_test(nobody_lays_hand_on_a_file_that_waits_for_somebody_else),
        cmocka_unit_test(what_nobody_confirms_goes_after_seven_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* From the link in an advertising mail to the gate that says no. */
#include "store_test.h"

#include "base/json.h"
#include "consent/consent.h"
#include "consent/unsubscribe.h"
#include "consent/unsubscribe_http.h"
#include "keys/keys.h"
#include "keys/token.h"
#include "lead/lead.h"
#include "post/post.h"
#include "sql.h"
#include "web/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NEWS, EVENTS, PURPOSES };

struct place {
    struct store s;
    struct key_ring ring;
    struct ctx *cx;
    int64_t lead_id, purpose_id[PURPOSES];
};

/* --- somebody with two confirmed purposes --- */

static bool confirm_both(struct ctx *cx, struct tx *tx, void *arg)
{
    static const struct evidence nothing = {S_INIT("{}"), S_INIT("{}")};
    struct place *p = arg;
    struct confirmation c = {.id = ctx_new_id(cx),
                             .lead_id = p->lead_id,
                             .submission_id = ctx_new_id(cx),
                             .form_id = 1,
                             .email = S("anna.berg@example.org"),
                             .requested_ms = cx->now_ms,
                             .expires_ms = cx->now_ms + 1000};
    static const str slug[PURPOSES] = {S_INIT("newsletter"), S_INIT("events")};
    bool done;
    if (!confirmation_open(cx, tx, &c)) return false;
    for (int i = 0; i < PURPOSES; i++) {
        int64_t wording_id;
        struct wording w;
        if (!wording_ensure(cx, tx, slug[i], CHANNEL_EMAIL, S("en"), S("Yes, send it."),
                            &wording_id) ||
            !consent_request(cx, tx, c.lead_id, wording_id, c.id, &nothing) ||
            !wording_load(cx, tx, wording_id, &w))
            return false;
        p->purpose_id[i] = w.purpose_id;
    }
    return confirmation_confirm(cx, tx, &c, &nothing, &done) && done;
}

static bool add_lead(struct ctx *cx, struct tx *tx, void *arg)
{
    struct place *p = arg;
    struct lead_new in = {.email = S("anna.berg@example.org"),
                          .lang = S("en"),
                          .source = S("Direct"),
                          .first_contact = S("{}")};
    bool taken;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    return lead_create(cx, tx, &in, &p->lead_id, &taken) && confirm_both(cx, tx, p);
}

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    key_ring_new(&p->ring, STORE_NOW_MS);
    p->cx = &p->s.cx;
    p->cx->keys = &p->ring;
    assert_true(db_write(p->cx, DB_INTERACTIVE, add_lead, p));
    p->cx->now_ms += 1000;
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

/* --- looking --- */

struct gate {
    const struct place *p;
    int purpose;
    struct permit permit;
};

static bool ask_gate(struct ctx *cx, struct tx *tx, void *arg)
{
    struct gate *g = arg;
    struct lead lead;
    return lead_load(cx, tx, g->p->lead_id, &lead) &&
           permit_advertising(cx, tx, &lead, g->p->purpose_id[g->purpose], &g->permit);
}

static bool allowed(struct place *p, int purpose, struct permit *permit)
{
    struct gate g = {.p = p, .purpose = purpose};
    bool ok = db_read(p->cx, ask_gate, &g);
    assert_true(ok || p->cx->err.code == ERR_FORBIDDEN);
    err_clear(p->cx);
    if (permit != NULL) *permit = g.permit;
    return ok;
}

struct asked {
    const struct permit *permit;
    bool holds;
};

static bool ask_again(struct ctx *cx, struct tx *tx, void *arg)
{
    struct asked *a = arg;
    return permit_still_holds(cx, tx, a->permit, &a->holds);
}

struct history {
    int64_t lead_id;
    struct consent_event_rows events;
    struct touchpoints touchpoints;
};

static bool read_history(struct ctx *cx, struct tx *tx, void *arg)
{
    struct history *h = arg;
    return consent_events(cx, tx, h->lead_id, &h->events) &&
           touchpoint_list(cx, tx, h->lead_id, 0, 0, 100, &h->touchpoints);
}

static struct history history_of(struct place *p)
{
    struct history h = {.lead_id = p->lead_id};
    assert_true(db_read(p->cx, read_history, &h));
    return h;
}

static int withdrawals(struct place *p)
{
    struct history h = history_of(p);
    int n = 0;
    for (ptrdiff_t i = 0; i < h.events.count; i++) n += h.events.row[i].kind == EVENT_WITHDRAWN;
    return n;
}

/* --- asking, as the edge does --- */

static str token_of(struct place *p, int64_t purpose_id)
{
    str base = S("https://news.example.org");
    str url = unsubscribe_url(p->cx, base, p->lead_id, purpose_id);
    return str_slice(url, base.len + 3, url.len);
}

static struct web_reply ask(struct place *p, const char *method, const char *pattern, str token,
                            struct value body)
{
    struct web_request rq = {.face = FACE_PUBLIC,
                             .param = {token},
                             .body = body,
                             .ip = S("192.0.2.7"),
                             .user_agent = S("Thunderbird")};
    struct web_reply rp = {0};
    for (ptrdiff_t i = 0; i < unsubscribe_route_count; i++) {
        const struct route *r = &unsubscribe_routes[i];
        if (strcmp(r->method, method) != 0 || strcmp(r->pattern, pattern) != 0) continue;
        assert_true(r->handler(p->cx, &rq, &rp));
        return rp;
    }
    fail_msg("no route %s %s", method, pattern);
    return rp;
}

static struct value fields(struct place *p, const char *name, const char *text)
{
    struct value body = value_map(&p->s.a);
    if (name != NULL) value_set_text(body, name, str_of(text));
    return body;
}

static struct web_reply one_click(struct place *p, str token)
{
    return ask(p, "POST", "/u/{token}", token, fields(p, "List-Unsubscribe", "One-Click"));
}

static struct web_reply press(struct place *p, const char *pattern, str token)
{
    return ask(p, "POST", pattern, token, fields(p, NULL, NULL));
}

static bool data_is(const struct web_reply *rp, const char *path, const char *text)
{
    return str_eq(value_str(value_at(rp->data, str_of(path))), str_of(text));
}

static bool page_is_done(const struct web_reply *rp)
{
    return rp->template != NULL && strcmp(rp->template, "public/unsubscribe") == 0 &&
           value_truthy(value_get(rp->data, S("done")));
}

/* --- the mail --- */

static struct mail_new mail_of(struct place *p, str url)
{
    return (struct mail_new){.id = ctx_new_id(p->cx),
                             .template_name = "mail/news",
                             .from_name = S("Falkenried"),
                             .from_address = S("news@example.org"),
                             .subject = S("News"),
                             .text = S("There is news."),
                             .unsubscribe_url = url,
                             .message_id_host = S("example.org")};
}

static void advertising_carries_the_link_in_both_headers(void **state)
{
    struct place *p = *state;
    struct permit permit = {0};
    struct post_prepared out;
    assert_true(allowed(p, NEWS, &permit));
    str url =
        unsubscribe_url(p->cx, S("https://news.example.org"), p->lead_id, p->purpose_id[NEWS]);
    struct mail_new mail = mail_of(p, url);
    assert_true(post_prepare(p->cx, &permit, &mail, &out));
    str header = str_printf(&p->s.a, "List-Unsubscribe: <%.*s>\r\n", STR_ARG(url));
    str unfolded = str_replace(&p->s.a, out.mime, S("\r\n "), S(" "));
    assert_true(str_find(unfolded, header) > 0);
    assert_true(str_find(out.mime, S("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n")) > 0);
}

static void advertising_without_a_link_is_not_prepared(void **state)
{
    struct place *p = *state;
    struct permit permit, other;
    struct post_prepared out;
    struct mail_new mail = mail_of(p, (str){0});
    assert_true(allowed(p, NEWS, &permit));
    assert_false(post_prepare(p->cx, &permit, &mail, &out));
    err_clear(p->cx);
    assert_true(permit_transactional(p->cx, p->lead_id, S("anna.berg@example.org"), &other));
    assert_true(post_prepare(p->cx, &other, &mail, &out));
}

/* --- the link --- */

static void looking_says_what_would_end_and_changes_nothing(void **state)
{
    struct place *p = *state;
    struct web_reply rp =
        ask(p, "GET", "/u/{token}", token_of(p, p->purpose_id[NEWS]), fields(p, NULL, NULL));
    assert_string_equal(rp.template, "public/unsubscribe");
    assert_false(value_truthy(value_get(rp.data, S("done"))));
    assert_int_equal(value_count(value_get(rp.data, S("items"))), 1);
    assert_true(data_is(&rp, "items.0.purpose", "Newsletter"));
    assert_true(data_is(&rp, "items.0.text", "Yes, send it."));
    assert_true(str_ends(value_str(value_get(rp.data, S("action_all"))), S("/all")));
    assert_int_equal(str_find(value_str(value_get(rp.data, S("email_masked"))), S("anna.berg")),
                     -1);
    assert_int_equal(p->cx->lang, LANG_EN);
    assert_int_equal(withdrawals(p), 0);
    assert_true(allowed(p, NEWS, NULL));
}

static void one_click_ends_that_mails_purpose_and_no_other(void **state)
{
    struct place *p = *state;
    struct permit before;
    assert_true(allowed(p, NEWS, &before));
    struct web_reply rp = one_click(p, token_of(p, p->purpose_id[NEWS]));
    assert_true(rp.status == 0 || rp.status == 200);
    assert_non_null(rp.raw.ptr);
    assert_int_equal(rp.raw.len, 0);
    assert_null(rp.template);
    assert_int_equal(rp.location.len, 0);
    assert_false(rp.cookie.set);
    assert_false(allowed(p, NEWS, NULL));
    assert_true(allowed(p, EVENTS, NULL));
    struct asked again = {.permit = &before, .holds = true};
    assert_true(db_read(p->cx, ask_again, &again));
    assert_false(again.holds);
}

static void the_button_ends_it_and_asks_why(void **state)
{
    struct place *p = *state;
    struct web_reply rp = press(p, "/u/{token}", token_of(p, p->purpose_id[NEWS]));
    assert_true(page_is_done(&rp));
    assert_true(data_is(&rp, "items.0.purpose", "Newsletter"));
    assert_true(value_count(value_get(rp.data, S("reasons"))) > 1);
    assert_false(allowed(p, NEWS, NULL));
    assert_true(allowed(p, EVENTS, NULL));
}

static void everything_ends_with_all_and_with_a_token_for_all(void **state)
{
    struct place *p = *state;
    struct web_reply rp = press(p, "/u/{token}/all", token_of(p, p->purpose_id[NEWS]));
    assert_true(page_is_done(&rp));
    assert_int_equal(value_count(value_get(rp.data, S("items"))), PURPOSES);
    for (int i = 0; i < PURPOSES; i++) assert_false(allowed(p, i, NULL));

    p->cx->now_ms += 1000;
    assert_true(db_write(p->cx, DB_INTERACTIVE, confirm_both, p));
    p->cx->now_ms += 1000;
    one_click(p, token_of(p, 0));
    for (int i = 0; i < PURPOSES; i++) assert_false(allowed(p, i, NULL));
}

static void a_second_time_is_no_fault_and_no_second_withdrawal(void **state)
{
    struct place *p = *state;
    str token = token_of(p, p->purpose_id[NEWS]);
    for (int i = 0; i < 3; i++) {
        struct web_reply rp = press(p, "/u/{token}", token);
        assert_true(page_is_done(&rp));
        assert_non_null(one_click(p, token).raw.ptr);
        assert_int_equal(withdrawals(p), 1);
        p->cx->now_ms += 1000;
    }
    struct web_reply rp = ask(p, "GET", "/u/{token}", token, fields(p, NULL, NULL));
    assert_true(page_is_done(&rp));
}

static void whoever_confirms_again_afterwards_is_written_to_again(void **state)
{
    struct place *p = *state;
    one_click(p, token_of(p, p->purpose_id[NEWS]));
    assert_false(allowed(p, NEWS, NULL));
    p->cx->now_ms += 1000;
    assert_true(db_write(p->cx, DB_INTERACTIVE, confirm_both, p));
    assert_true(allowed(p, NEWS, NULL));
}

static void an_old_mail_still_ends_it(void **state)
{
    struct place *p = *state;
    str token = token_of(p, p->purpose_id[NEWS]);
    p->cx->now_ms += INT64_C(20) * 366 * 86400000;
    one_click(p, token);
    assert_false(allowed(p, NEWS, NULL));
}

static void the_proof_says_how_and_from_where(void **state)
{
    struct place *p = *state;
    one_click(p, token_of(p, p->purpose_id[NEWS]));
    struct history h = history_of(p);
    const struct consent_event_row *last = &h.events.row[h.events.count - 1];
    assert_int_equal(last->kind, EVENT_WITHDRAWN);
    struct value facts, network;
    struct json_err err;
    assert_true(json_parse(&p->s.a, last->facts, &facts, &err));
    assert_true(json_parse(&p->s.a, last->network, &network, &err));
    assert_true(str_eq(value_str(value_get(facts, S("method"))), S("link")));
    assert_true(value_truthy(value_get(facts, S("one_click"))));
    assert_true(str_eq(value_str(value_get(network, S("ip"))), S("192.0.2.7")));
    assert_true(str_eq(value_str(value_get(network, S("user_agent"))), S("Thunderbird")));
}

static void a_reason_is_a_touchpoint_and_only_if_we_offered_it(void **state)
{
    static const struct {
        const char *reason;
        const char *props; /* NULL: nothing is noted */
    } rows[] = {{"too_often", "{\"reason\":\"too_often\"}"},
                {"because of my neighbour Karl", NULL},
                {"", NULL},
                {"other", "{\"reason\":\"other\"}"}};
    struct place *p = *state;
    str token = token_of(p, p->purpose_id[NEWS]);
    press(p, "/u/{token}", token);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        ptrdiff_t before = history_of(p).touchpoints.count;
        p->cx->now_ms += 1000;
        struct web_reply rp =
            ask(p, "POST", "/u/{token}/reason", token, fields(p, "reason", rows[i].reason));
        assert_true(page_is_done(&rp));
        assert_int_equal(value_count(value_get(rp.data, S("reasons"))), 0);
        struct touchpoints after = history_of(p).touchpoints;
        assert_int_equal(after.count, before + (rows[i].props != NULL));
        if (rows[i].props == NULL) continue;
        assert_int_equal(after.row[0].kind, TOUCH_REASON_GIVEN);
        assert_true(str_eq(after.row[0].props, str_of(rows[i].props)));
    }
}

/* --- links that are none --- */

static void a_link_that_is_not_right_is_told_by_its_page_and_changes_nothing(void **state)
{
    struct place *p = *state;
    arena *a = &p->s.a;
    struct token t = {.use = TOKEN_UNSUBSCRIBE,
                      .workspace_id = STORE_WORKSPACE,
                      .subject_id = p->lead_id,
                      .object_id = p->purpose_id[NEWS]};
    struct token other_use = t, other_workspace = t, nobody = t;
    other_use.use = TOKEN_CONFIRM;
    other_workspace.workspace_id = STORE_WORKSPACE + 1;
    nobody.subject_id = p->lead_id + 1;
    str altered = str_dup(a, token_sign(a, &p->ring, t));
    char *flip = str_cstr(a, altered);
    flip[30] = flip[30] == 'A' ? 'B' : 'A';
    const struct {
        str token;
        const char *kind;
    } rows[] = {
        {str_of(flip), "forged"},
        {token_sign(a, &p->ring, other_use), "foreign"},
        {token_sign(a, &p->ring, other_workspace), "foreign"},
        {token_sign(a, &p->ring, nobody), "unknown"},
        {str_slice(altered, 0, 40), "unknown"},
        {S("hello"), "unknown"},
        {S(""), "unknown"},
    };
    static const char *const posts[] = {"/u/{token}", "/u/{token}/all", "/u/{token}/reason"};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct web_reply rp = ask(p, "GET", "/u/{token}", rows[i].token, fields(p, NULL, NULL));
        assert_int_equal(rp.status, 404);
        assert_true(data_is(&rp, "kind", rows[i].kind));
        for (ptrdiff_t k = 0; k < COUNTOF(posts); k++) {
            rp = ask(p, "POST", posts[k], rows[i].token, fields(p, "reason", "other"));
            assert_int_equal(rp.status, 404);
            assert_string_equal(rp.template, "public/token_problem");
            assert_true(data_is(&rp, "kind", rows[i].kind));
        }
        assert_int_equal(one_click(p, rows[i].token).status, 404);
    }
    assert_int_equal(withdrawals(p), 0);
    for (int i = 0; i < PURPOSES; i++) assert_true(allowed(p, i, NULL));
}

static void every_post_may_come_from_a_mail_program(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < unsubscribe_route_count; i++) {
        const struct route *r = &unsubscribe_routes[i];
        assert_int_equal(r->faces, FACE_PUBLIC);
        if (strcmp(r->method, "POST") == 0) assert_true(r->any_origin);
    }
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(advertising_carries_the_link_in_both_headers),
        IN_PLACE(advertising_without_a_link_is_not_prepared),
        IN_PLACE(looking_says_what_would_end_and_changes_nothing),
        IN_PLACE(one_click_ends_that_mails_purpose_and_no_other),
        IN_PLACE(the_button_ends_it_and_asks_why),
        IN_PLACE(everything_ends_with_all_and_with_a_token_for_all),
        IN_PLACE(a_second_time_is_no_fault_and_no_second_withdrawal),
        IN_PLACE(whoever_confirms_again_afterwards_is_written_to_again),
        IN_PLACE(an_old_mail_still_ends_it),
        IN_PLACE(the_proof_says_how_and_from_where),
        IN_PLACE(a_reason_is_a_touchpoint_and_only_if_we_offered_it),
        IN_PLACE(a_link_that_is_not_right_is_told_by_its_page_and_changes_nothing),
        cmocka_unit_test(every_post_may_come_from_a_mail_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

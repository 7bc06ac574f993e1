/* A POST with a key is done once, however often it is sent. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "edge/idempotency.h"
#include "keys/keys.h"
#include "net/http_server.h"
#include "sql.h"

enum { MINUTE_MS = 60000 };

struct client {
    struct store s;
    struct key_ring ring;
    struct http_request http;
    struct web_request rq;
};

static void client_open(struct client *c)
{
    assert_true(crypto_init());
    store_open(&c->s);
    key_ring_new(&c->ring, STORE_NOW_MS);
    c->s.cx.keys = &c->ring;
    c->http = (struct http_request){.method = HTTP_POST,
                                    .path = S("/api/v1/leads"),
                                    .header = {{S_INIT("idempotency-key"), S_INIT("k1")}},
                                    .header_count = 1,
                                    .body = S("{\"email\":\"a@b.example\"}")};
    c->rq = (struct web_request){.http = &c->http, .face = FACE_API, .json = true};
}

/* What becomes of the request now: 0 it is ours, 200 … the kept answer, -1 refused. */
static int begin(struct client *c, struct idempotency *key)
{
    struct web_reply rp = {0};
    bool replayed;
    err_clear(&c->s.cx);
    if (!idempotency_begin(&c->s.cx, &c->rq, key, &rp, &replayed)) return -1;
    return replayed ? rp.status : 0;
}

static void end(struct client *c, const struct idempotency *key, bool ok, int status)
{
    struct web_reply rp = {.status = status};
    idempotency_end(&c->s.cx, key, ok, &rp);
}

static void the_same_key_gets_the_same_answer(void **state)
{
    (void)state;
    struct client c;
    struct idempotency first, again;
    client_open(&c);
    assert_int_equal(begin(&c, &first), 0);
    assert_int_equal(begin(&c, &again), -1); /* still at work */
    assert_string_equal(c.s.cx.err.key, "error.idempotency_running");
    end(&c, &first, true, 201);
    assert_int_equal(begin(&c, &again), 201);
    c.http.body = S("{}");
    assert_int_equal(begin(&c, &again), -1);
    assert_string_equal(c.s.cx.err.key, "error.idempotency_other");
    store_close(&c.s);
}

static void what_failed_may_be_sent_again(void **state)
{
    (void)state;
    struct client c;
    struct idempotency first, again;
    client_open(&c);
    assert_int_equal(begin(&c, &first), 0);
    end(&c, &first, false, 0);
    assert_int_equal(begin(&c, &again), 0);
    store_close(&c.s);
}

static void who_was_thought_gone_does_not_end_what_another_began(void **state)
{
    (void)state;
    for (int ok = 0; ok < 2; ok++) {
        struct client c;
        struct idempotency slow, second, third;
        client_open(&c);
        assert_int_equal(begin(&c, &slow), 0);
        c.s.cx.now_ms += MINUTE_MS + 1;
        assert_int_equal(begin(&c, &second), 0);
        end(&c, &slow, ok == 1, 201);
        assert_int_equal(begin(&c, &third), -1);
        assert_string_equal(c.s.cx.err.key, "error.idempotency_running");
        end(&c, &second, true, 202);
        assert_int_equal(begin(&c, &third), 202);
        store_close(&c.s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_key_gets_the_same_answer),
        cmocka_unit_test(what_failed_may_be_sent_again),
        cmocka_unit_test(who_was_thought_gone_does_not_end_what_another_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

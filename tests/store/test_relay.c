/* The relay that was set up in the admin: what is kept, what is refused, where its password goes.
 */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/buf.h"
#include "brand/brand.h"
#include "keys/keys.h"
#include "relay/relay.h"
#include "setting/setting.h"
#include "sql.h"

#include <stdio.h>

struct scene {
    struct store s;
    struct key_ring ring, other;
};

static void scene_open(struct scene *scene)
{
    store_open(&scene->s);
    key_ring_new(&scene->ring, STORE_NOW_MS);
    scene->s.cx.keys = &scene->ring;
}

struct saving {
    struct relay_input in;
    struct relay out;
};

static bool save_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct saving *s = arg;
    return relay_save(cx, tx, &s->in, &s->out);
}

static bool load_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return relay_load(cx, tx, arg);
}

static bool remove_write(struct ctx *cx, struct tx *tx, void *arg)
{
    (void)arg;
    return relay_remove(cx, tx);
}

static bool save(struct scene *scene, struct relay_input in)
{
    struct saving saving = {.in = in};
    err_clear(&scene->s.cx);
    return db_write(&scene->s.cx, DB_INTERACTIVE, save_write, &saving);
}

static struct relay load(struct scene *scene)
{
    struct relay out;
    err_clear(&scene->s.cx);
    assert_true(db_read(&scene->s.cx, load_read, &out));
    return out;
}

#define INPUT(h, p, t, u, w)                                                                       \
    (struct relay_input)                                                                           \
    {                                                                                              \
        .host = S(h), .port = S(p), .security = S(t), .user = S(u), .password = S(w)               \
    }

static void what_was_set_up_is_read_back_and_opened(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct ctx *cx = &scene.s.cx;
    assert_int_equal(load(&scene).version, 0);
    assert_true(save(&scene, INPUT("Mail.example.com", "", "starttls", "zulauf", "ge:heim ü")));
    struct relay r = load(&scene);
    assert_true(r.version > 0);
    assert_str("host", r.host, S("Mail.example.com"));
    assert_int_equal(r.port, 587);
    assert_int_equal(str_find(r.sealed, S("heim")), -1);
    struct smtp_relay smtp;
    assert_true(relay_open(cx, &r, &smtp));
    assert_str("password", smtp.password, S("ge:heim ü"));

    /* Nothing typed keeps it; a version of its own tells everybody. */
    assert_true(save(&scene, INPUT("mail.example.com", "587", "starttls", "zulauf", "")));
    struct relay again = load(&scene);
    assert_true(again.version != r.version);
    assert_true(relay_open(cx, &again, &smtp));
    assert_str("kept", smtp.password, S("ge:heim ü"));

    assert_true(db_write(cx, DB_INTERACTIVE, remove_write, NULL));
    assert_int_equal(load(&scene).version, 0);
    store_close(&scene.s);
}

static void what_cannot_be_is_told_beside_its_field(void **state)
{
    (void)state;
    static const struct {
        struct relay_input in;
        const char *field, *key;
    } rows[] = {
        {{S_INIT("smtp://a.example"), S_INIT(""), S_INIT("tls"), S_INIT(""), S_INIT("")},
         "host",
         "relay.host_invalid"},
        {{S_INIT("a.example:25"), S_INIT(""), S_INIT("tls"), S_INIT(""), S_INIT("")},
         "host",
         "relay.host_invalid"},
        {{S_INIT(""), S_INIT(""), S_INIT("tls"), S_INIT(""), S_INIT("")},
         "host",
         "relay.host_invalid"},
        {{S_INIT("a.example"), S_INIT("0"), S_INIT("tls"), S_INIT(""), S_INIT("")},
         "port",
         "relay.port_invalid"},
        {{S_INIT("a.example"), S_INIT("x"), S_INIT("tls"), S_INIT(""), S_INIT("")},
         "port",
         "relay.port_invalid"},
        {{S_INIT("a.example"), S_INIT(""), S_INIT("ssl"), S_INIT(""), S_INIT("")},
         "security",
         "error.choice_invalid"},
        {{S_INIT("a.example"), S_INIT(""), S_INIT("none"), S_INIT("u"), S_INIT("p")},
         "security",
         "relay.security_needed"},
        {{S_INIT("a.example"), S_INIT(""), S_INIT("tls"), S_INIT("u"), S_INIT("")},
         "password",
         "relay.password_missing"},
        {{S_INIT("a.example"), S_INIT(""), S_INIT("tls"), S_INIT(""), S_INIT("p")},
         "user",
         "relay.user_missing"},
    };
    struct scene scene;
    scene_open(&scene);
    struct ctx *cx = &scene.s.cx;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        assert_false(save(&scene, rows[i].in));
        assert_int_equal(cx->err.code, ERR_INVALID);
        assert_str(rows[i].key, cx->err.field[0].field, str_of(rows[i].field));
        assert_string_equal(cx->err.field[0].key, rows[i].key);
        assert_int_equal(load(&scene).version, 0);
    }
    assert_true(save(&scene, INPUT("127.0.0.1", "25", "none", "u", "p"))); /* this very machine */
    assert_true(save(&scene, INPUT("10.0.0.5", "25", "none", "", "")));    /* a private one */
    store_close(&scene.s);
}

static void a_kept_password_goes_to_no_other_server(void **state)
{
    (void)state;
    const struct relay_input rows[] = {
        INPUT("evil.example", "587", "starttls", "zulauf", ""),
        INPUT("mail.example.com", "588", "starttls", "zulauf", ""),
        INPUT("mail.example.com", "587", "tls", "zulauf", ""),
        INPUT("mail.example.com", "587", "starttls", "other", ""),
    };
    struct scene scene;
    scene_open(&scene);
    assert_true(save(&scene, INPUT("mail.example.com", "587", "starttls", "zulauf", "geheim")));
    int64_t version = load(&scene).version;
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        assert_false(save(&scene, rows[i]));
        assert_string_equal(scene.s.cx.err.field[0].key, "relay.password_again");
        assert_int_equal(load(&scene).version, version);
    }
    store_close(&scene.s);
}

static void another_installations_keys_do_not_open_it(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct ctx *cx = &scene.s.cx;
    assert_true(save(&scene, INPUT("mail.example.com", "587", "starttls", "zulauf", "geheim")));
    key_ring_new(&scene.other, STORE_NOW_MS);
    cx->keys = &scene.other;
    struct relay r = load(&scene);
    struct smtp_relay smtp;
    assert_false(relay_open(cx, &r, &smtp));
    assert_string_equal(cx->err.key, "relay.sealed");
    store_close(&scene.s);
}

static bool logo_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return logo_save(cx, tx, *(const str *)arg);
}

struct logo_look {
    struct settings settings;
    struct logo logo;
};

static bool logo_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct logo_look *l = arg;
    return setting_load(cx, tx, &l->settings) &&
           logo_load(cx, tx, setting_number(&l->settings, SETTING_LOGO), &l->logo);
}

static void a_logo_has_a_new_address_with_each_and_stays_in_its_workspace(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene);
    struct ctx *cx = &scene.s.cx;
    str one = S("\x89PNG\r\n\x1a\n1"), two = S("\xff\xd8\xff two"), bad = S("<svg/>");
    struct logo_look first, second;
    assert_true(db_write(cx, DB_INTERACTIVE, logo_write, &one));
    assert_true(db_read(cx, logo_read, &first));
    assert_str("bytes", first.logo.bytes, one);
    assert_false(db_write(cx, DB_INTERACTIVE, logo_write, &bad));
    assert_string_equal(cx->err.field[0].key, "brand.logo_kind");
    err_clear(cx);
    assert_true(db_write(cx, DB_INTERACTIVE, logo_write, &two));
    assert_true(db_read(cx, logo_read, &second));
    assert_str("type", second.logo.media_type, S("image/jpeg"));
    assert_false(
        str_eq(brand_logo_url(cx->a, &first.settings), brand_logo_url(cx->a, &second.settings)));
    cx->workspace_id = STORE_WORKSPACE + 1;
    assert_false(db_read(cx, logo_read, &first));
    assert_int_equal(cx->err.code, ERR_NOT_FOUND);
    store_close(&scene.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_set_up_is_read_back_and_opened),
        cmocka_unit_test(what_cannot_be_is_told_beside_its_field),
        cmocka_unit_test(a_kept_password_goes_to_no_other_server),
        cmocka_unit_test(another_installations_keys_do_not_open_it),
        cmocka_unit_test(a_logo_has_a_new_address_with_each_and_stays_in_its_workspace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

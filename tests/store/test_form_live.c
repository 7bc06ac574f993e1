/* What the web shows of a form follows its row at once, though versions are kept in memory. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "app.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "form/form.h"
#include "form/form_cache.h"
#include "form/form_rules.h"
#include "form/wording_http.h"
#include "sql.h"

struct scene {
    struct store s;
    struct app app;
    struct form_def def;
    struct form_live live;
    int64_t form_id;
};

static void definition(struct scene *sc, const char *title)
{
    struct ctx *cx = &sc->s.cx;
    struct value tree;
    struct json_err err;
    str json = str_printf(
        cx->a, "{\"title\":\"%s\",\"fields\":[{\"key\":\"email\",\"required\":true}]}", title);
    assert_true(json_parse(cx->a, json, &tree, &err));
    assert_true(form_def_read(cx, tree, &sc->def));
}

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    return form_create(cx, tx, S("messe"), S("Messe"), &sc->def, &sc->form_id) &&
           form_publish(cx, tx, sc->form_id);
}

static bool publish_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    return form_change(cx, tx, sc->form_id, S("messe"), S("Messe"), &sc->def) &&
           form_publish(cx, tx, sc->form_id);
}

static bool archive_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_archive(cx, tx, ((struct scene *)arg)->form_id);
}

static bool restore_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_restore(cx, tx, ((struct scene *)arg)->form_id);
}

/* The new version is read in the very transaction that is then taken back. */
static bool publish_in_vain(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    return publish_write(cx, tx, arg) && form_live_by_slug(cx, tx, S("messe"), &sc->live) &&
           fail(cx, ERR_CONFLICT, "error.conflict");
}

static bool live_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_live_by_slug(cx, tx, S("messe"), &((struct scene *)arg)->live);
}

/* What /f/messe shows now; NULL: nothing. */
static const char *shown(struct scene *sc)
{
    struct ctx *cx = &sc->s.cx;
    err_clear(cx);
    sc->live = (struct form_live){0};
    if (db_read(cx, live_read, sc)) return str_cstr(cx->a, sc->live.def.title);
    assert_int_equal(cx->err.code, ERR_NOT_FOUND);
    return NULL;
}

static void write_ok(struct scene *sc, tx_fn *fn)
{
    err_clear(&sc->s.cx);
    assert_true(db_write(&sc->s.cx, DB_INTERACTIVE, fn, sc));
}

static void scene_open(struct scene *sc)
{
    *sc = (struct scene){0};
    assert_true(crypto_init());
    store_open(&sc->s);
    sc->s.cx.app = &sc->app;
    sc->app.forms = form_cache_new(&sc->s.schema_arena);
    definition(sc, "Eins");
    write_ok(sc, create_write);
}

static void a_new_version_is_shown_by_the_next_request(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    for (int i = 0; i < 3; i++) assert_string_equal(shown(&sc), "Eins");
    assert_int_equal(sc.live.version_no, 1);
    definition(&sc, "Zwei");
    write_ok(&sc, publish_write);
    for (int i = 0; i < 3; i++) assert_string_equal(shown(&sc), "Zwei");
    assert_int_equal(sc.live.version_no, 2);
    assert_int_equal(sc.live.version_sha256.len, 64);
    store_close(&sc.s);
}

static void an_archived_form_is_gone_at_once_and_comes_back(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    assert_string_equal(shown(&sc), "Eins");
    write_ok(&sc, archive_write);
    assert_null(shown(&sc));
    write_ok(&sc, restore_write);
    assert_string_equal(shown(&sc), "Eins");
    store_close(&sc.s);
}

static void a_version_that_was_taken_back_is_never_shown(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    definition(&sc, "Nie");
    assert_false(db_write(&sc.s.cx, DB_INTERACTIVE, publish_in_vain, &sc));
    assert_string_equal(shown(&sc), "Eins");
    definition(&sc, "Zwei");
    write_ok(&sc, publish_write);
    assert_string_equal(shown(&sc), "Zwei");
    store_close(&sc.s);
}

static void a_version_is_parsed_once(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    assert_string_equal(shown(&sc), "Eins");
    /* Nobody does this; it shows where the text came from. */
    assert_true(store_script(&sc.s, "UPDATE form_version SET definition = 'nothing'"));
    assert_string_equal(shown(&sc), "Eins");
    sc.app.forms = NULL;
    err_clear(&sc.s.cx);
    assert_false(db_read(&sc.s.cx, live_read, &sc));
    store_close(&sc.s);
}

/* --- what a visitor was shown --- */

struct showing {
    struct scene *sc;
    int64_t version_id;
    struct form_live out;
    bool found;
};

static bool shown_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct showing *s = arg;
    return form_as_shown(cx, tx, &s->sc->live, s->version_id, &s->out, &s->found);
}

static void texts(struct scene *sc, const char *title, const char *consent, const char *colour)
{
    struct ctx *cx = &sc->s.cx;
    struct value tree;
    struct json_err err;
    str json = str_printf(cx->a,
                          "{\"title\":\"%s\",\"double_opt_in\":true,\"fields\":[{\"key\":\"email\","
                          "\"required\":true}],\"look\":{\"brand_colour\":\"%s\"},\"consents\":[{"
                          "\"purpose\":\"newsletter\",\"text\":\"%s\"}]}",
                          title, colour, consent);
    sc->def = (struct form_def){0};
    assert_true(json_parse(cx->a, json, &tree, &err) && form_def_read(cx, tree, &sc->def));
}

static bool other_write(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t id;
    return form_create(cx, tx, S("andere"), S("Andere"), &((struct scene *)arg)->def, &id) &&
           form_publish(cx, tx, id) && form_live_by_id(cx, tx, id, &((struct scene *)arg)->live);
}

static void what_was_shown_is_texts_and_look_of_that_version_alone(void **state)
{
    (void)state;
    static struct scene sc;
    static struct showing s;
    struct ctx *cx = &sc.s.cx;
    scene_open(&sc);
    texts(&sc, "Eins", "Ja, der alte Text.", "#114488");
    write_ok(&sc, publish_write);
    assert_string_equal(shown(&sc), "Eins");
    struct form_live *old = NEW(cx->a, struct form_live, 1);
    *old = sc.live;
    texts(&sc, "Zwei", "Ja, der neue Text.", "#7a1f5c");
    write_ok(&sc, other_write);
    int64_t foreign = sc.live.version_id;
    write_ok(&sc, publish_write);
    assert_string_equal(shown(&sc), "Zwei");
    s = (struct showing){.sc = &sc, .version_id = old->version_id};
    assert_true(db_read(cx, shown_read, &s));
    assert_true(s.found);
    assert_int_equal(s.out.version_id, old->version_id);
    assert_int_equal(s.out.version_no, old->version_no);
    assert_str("digest", s.out.version_sha256, old->version_sha256);
    assert_int_equal(s.out.def.consent_count, 1);
    assert_str("text", s.out.def.consent[0].text, S("Ja, der alte Text."));
    assert_int_equal(s.out.def.consent[0].wording_id, old->def.consent[0].wording_id);
    assert_str("look", s.out.def.look.colour, S("#114488"));
    assert_str("all else", s.out.def.title, S("Zwei"));
    const int64_t none[] = {foreign, 7, 0};
    for (ptrdiff_t i = 0; i < COUNTOF(none); i++) {
        s = (struct showing){.sc = &sc, .version_id = none[i], .found = true};
        assert_true(db_read(cx, shown_read, &s));
        assert_false(s.found);
        assert_int_equal(cx->err.code, ERR_NONE);
    }
    store_close(&sc.s);
}

enum { FORMS = 150, WANTED_BYTES = 24 << 20 };

/* As large as forms become: eight lists of thirty to choose from. */
static void large_definition(struct scene *sc)
{
    struct ctx *cx = &sc->s.cx;
    struct json_err err;
    struct value tree;
    struct buf b = buf_new(cx->a, 1 << 20);
    buf_put(&b, S("{\"title\":\"Umfrage\",\"fields\":[{\"key\":\"email\",\"required\":true}"));
    for (int i = 1; i <= 20; i++) {
        buf_put(&b, str_printf(cx->a,
                               ",{\"key\":\"free_%d\",\"type\":\"select\",\"label\":\"Frage\","
                               "\"options\":[",
                               i));
        for (int k = 0; k < 30; k++)
            buf_put(&b, str_printf(cx->a,
                                   "%s{\"value\":\"antwort-%d\",\"label\":\"Eine Antwort, die "
                                   "etwas mehr sagt, nämlich die Nummer %d davon\"}",
                                   k == 0 ? "" : ",", k, k));
        buf_put(&b, S("]}"));
    }
    buf_put(&b, S("]}"));
    assert_true(json_parse(cx->a, buf_str(&b), &tree, &err));
    assert_true(form_def_read(cx, tree, &sc->def));
}

static bool many_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    for (int i = 0; i < FORMS; i++) {
        arena start = *cx->a;
        str slug = str_printf(cx->a, "form-%d", i);
        if (!form_create(cx, tx, slug, slug, &sc->def, &sc->form_id) ||
            !form_publish(cx, tx, sc->form_id))
            return false;
        *cx->a = start;
    }
    return true;
}

/* A request has 64 MiB for everything. */
static void where_consent_texts_stand_is_told_of_many_large_forms(void **state)
{
    (void)state;
    static struct scene sc;
    struct web_request rq = {.face = FACE_PAGE};
    struct web_reply rp = {0};
    scene_open(&sc);
    arena start = *sc.s.cx.a;
    large_definition(&sc);
    write_ok(&sc, many_write);
    char *before = sc.s.cx.a->beg;
    assert_true(wording_routes[0].handler(&sc.s.cx, &rq, &rp));
    assert_in_range(sc.s.cx.a->beg - before, 0, WANTED_BYTES);
    *sc.s.cx.a = start;
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_version_is_shown_by_the_next_request),
        cmocka_unit_test(an_archived_form_is_gone_at_once_and_comes_back),
        cmocka_unit_test(a_version_that_was_taken_back_is_never_shown),
        cmocka_unit_test(a_version_is_parsed_once),
        cmocka_unit_test(what_was_shown_is_texts_and_look_of_that_version_alone),
        cmocka_unit_test(where_consent_texts_stand_is_told_of_many_large_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

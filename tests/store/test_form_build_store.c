/* Own fields keep their slots, copies their distance, and places are given away once. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "base/crypto.h"
#include "base/json.h"
#include "form/form.h"
#include "form/form_rules.h"
#include "form/form_template.h"
#include "field/free_field.h"
#include "sql.h"

struct scene {
    struct store s;
    struct form_def def;
    str slug;
    int64_t form_id, places;
    struct form_live live;
    struct form form;
    struct free_fields fields;
    struct form_version_row *version;
    ptrdiff_t version_count;
};

static void scene_open(struct scene *sc)
{
    *sc = (struct scene){0};
    assert_true(crypto_init());
    store_open(&sc->s);
}

static void define(struct scene *sc, const char *slug, const char *json)
{
    struct ctx *cx = &sc->s.cx;
    struct value tree;
    struct json_err err;
    assert_true(json_parse(cx->a, str_of(json), &tree, &err));
    err_clear(cx);
    if (!form_def_read(cx, tree, &sc->def)) fail_msg("%s", json);
    sc->slug = str_of(slug);
}

static bool create_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    return form_create(cx, tx, sc->slug, S("Umfrage"), &sc->def, &sc->form_id) &&
           form_publish(cx, tx, sc->form_id) && form_live_by_id(cx, tx, sc->form_id, &sc->live) &&
           form_version_list(cx, tx, sc->form_id, 10, &sc->version, &sc->version_count);
}

static bool fields_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return free_field_list(cx, tx, &((struct scene *)arg)->fields);
}

static bool write(struct scene *sc, tx_fn *fn)
{
    err_clear(&sc->s.cx);
    return db_write(&sc->s.cx, DB_INTERACTIVE, fn, sc);
}

#define OWN(key, type, label)                                                                      \
    "{\"key\":\"free_" key "\",\"type\":\"" type "\",\"label\":\"" label "\"}"

static void an_own_field_has_one_slot_on_every_form(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    define(&sc, "eins", "{\"fields\":[" OWN("a", "text", "A") "," OWN("b", "number", "B") "]}");
    assert_true(write(&sc, create_write));
    assert_int_equal(sc.live.def.field[0].def->slot, SLOT__STANDARD);
    assert_int_equal(sc.live.def.field[1].def->slot, SLOT__STANDARD + 1);
    assert_int_equal(sc.version_count, 1);
    define(&sc, "zwei", "{\"fields\":[" OWN("c", "date", "C") "," OWN("b", "number", "Neu") "]}");
    assert_true(write(&sc, create_write));
    assert_int_equal(sc.live.def.field[0].def->slot, SLOT__STANDARD + 2);
    assert_int_equal(sc.live.def.field[1].def->slot, SLOT__STANDARD + 1);
    assert_true(db_read(&sc.s.cx, fields_read, &sc));
    assert_int_equal(sc.fields.count, 3);
    assert_str("label", sc.fields.row[1].label, S("Neu"));
    assert_int_equal(sc.fields.row[2].type, FIELD_DATE);
    store_close(&sc.s);
}

static void another_type_is_refused_and_so_is_one_field_too_many(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    define(&sc, "eins", "{\"fields\":[" OWN("a", "text", "A") "]}");
    assert_true(write(&sc, create_write));
    define(&sc, "zwei", "{\"fields\":[{\"key\":\"city\"}," OWN("a", "date", "A") "]}");
    assert_false(write(&sc, create_write));
    assert_str("type", sc.s.cx.err.field[0].field, S("fields.1.key"));
    assert_string_equal(sc.s.cx.err.field[0].key, "form.free_type");
    str items = S("");
    for (int i = 0; i < FREE_FIELDS_MAX; i++)
        items =
            str_printf(sc.s.cx.a, "%.*s%s{\"key\":\"free_x%d\",\"type\":\"text\",\"label\":\"X\"}",
                       STR_ARG(items), i > 0 ? "," : "", i);
    define(&sc, "drei",
           str_cstr(sc.s.cx.a, str_printf(sc.s.cx.a, "{\"fields\":[%.*s]}", STR_ARG(items))));
    assert_false(write(&sc, create_write));
    assert_string_equal(sc.s.cx.err.field[0].key, "form.free_full");
    assert_true(db_read(&sc.s.cx, fields_read, &sc));
    assert_int_equal(sc.fields.count, 1); /* what was refused has left nothing */
    store_close(&sc.s);
}

static bool take_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return form_take(cx, tx, &((struct scene *)arg)->live);
}

static bool closed_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct scene *sc = arg;
    return form_live_by_id(cx, tx, sc->form_id, &sc->live);
}

static void places_are_given_away_once(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    define(&sc, "plaetze", "{\"close_after\":2,\"fields\":[{\"key\":\"city\"}]}");
    assert_true(write(&sc, create_write));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(sc.live.closed, FORM_OPEN);
        assert_true(write(&sc, take_write));
        assert_true(db_read(&sc.s.cx, closed_read, &sc));
    }
    assert_int_equal(sc.live.closed, FORM_CLOSED_FULL);
    assert_false(write(&sc, take_write));
    assert_int_equal(sc.s.cx.err.code, ERR_GONE);
    store_close(&sc.s);
}

static bool gap_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return create_write(cx, tx, arg);
}

static void a_sample_with_a_gap_is_not_published(void **state)
{
    (void)state;
    static struct scene sc;
    scene_open(&sc);
    define(&sc, "muster",
           "{\"double_opt_in\":true,\"fields\":[{\"key\":\"email\",\"required\":true}],"
           "\"consents\":[{\"purpose\":\"newsletter\",\"text\":\"Ja, zu [Themen] gern.\"}]}");
    assert_false(write(&sc, gap_write));
    assert_str("where", sc.s.cx.err.field[0].field, S("consents.0.text"));
    assert_string_equal(sc.s.cx.err.field[0].key, "form.consent_gap");
    store_close(&sc.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_own_field_has_one_slot_on_every_form),
        cmocka_unit_test(another_type_is_refused_and_so_is_one_field_too_many),
        cmocka_unit_test(places_are_given_away_once),
        cmocka_unit_test(a_sample_with_a_gap_is_not_published),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

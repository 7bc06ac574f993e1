/* A workspace's own fields find their leads, name owners, and keep their options. */
#include "store_test.h"

#include "base/crypto.h"
#include "base/json.h"
#include "base/permission.h"
#include "field/free_field.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "sales/sales.h"
#include "sales/sales_rules.h"
#include "sql.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct key_ring ring; /* read-only once made */

/* One letter a lead, in the order in which they came. */
static const struct {
    char letter;
    const char *color, *seats, *day, *word, *yes, *many;
} people[] = {
    {'a', "Rot", "-3", "2026-01-31", "Hallenkran", "yes", "Regale; Kräne"},
    {'b', "Rot hell", "9", "2026-02-01", "Hof", "", "Kräne"},
    {'c', "rot", "10.5", "2026-02-28", "hallo", "yes", ""},
    {'d', "", "-30", "2027-01-01", "Lager; Hof", "", "Wartung"},
    {'e', "Blau", "0", "", "Hal", "yes", "Regale"},
};

static const struct {
    const char *key;
    enum field_type type;
} fields[] = {
    {"free_color", FIELD_SELECT}, {"free_seats", FIELD_NUMBER}, {"free_day", FIELD_DATE},
    {"free_word", FIELD_TEXT},    {"free_yes", FIELD_CHECKBOX}, {"free_many", FIELD_CHOICES},
};

static const str OPTIONS[] = {S_INIT("Rot\nBlau"), S_INIT("Regale\nKräne\nKran")};

static bool do_fill(struct ctx *cx, struct tx *tx, void *arg)
{
    int64_t *ids = arg;
    enum field_slot slot[COUNTOF(fields)];
    for (ptrdiff_t i = 0; i < COUNTOF(fields); i++)
        if (!free_field_ensure(cx, tx, S("f"), str_of(fields[i].key), fields[i].type, S("L"),
                               OPTIONS[fields[i].type == FIELD_CHOICES], &slot[i]))
            return false;
    for (ptrdiff_t i = 0; i < COUNTOF(people); i++) {
        struct lead_new in = {
            .email = str_printf(cx->a, "%c@x.example", people[i].letter),
            .lang = S("de"),
            .source = S("direct"),
            .first_contact = S("{}"),
        };
        const char *answer[] = {people[i].color, people[i].seats, people[i].day,
                                people[i].word,  people[i].yes,   people[i].many};
        bool taken;
        for (ptrdiff_t k = 0; k < COUNTOF(fields); k++) in.text[slot[k]] = str_of(answer[k]);
        if (!lead_create(cx, tx, &in, &ids[i], &taken)) return false;
    }
    return true;
}

struct listing {
    struct lead_filter filter;
    struct lead_rows rows;
};

static bool do_list(struct ctx *cx, struct tx *tx, void *arg)
{
    struct listing *l = arg;
    return lead_list(cx, tx, &l->filter, &l->rows);
}

static void open_filled(struct store *s, int64_t ids[COUNTOF(people)])
{
    assert_true(crypto_init());
    store_open(s);
    key_ring_new(&ring, STORE_NOW_MS);
    s->cx.keys = &ring;
    s->cx.actor = (struct actor){ACTOR_USER, 7, 0, MAY_READ_ALL_LEADS};
    if (!db_write(&s->cx, DB_INTERACTIVE, do_fill, ids))
        fail_msg("%.*s", STR_ARG(s->cx.err.detail));
}

static void own_fields_find_their_leads(void **state)
{
    static const struct {
        struct lead_own_wish wish;
        const char *found; /* the newest first; "!": refused */
    } cases[] = {
        {{S_INIT("free_color"), S_INIT("rot"), S_INIT("rot"), true}, "ca"},
        {{S_INIT("free_color"), S_INIT("Rot hell"), S_INIT("Rot hell"), true}, "b"},
        {{S_INIT("free_color"), S_INIT("grau"), S_INIT("grau"), true}, ""},
        {{S_INIT("free_many"), S_INIT("kräne"), S_INIT("kräne"), true}, "ba"},
        {{S_INIT("free_yes"), S_INIT("yes"), S_INIT("yes"), true}, "eca"},
        {{S_INIT("free_yes"), S_INIT("no"), S_INIT("no"), true}, "!"},
        {{S_INIT("free_word"), S_INIT("HAL"), S_INIT("HAL"), true}, "eca"},
        {{S_INIT("free_word"), S_INIT("Lager; H"), S_INIT("Lager; H"), true}, "d"},
        {{S_INIT("free_word"), S_INIT("hof"), S_INIT("hof"), true}, "db"},
        {{S_INIT("free_many"), S_INIT("regale; kräne"), S_INIT("regale; kräne"), true}, "a"},
        {{S_INIT("free_seats"), S_INIT("9"), S_INIT("9"), true}, "b"},
        {{S_INIT("free_seats"), S_INIT("09.0"), S_INIT("09.0"), true}, "b"},
        {{S_INIT("free_seats"), S_INIT("-3"), S_INIT("9"), false}, "eba"},
        {{S_INIT("free_seats"), S_INIT("9,5"), {0}, false}, "c"},
        {{S_INIT("free_seats"), {0}, S_INIT("-3"), false}, "da"},
        {{S_INIT("free_seats"), S_INIT("viele"), {0}, false}, "!"},
        {{S_INIT("free_day"), S_INIT("2026-02-01"), S_INIT("2026-02-28"), false}, "cb"},
        {{S_INIT("free_day"), S_INIT("2026-02-02"), {0}, false}, "dc"},
        {{S_INIT("free_day"), S_INIT("gestern"), {0}, false}, "!"},
        {{S_INIT("free_none"), S_INIT("x"), S_INIT("x"), true}, "!"},
    };
    (void)state;
    struct store s;
    int64_t ids[COUNTOF(people)];
    open_filled(&s, ids);
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        struct listing l = {.filter = {.phase = -1, .permit = -1, .limit = 9, .own_count = 1}};
        char found[COUNTOF(people) + 1] = "";
        size_t n = 0;
        l.filter.own[0] = cases[i].wish;
        err_clear(&s.cx);
        if (!db_read(&s.cx, do_list, &l)) {
            if (strcmp(cases[i].found, "!") != 0)
                fail_msg("case %td: %.*s", i, STR_ARG(s.cx.err.detail));
            continue;
        }
        for (ptrdiff_t k = 0; k < l.rows.count; k++) found[n++] = l.rows.row[k].email.ptr[0];
        if (strcmp(found, cases[i].found) != 0) fail_msg("case %td: %s", i, found);
    }
    struct listing both = {.filter = {.phase = -1, .permit = -1, .limit = 1, .own_count = 2}};
    both.filter.query = S("x");
    both.filter.own[0] = cases[0].wish;
    both.filter.own[1] = cases[4].wish;
    err_clear(&s.cx);
    assert_true(db_read(&s.cx, do_list, &both));
    assert_int_equal(both.rows.row[0].id, ids[2]);
    both.filter.after_id = ids[2]; /* the next page */
    assert_true(db_read(&s.cx, do_list, &both));
    assert_int_equal(both.rows.count, 1);
    assert_int_equal(both.rows.row[0].id, ids[0]);
    store_close(&s);
}

static bool do_again(struct ctx *cx, struct tx *tx, void *arg)
{
    struct free_fields *out = arg;
    enum field_slot slot;
    return free_field_ensure(cx, tx, S("f"), S("free_color"), FIELD_SELECT, S("Farbe"),
                             S("Gelb\nBlau"), &slot) &&
           free_field_list(cx, tx, out);
}

static void a_choice_keeps_the_options_of_earlier_forms(void **state)
{
    (void)state;
    struct store s;
    int64_t ids[COUNTOF(people)];
    struct free_fields own;
    open_filled(&s, ids);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, do_again, &own));
    const struct free_field *f = free_field_find(&own, S("free_color"));
    assert_non_null(f);
    assert_true(str_eq(f->options, S("Gelb\nBlau\nRot")));
    assert_true(str_eq(f->label, S("Farbe")));
    store_close(&s);
}

static bool do_rule(struct ctx *cx, struct tx *tx, void *arg)
{
    struct owner_rule *r = arg;
    return rule_save(cx, tx, r);
}

static bool do_rules(struct ctx *cx, struct tx *tx, void *arg)
{
    return rule_list(cx, tx, arg);
}

static void a_rule_asks_for_an_own_field(void **state)
{
    (void)state;
    struct store s;
    int64_t ids[COUNTOF(people)];
    struct owner_rules rules;
    struct free_fields own;
    open_filled(&s, ids);
    struct owner_rule r = {.id = 77,
                           .kind = RULE_FIELD,
                           .field = S("free_none"),
                           .value = S("Kräne, Kran"),
                           .person = {7},
                           .person_count = 1};
    assert_false(db_write(&s.cx, DB_INTERACTIVE, do_rule, &r)); /* no such field */
    err_clear(&s.cx);
    r.field = S("free_many");
    assert_true(db_write(&s.cx, DB_INTERACTIVE, do_rule, &r));
    assert_true(db_read(&s.cx, do_rules, &rules));
    assert_int_equal(rules.count, 1);
    assert_true(db_write(&s.cx, DB_INTERACTIVE, do_again, &own));
    str text[SLOT__COUNT] = {0};
    text[SLOT_SALUTATION] = S("Kran");
    assert_false(rule_fits(s.cx.a, &rules.row[0], text, 0));
    text[free_field_find(&own, S("free_many"))->slot] = S("Regale; kräne");
    assert_true(rule_fits(s.cx.a, &rules.row[0], text, 0));
    store_close(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_fields_find_their_leads),
        cmocka_unit_test(a_choice_keeps_the_options_of_earlier_forms),
        cmocka_unit_test(a_rule_asks_for_an_own_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

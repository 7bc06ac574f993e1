#include "keys/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const int64_t FAR = ((int64_t)1 << 40) - 1;
static const struct token TOKEN = {TOKEN_CONFIRM, 3, 42, 7, 1000};
static char memory[1 << 16];

static arena fresh(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

/* One key a use, each other than the rest, the same in every run. */
static struct key_ring ring_of(uint8_t seed)
{
    struct key_ring ring = {0};
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        ring.use[use].count = 1;
        ring.use[use].key[0].id = 1;
        memset(ring.use[use].key[0].secret.bytes, seed + use, MAC_KEY_BYTES);
    }
    return ring;
}

static void a_signed_token_says_what_was_signed(void **state)
{
    (void)state;
    static const struct token rows[] = {
        {TOKEN_CONFIRM, 3, 42, 7, 1000},
        {TOKEN_UNSUBSCRIBE, 1, 1, 0, 0},
        {TOKEN_PREFERENCES, INT64_MAX, INT64_MAX, INT64_MAX, FAR},
        {TOKEN_DOWNLOAD, 1, 2, 3, 4},
        {TOKEN_SIGN_IN, 0, 2, 3, 255},
        {TOKEN_INVITE, 1, 2, 0, 256},
        {TOKEN_RESET, 0, 2, 3, 1767225600},
        {TOKEN_STAMP, 1, 0, 3, 1767225600},
    };
    struct key_ring ring = ring_of(1);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct token out;
        str text = token_sign(&a, &ring, rows[i]);
        assert_int_equal(text.len, TOKEN_LEN);
        assert_int_equal(token_verify(text, &ring, rows[i].use, 3, &out), TOKEN_OK);
        assert_int_equal(out.use, rows[i].use);
        assert_int_equal(out.workspace_id, rows[i].workspace_id);
        assert_int_equal(out.subject_id, rows[i].subject_id);
        assert_int_equal(out.object_id, rows[i].object_id);
        assert_int_equal(out.expires_at_s, rows[i].expires_at_s);
    }
}

/* Links that are out in the world: what these bytes say may not change with a release. */
static void the_wire_format_stands(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = ring_of(1);
    str text = token_sign(&a, &ring, TOKEN);
    assert_true(
        str_eq(text, S("AQEBAAAAAAAAAAMAAAAAAAAAKgAAAAAAAAAHAAAAA-gkmYvT1OvepaqfQkWQiIeZ")));
}

static void every_refusal_has_its_row(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = ring_of(1), other = ring_of(100), newer = ring_of(1);
    struct token never = TOKEN, stamp = TOKEN;
    newer.use[KEY_TOKEN].key[0].id = 2;
    never.expires_at_s = 0;
    stamp.use = TOKEN_STAMP;
    str good = token_sign(&a, &ring, TOKEN);
    char longer[TOKEN_LEN + 1], spaced[TOKEN_LEN];
    memcpy(longer, good.ptr, TOKEN_LEN);
    longer[TOKEN_LEN] = 'A';
    memcpy(spaced, good.ptr, TOKEN_LEN);
    spaced[10] = ' ';

    const struct {
        const char *name;
        str text;
        enum token_use use;
        int64_t now_s;
        enum token_err want;
    } rows[] = {
        {"absent", {0}, TOKEN_CONFIRM, 0, TOKEN_MALFORMED},
        {"empty", S(""), TOKEN_CONFIRM, 0, TOKEN_MALFORMED},
        {"one short", {good.ptr, good.len - 1}, TOKEN_CONFIRM, 0, TOKEN_MALFORMED},
        {"one long", {longer, sizeof longer}, TOKEN_CONFIRM, 0, TOKEN_MALFORMED},
        {"a space", {spaced, sizeof spaced}, TOKEN_CONFIRM, 0, TOKEN_MALFORMED},
        {"other ring", token_sign(&a, &other, TOKEN), TOKEN_CONFIRM, 0, TOKEN_FORGED},
        {"key id not listed", token_sign(&a, &newer, TOKEN), TOKEN_CONFIRM, 0, TOKEN_FORGED},
        {"link as stamp", good, TOKEN_STAMP, 0, TOKEN_FORGED},
        {"stamp as link", token_sign(&a, &ring, stamp), TOKEN_CONFIRM, 0, TOKEN_FORGED},
        {"confirm as unsubscribe", good, TOKEN_UNSUBSCRIBE, 0, TOKEN_MISUSED},
        {"misused and expired", good, TOKEN_UNSUBSCRIBE, 5000, TOKEN_MISUSED},
        {"last second", good, TOKEN_CONFIRM, 999, TOKEN_OK},
        {"expiry itself", good, TOKEN_CONFIRM, 1000, TOKEN_EXPIRED},
        {"long after", good, TOKEN_CONFIRM, INT64_MAX, TOKEN_EXPIRED},
        {"never expires", token_sign(&a, &ring, never), TOKEN_CONFIRM, INT64_MAX, TOKEN_OK},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct token out = {.subject_id = -1};
        enum token_err got = token_verify(rows[i].text, &ring, rows[i].use, rows[i].now_s, &out);
        bool told = got == TOKEN_OK || got == TOKEN_EXPIRED;
        if (got != rows[i].want) fail_msg("%s: %d", rows[i].name, got);
        if (out.subject_id != (told ? 42 : -1)) fail_msg("%s: wrong out", rows[i].name);
    }
}

static void no_use_passes_for_another(void **state)
{
    (void)state;
    struct key_ring ring = ring_of(1);
    for (int made = TOKEN_CONFIRM; made <= TOKEN_STAMP; made++)
        for (int asked = TOKEN_CONFIRM; asked <= TOKEN_STAMP; asked++) {
            arena a = fresh();
            struct token token = TOKEN, out;
            token.use = (enum token_use)made;
            str text = token_sign(&a, &ring, token);
            enum token_err got = token_verify(text, &ring, (enum token_use)asked, 0, &out);
            assert_int_equal(got == TOKEN_OK, made == asked);
        }
}

static void an_older_key_is_accepted_until_it_is_retired(void **state)
{
    (void)state;
    arena a = fresh();
    struct token out;
    struct key_ring ring = ring_of(1);
    str old = token_sign(&a, &ring, TOKEN);
    assert_true(key_ring_add(&ring, KEY_TOKEN, 5));
    str new = token_sign(&a, &ring, TOKEN);

    assert_false(str_eq(old, new));
    assert_memory_equal(new.ptr, "AQIB", 4); /* version 1, key 2, confirm */
    assert_int_equal(token_verify(old, &ring, TOKEN_CONFIRM, 0, &out), TOKEN_OK);
    assert_int_equal(token_verify(new, &ring, TOKEN_CONFIRM, 0, &out), TOKEN_OK);

    struct key_list *list = &ring.use[KEY_TOKEN];
    list->key[0] = list->key[1];
    list->count = 1;
    assert_int_equal(token_verify(old, &ring, TOKEN_CONFIRM, 0, &out), TOKEN_FORGED);
    assert_int_equal(token_verify(new, &ring, TOKEN_CONFIRM, 0, &out), TOKEN_OK);
}

static void no_changed_character_passes(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = ring_of(1);
    str text = token_sign(&a, &ring, TOKEN);
    char bad[TOKEN_LEN];
    struct token out;
    for (int i = 0; i < TOKEN_LEN; i++)
        for (int c = 0; c < 256; c++) {
            memcpy(bad, text.ptr, sizeof bad);
            if (bad[i] == (char)c) continue;
            bad[i] = (char)c;
            enum token_err got =
                token_verify((str){bad, sizeof bad}, &ring, TOKEN_CONFIRM, 0, &out);
            if (got != TOKEN_MALFORMED && got != TOKEN_FORGED) fail_msg("byte %d: %d", i, got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signed_token_says_what_was_signed),
        cmocka_unit_test(the_wire_format_stands),
        cmocka_unit_test(every_refusal_has_its_row),
        cmocka_unit_test(no_use_passes_for_another),
        cmocka_unit_test(an_older_key_is_accepted_until_it_is_retired),
        cmocka_unit_test(no_changed_character_passes),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}

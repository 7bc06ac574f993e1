#include "keys/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char memory[1 << 20];

static arena fresh(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

static struct key_ring random_ring(void)
{
    struct key_ring ring;
    key_ring_new(&ring, 1000);
    return ring;
}

static void a_sealed_value_opens_to_what_was_sealed(void **state)
{
    (void)state;
    static const str rows[] = {
        S_INIT(""), S_INIT("x"), S_INIT("Anna M\xc3\xbcller"), S_INIT("a\0b"), {0}};
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct seal_key key;
        struct key_ring ring = random_ring();
        str ad = seal_ad(&a, "audit.before", 1, 2), plain = {0};
        seal_key_new(&key);
        str sealed = seal(&a, &key, rows[i], ad);
        assert_int_equal(sealed.len, rows[i].len + VALUE_SEAL_OVERHEAD_BYTES);
        assert_true(seal_open(&a, &key, sealed, ad, &plain));
        assert_true(str_eq(plain, rows[i]));
        assert_non_null(plain.ptr);
        assert_false(str_eq(sealed, seal(&a, &key, rows[i], ad)));

        sealed = secret_seal(&a, &ring, rows[i], ad);
        assert_int_equal(sealed.len, rows[i].len + SECRET_SEAL_OVERHEAD_BYTES);
        assert_true(secret_open(&a, &ring, sealed, ad, &plain));
        assert_true(str_eq(plain, rows[i]));
    }
}

/* The three kinds of sealed bytes behind one face, so that each refusal is tried on all. */
enum kind { KIND_VALUE, KIND_WRAPPED, KIND_SECRET, KIND__COUNT };

static bool opens(enum kind kind, const struct key_ring *ring, const struct seal_key *key,
                  str sealed, str ad)
{
    arena a = {memory + sizeof memory / 2, memory + sizeof memory, NULL};
    str plain = S("untouched");
    struct seal_key out = {{7}}, before = out;
    bool ok = false;
    switch (kind) {
    case KIND_VALUE:
        ok = seal_open(&a, key, sealed, ad, &plain);
        break;
    case KIND_WRAPPED:
        ok = seal_key_unwrap(ring, sealed, ad, &out);
        break;
    case KIND_SECRET:
        ok = secret_open(&a, ring, sealed, ad, &plain);
        break;
    case KIND__COUNT:
        break;
    }
    if (!ok) {
        assert_true(str_eq(plain, S("untouched")));
        assert_memory_equal(&out, &before, sizeof out);
    }
    return ok;
}

static void make_sealed(arena *a, const struct key_ring *ring, const struct seal_key *key, str ad,
                        str out[KIND__COUNT])
{
    out[KIND_VALUE] = seal(a, key, S("a value of 32 bytes, as a key is."), ad);
    out[KIND_WRAPPED] = seal_key_wrap(a, ring, key, ad);
    out[KIND_SECRET] = secret_seal(a, ring, S("a value of 32 bytes, as a key is."), ad);
}

static void nothing_opens_in_another_place_or_with_another_key(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = random_ring(), other_ring = random_ring();
    struct seal_key key, other_key;
    str sealed[KIND__COUNT], ad = seal_ad(&a, "lead.note", 1, 23);
    seal_key_new(&key);
    seal_key_new(&other_key);
    make_sealed(&a, &ring, &key, ad, sealed);

    const struct {
        const char *name;
        const struct key_ring *ring;
        const struct seal_key *key;
        str ad;
        bool ok;
    } rows[] = {
        {"its place", &ring, &key, seal_ad(&a, "lead.note", 1, 23), true},
        {"another key", &other_ring, &other_key, ad, false},
        {"another row", &ring, &key, seal_ad(&a, "lead.note", 1, 24), false},
        {"another workspace", &ring, &key, seal_ad(&a, "lead.note", 2, 23), false},
        {"another column", &ring, &key, seal_ad(&a, "lead.notf", 1, 23), false},
        {"digits moved", &ring, &key, seal_ad(&a, "lead.note", 12, 3), false},
        {"no place", &ring, &key, (str){0}, false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        for (int kind = 0; kind < KIND__COUNT; kind++)
            if (opens((enum kind)kind, rows[i].ring, rows[i].key, sealed[kind], rows[i].ad) !=
                rows[i].ok)
                fail_msg("%s, kind %d", rows[i].name, kind);

    assert_false(opens(KIND_SECRET, &ring, &key, sealed[KIND_WRAPPED], ad));
    assert_false(opens(KIND_WRAPPED, &ring, &key, sealed[KIND_SECRET], ad));
    assert_false(opens(KIND_VALUE, &ring, &key, sealed[KIND_SECRET], ad));
}

static void no_changed_bit_and_no_other_length_opens(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = random_ring();
    struct seal_key key;
    str sealed[KIND__COUNT], ad = seal_ad(&a, "lead.note", 1, 23);
    seal_key_new(&key);
    for (int use = 0; use < KEY_USE__COUNT; use++) /* so that key id 2 and 3 are listed, too */
        for (int i = 0; i < 2; i++) assert_true(key_ring_add(&ring, (enum key_use)use, 2000));
    make_sealed(&a, &ring, &key, ad, sealed);

    for (int kind = 0; kind < KIND__COUNT; kind++) {
        char *bad = NEW(&a, char, sealed[kind].len + 1);
        ptrdiff_t len = sealed[kind].len;
        memcpy(bad, sealed[kind].ptr, (size_t)len);
        for (ptrdiff_t bit = 0; bit < 8 * len; bit++) {
            bad[bit / 8] = (char)(bad[bit / 8] ^ 1 << bit % 8);
            if (opens((enum kind)kind, &ring, &key, (str){bad, len}, ad))
                fail_msg("kind %d, bit %d", kind, (int)bit);
            bad[bit / 8] = (char)(bad[bit / 8] ^ 1 << bit % 8);
        }
        for (ptrdiff_t n = 0; n < len; n++)
            assert_false(opens((enum kind)kind, &ring, &key, (str){bad, n}, ad));
        assert_false(opens((enum kind)kind, &ring, &key, (str){bad, len + 1}, ad));
        assert_false(opens((enum kind)kind, &ring, &key, (str){0}, ad));
        char *longer = NEW(&a, char, 4096);
        memcpy(longer, bad, (size_t)len);
        assert_false(opens((enum kind)kind, &ring, &key, (str){longer, 4096}, ad));
        assert_true(opens((enum kind)kind, &ring, &key, (str){bad, len}, ad));
    }
}

static void what_an_older_key_wrapped_opens_until_it_is_retired(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = random_ring();
    struct seal_key key, out;
    str old[KIND__COUNT], new[KIND__COUNT], ad = seal_ad(&a, "lead_key.wrapped", 1, 2);
    seal_key_new(&key);
    make_sealed(&a, &ring, &key, ad, old);
    assert_true(key_ring_add(&ring, KEY_WRAP, 2000));
    assert_true(key_ring_add(&ring, KEY_SECRET, 2000));
    make_sealed(&a, &ring, &key, ad, new);
    for (int kind = KIND_WRAPPED; kind < KIND__COUNT; kind++) {
        assert_int_equal(old[kind].ptr[1], 1);
        assert_int_equal(new[kind].ptr[1], 2);
        assert_true(opens((enum kind)kind, &ring, &key, old[kind], ad));
        assert_true(opens((enum kind)kind, &ring, &key, new[kind], ad));
    }
    assert_true(seal_key_unwrap(&ring, old[KIND_WRAPPED], ad, &out));
    assert_memory_equal(&out, &key, sizeof key);

    struct key_list *list = &ring.use[KEY_WRAP];
    list->key[0] = list->key[1];
    list->count = 1;
    assert_false(opens(KIND_WRAPPED, &ring, &key, old[KIND_WRAPPED], ad));
    assert_true(opens(KIND_WRAPPED, &ring, &key, new[KIND_WRAPPED], ad));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_value_opens_to_what_was_sealed),
        cmocka_unit_test(nothing_opens_in_another_place_or_with_another_key),
        cmocka_unit_test(no_changed_bit_and_no_other_length_opens),
        cmocka_unit_test(what_an_older_key_wrapped_opens_until_it_is_retired),
    };
    if (!crypto_init()) return 1;
    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}

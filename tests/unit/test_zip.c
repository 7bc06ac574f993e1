/* Short texts packed and unpacked, and what was never packed by us. */
#include "assert_str.h"

#include "base/crypto.h"
#include "base/zip.h"
#include "web/embedded.h"

#include <pthread.h>
#include <string.h>

static char memory[4 << 20];

static arena whole(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

#define COMMON                                                                                     \
    "Guten Tag, bitte bestaetigen Sie Ihre Angaben. Der Link gilt sieben Tage. Sie waren das "     \
    "nicht? Dann brauchen Sie nichts zu tun."

static void what_was_packed_comes_back(void **state)
{
    (void)state;
    static const struct {
        str plain, dictionary;
        ptrdiff_t at_most; /* bytes */
    } ROWS[] = {
        {S_INIT(""), S_INIT(""), 20},
        {S_INIT("a"), S_INIT(""), 20},
        {S_INIT("a\0b\xff"), S_INIT(""), 20},
        {S_INIT(COMMON COMMON COMMON COMMON), S_INIT(""), 140},
        {S_INIT("An k.brandt: " COMMON), S_INIT(COMMON), 40},
        {S_INIT("x"), S_INIT("short"), 20},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = whole();
        struct zip_dictionary *dictionary =
            ROWS[i].dictionary.len > 0 ? zip_dictionary_new(ROWS[i].dictionary) : NULL;
        str plain, packed = zip_pack(&a, ROWS[i].plain, dictionary);
        zip_dictionary_free(dictionary);
        assert_non_null(packed.ptr);
        assert_true(packed.len <= ROWS[i].at_most);
        assert_true(zip_unpack(&a, packed, ROWS[i].dictionary, ROWS[i].plain.len, &plain));
        assert_str("plain", plain, ROWS[i].plain);
    }
}

static void what_is_damaged_too_large_or_of_another_dictionary_is_refused(void **state)
{
    (void)state;
    arena a = whole();
    str text = S("An k.brandt: " COMMON), plain;
    struct zip_dictionary *dictionary = zip_dictionary_new(S(COMMON));
    str packed = zip_pack(&a, text, dictionary);
    zip_dictionary_free(dictionary);
    char *copy = NEW(&a, char, packed.len + 1);
    assert_false(zip_unpack(&a, packed, S(COMMON), text.len - 1, &plain));
    assert_null(plain.ptr);
    assert_false(zip_unpack(&a, S(""), S(COMMON), 1000, &plain));
    assert_false(zip_unpack(&a, S("Date: Mon"), S(COMMON), 1000, &plain));
    for (ptrdiff_t len = 0; len < packed.len; len++)
        assert_false(zip_unpack(&a, str_slice(packed, 0, len), S(COMMON), 1000, &plain));
    memcpy(copy, packed.ptr, (size_t)packed.len);
    copy[packed.len] = 'x';
    assert_false(zip_unpack(&a, (str){copy, packed.len + 1}, S(COMMON), 1000, &plain));
    /* Whatever is in it, it ends and stays in its place. */
    for (ptrdiff_t i = 0; i < packed.len; i++)
        for (int bit = 0; bit < 8; bit++) {
            arena b = a;
            memcpy(copy, packed.ptr, (size_t)packed.len);
            copy[i] = (char)(copy[i] ^ (1 << bit));
            if (zip_unpack(&b, (str){copy, packed.len}, S(COMMON), 1000, &plain))
                assert_true(plain.len <= 1000);
        }
    bool same = zip_unpack(&a, packed, S(""), 1000, &plain) && str_eq(plain, text);
    assert_false(same);
}

static void one_dictionary_serves_text_after_text(void **state)
{
    (void)state;
    struct zip_dictionary *dictionary = zip_dictionary_new(S(COMMON));
    for (int i = 0; i < 300; i++) {
        arena a = whole();
        /* a large one in between leaves nothing behind in what comes next */
        str text = str_printf(&a, "%d: %s%0*d", i, COMMON, i % 7 == 0 ? 30000 : i, i), plain;
        str packed = zip_pack(&a, text, dictionary);
        assert_non_null(packed.ptr);
        assert_true(zip_unpack(&a, packed, S(COMMON), text.len, &plain));
        assert_str("plain", plain, text);
    }
    zip_dictionary_free(dictionary);
}

static void *pack_many(void *dictionary)
{
    static _Thread_local char room[64 << 10];
    for (int i = 0; i < 200; i++) {
        arena a = {room, room + sizeof room, NULL};
        str text = str_printf(&a, "%d: " COMMON, i), plain;
        str packed = zip_pack(&a, text, dictionary);
        if (!zip_unpack(&a, packed, S(COMMON), text.len, &plain) || !str_eq(plain, text))
            return dictionary;
    }
    return NULL;
}

static void one_dictionary_serves_more_threads_than_it_keeps_contexts(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t thread[THREADS];
    struct zip_dictionary *dictionary = zip_dictionary_new(S(COMMON));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, pack_many, dictionary), 0);
    for (int i = 0; i < THREADS; i++) {
        void *wrong;
        assert_int_equal(pthread_join(thread[i], &wrong), 0);
        assert_null(wrong);
    }
    zip_dictionary_free(dictionary);
}

static void the_dictionaries_of_stored_mails_never_change(void **state)
{
    (void)state;
    static const struct {
        const char *path, *sha256;
    } ROWS[] = {
        {"share/mail/dictionary_1.txt",
         "98f96de2cf624cde831ba1fe8db4d491b001bd484fa2b06946d8b9b95f05dbf7"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        arena a = whole();
        const struct embedded_file *f = embedded_find(str_of(ROWS[i].path));
        assert_non_null(f);
        assert_str(ROWS[i].path, crypto_sha256_hex(&a, (str){(const char *)f->bytes, f->len}),
                   str_of(ROWS[i].sha256));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_packed_comes_back),
        cmocka_unit_test(what_is_damaged_too_large_or_of_another_dictionary_is_refused),
        cmocka_unit_test(one_dictionary_serves_text_after_text),
        cmocka_unit_test(one_dictionary_serves_more_threads_than_it_keeps_contexts),
        cmocka_unit_test(the_dictionaries_of_stored_mails_never_change),
    };
    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}

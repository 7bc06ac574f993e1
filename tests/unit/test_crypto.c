#include "assert_str.h"
#include "base/crypto.h"

#include <string.h>

static int begin(void **state)
{
    (void)state;
    return crypto_init() ? 0 : 1;
}

static void hashes_are_the_published_ones(void **state)
{
    (void)state;
    arena a = fresh();
    /* FIPS 180-2, appendix B; RFC 4231, case 2. */
    assert_str("abc", crypto_sha256_hex(&a, S("abc")),
               S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assert_str("nothing", crypto_sha256_hex(&a, (str){0}),
               S("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    struct mac_key key = {"Jefe"};
    uint8_t mac[MAC_BYTES];
    crypto_mac(&key, (const uint8_t *)"what do ya want for nothing?", 28, mac);
    assert_str("mac", hex_encode(&a, mac, MAC_BYTES),
               S("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
}

static void a_sealed_value_opens_with_its_key_and_context_alone(void **state)
{
    (void)state;
    arena a = fresh();
    struct seal_key key = {{1}}, other = {{2}};
    str plain = {0}, sealed = crypto_seal(&a, &key, S("secret"), S("lead.name.7"));
    assert_int_equal(sealed.len, 6 + SEAL_OVERHEAD_BYTES);
    assert_true(crypto_open(&a, &key, sealed, S("lead.name.7"), &plain));
    assert_str("plain", plain, S("secret"));
    assert_false(crypto_open(&a, &key, sealed, S("lead.name.8"), &plain));
    assert_false(crypto_open(&a, &other, sealed, S("lead.name.7"), &plain));
    assert_false(crypto_open(&a, &key, str_slice(sealed, 0, 39), S("lead.name.7"), &plain));
    assert_false(crypto_open(&a, &key, (str){0}, S(""), &plain));
    for (ptrdiff_t i = 0; i < sealed.len; i++) {
        char *bad = str_cstr(&a, sealed);
        bad[i] ^= 1;
        assert_false(crypto_open(&a, &key, (str){bad, sealed.len}, S("lead.name.7"), &plain));
    }
    str again = crypto_seal(&a, &key, S("secret"), S("lead.name.7"));
    assert_false(str_eq(again, sealed));
    assert_true(crypto_open(&a, &key, crypto_seal(&a, &key, (str){0}, S("")), S(""), &plain));
    assert_str("nothing", plain, S(""));
}

static void each_context_has_a_key_of_its_own(void **state)
{
    (void)state;
    uint8_t master[KDF_KEY_BYTES] = {7}, one[KDF_KEY_BYTES], two[KDF_KEY_BYTES],
            again[KDF_KEY_BYTES];
    crypto_kdf(master, S("session"), one);
    crypto_kdf(master, S("suppression"), two);
    crypto_kdf(master, S("session"), again);
    assert_memory_equal(one, again, KDF_KEY_BYTES);
    assert_memory_not_equal(one, two, KDF_KEY_BYTES);
    master[0] = 8;
    crypto_kdf(master, S("session"), again);
    assert_memory_not_equal(one, again, KDF_KEY_BYTES);
}

static void a_password_is_known_by_its_hash(void **state)
{
    (void)state;
    arena a = fresh();
    str hash = {0}, again = {0};
    assert_true(crypto_password_hash(&a, S("korrekt pferd"), &hash));
    assert_true(str_starts(hash, S("$argon2id$v=19$m=19456,t=2,p=1$")));
    assert_true(crypto_password_verify(hash, S("korrekt pferd")));
    assert_false(crypto_password_verify(hash, S("korrekt pferd ")));
    assert_false(crypto_password_verify(hash, S("")));
    assert_false(crypto_password_verify(S(""), S("korrekt pferd")));
    assert_false(crypto_password_verify(S("$argon2id$nonsense"), S("korrekt pferd")));
    assert_false(crypto_password_stale(hash));
    assert_true(crypto_password_stale(S("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHQ$aaaa")));
    assert_true(crypto_password_stale(S("")));
    assert_true(crypto_password_hash(&a, S("korrekt pferd"), &again));
    assert_false(str_eq(hash, again));
}

static void bytes_are_written_and_read_as_text(void **state)
{
    (void)state;
    arena a = fresh();
    const uint8_t bytes[] = {0x00, 0xfb, 0xff, 0x3f};
    uint8_t back[4];
    assert_str("hex", hex_encode(&a, bytes, 4), S("00fbff3f"));
    assert_str("base64url", base64url_encode(&a, bytes, 4), S("APv_Pw"));
    assert_str("base64", base64_encode(&a, (str){(const char *)bytes, 4}), S("APv/Pw=="));
    assert_str("nothing", base64_encode(&a, (str){0}), S(""));
    const struct {
        str text;
        bool ok;
    } hex[] = {
        {S("00FBff3f"), true}, {S("00fbff3"), false},    {S("00fbff3g"), false},
        {S("00fbff"), false},  {S("00fbff3f00"), false}, {S("00:bff3f"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(hex); i++) {
        if (hex_decode(hex[i].text, back, 4) != hex[i].ok) fail_msg("%.*s", STR_ARG(hex[i].text));
        if (hex[i].ok) assert_memory_equal(back, bytes, 4);
    }
    const struct {
        str text;
        bool ok;
    } base64[] = {
        {S("APv_Pw"), true}, {S("APv_Pw=="), false}, {S("APv/Pw"), false},   {S("APv_Px"), false},
        {S("APv_P"), false}, {S("APv\xff"), false},  {S("APv_Pw\n"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(base64); i++)
        if (base64url_decode(base64[i].text, back, 4) != base64[i].ok)
            fail_msg("%.*s", STR_ARG(base64[i].text));
}

static void equality_is_of_bytes_and_length(void **state)
{
    (void)state;
    assert_true(crypto_equal(S("abc"), S("abc")));
    assert_false(crypto_equal(S("abc"), S("abd")));
    assert_false(crypto_equal(S("abc"), S("ab")));
    assert_true(crypto_equal((str){0}, S("")));
    uint8_t secret[3] = {1, 2, 3}, one[16], two[16];
    crypto_wipe(secret, 3);
    assert_memory_equal(secret, "\0\0\0", 3);
    crypto_random(one, 16);
    crypto_random(two, 16);
    assert_memory_not_equal(one, two, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_the_published_ones),
        cmocka_unit_test(a_sealed_value_opens_with_its_key_and_context_alone),
        cmocka_unit_test(each_context_has_a_key_of_its_own),
        cmocka_unit_test(a_password_is_known_by_its_hash),
        cmocka_unit_test(bytes_are_written_and_read_as_text),
        cmocka_unit_test(equality_is_of_bytes_and_length),
    };
    return cmocka_run_group_tests_name("crypto", tests, begin, NULL);
}

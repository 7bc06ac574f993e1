/* Codes of phones, and recovery codes. */
#include "base/crypto.h"
#include "keys/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct arena_block block;
static arena a;

static int open_arena(void **state)
{
    (void)state;
    if (!crypto_init() || !arena_block_open(&block, 1 << 20)) return -1;
    a = arena_over(&block);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_block_close(&block);
    return 0;
}

static struct totp_secret of_the_rfc(void)
{
    struct totp_secret s;
    memcpy(s.bytes, "12345678901234567890", TOTP_SECRET_BYTES);
    return s;
}

/* RFC 6238 appendix B, the last six of its eight digits. */
static void codes_are_those_of_the_rfc(void **state)
{
    static const struct {
        int64_t at_s;
        uint32_t code;
    } cases[] = {{59, 287082},       {1111111109, 81804},  {1111111111, 50471},
                 {1234567890, 5924}, {2000000000, 279037}, {INT64_C(20000000000), 353130}};
    (void)state;
    struct totp_secret secret = of_the_rfc();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(totp_code(&secret, cases[i].at_s / 30), cases[i].code);
}

static void a_code_holds_one_step_to_either_side_and_once(void **state)
{
    static const struct {
        const char *typed;
        int64_t at_ms, last_step, step; /* step 0: refused */
    } cases[] = {
        {"287082", 59000, 0, 1},
        {"287 082", 59000, 0, 1},
        {" 287082 ", 59000, 0, 1},
        {"287082", 89999, 0, 1},
        {"287082", 90000, 0, 0},
        {"287082", 1111111109000, 0, 0},
        {"081804", 1111111109000, 0, 37037036},
        {"081804", 1111111139000, 0, 37037036}, /* the next step */
        {"081804", 1111111079999, 0, 37037036}, /* the one before */
        {"081804", 1111111109000, 37037035, 37037036},
        {"081804", 1111111109000, 37037036, 0}, /* used */
        {"081804", 1111111109000, 37037037, 0}, /* a later one has been used */
        {"81804", 1111111109000, 0, 0},
        {"0818040", 1111111109000, 0, 0},
        {"08180x", 1111111109000, 0, 0},
        {"", 1111111109000, 0, 0},
    };
    (void)state;
    struct totp_secret secret = of_the_rfc();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t step = 0;
        bool ok =
            totp_check(&secret, str_of(cases[i].typed), cases[i].at_ms, cases[i].last_step, &step);
        assert_int_equal(ok, cases[i].step != 0);
        assert_int_equal(step, cases[i].step);
    }
}

static void a_phone_is_told_all_by_the_uri(void **state)
{
    (void)state;
    struct totp_secret secret = of_the_rfc();
    str text = totp_secret_text(&a, &secret);
    assert_true(str_eq(text, S("GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")));
    str uri = totp_uri(&a, &secret, S("Lindhorst & Co"), S("m@firma.example"));
    assert_true(str_eq(uri, S("otpauth://totp/Lindhorst%20%26%20Co:m%40firma.example?secret="
                              "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Lindhorst%20%26%20Co")));
}

static void recovery_codes_are_read_as_people_type_them(void **state)
{
    static const struct {
        const char *typed, *read;
    } cases[] = {
        {"ABCDE-FGHJK", "ABCDEFGHJK"}, {"abcde fghjk", "ABCDEFGHJK"},
        {"oil12-34567", "0111234567"}, {"ABCDE-FGHJ", NULL},
        {"ABCDE-FGHJKM", NULL},        {"ABCDE-FGHJU", NULL},
        {"ABCDE-FGHJ\xc3\xa4", NULL},  {"", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str read;
        bool ok = recovery_code_read(&a, str_of(cases[i].typed), &read);
        assert_int_equal(ok, cases[i].read != NULL);
        if (ok) assert_true(str_eq(read, str_of(cases[i].read)));
    }
    str one = recovery_code_new(&a), other = recovery_code_new(&a), read;
    assert_int_equal(one.len, RECOVERY_CODE_LEN + 1);
    assert_true(recovery_code_read(&a, one, &read));
    assert_false(str_eq(one, other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(codes_are_those_of_the_rfc),
        cmocka_unit_test(a_code_holds_one_step_to_either_side_and_once),
        cmocka_unit_test(a_phone_is_told_all_by_the_uri),
        cmocka_unit_test(recovery_codes_are_read_as_people_type_them),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}

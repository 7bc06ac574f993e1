#include "assert_str.h"
#include "post/post_rules.h"

static void what_becomes_of_a_mail_depends_on_outcome_class_and_attempts(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum permit_class permit_class;
        enum mail_outcome outcome;
        int64_t attempts;
        enum mail_state want;
    } rows[] = {
        {"sent", PERMIT_DOI, OUTCOME_SENT, 1, MAIL_SENT},
        {"refused by the relay", PERMIT_DOI, OUTCOME_PERMANENT, 1, MAIL_DEAD},
        {"refused by the gate", PERMIT_ADVERTISING, OUTCOME_REFUSED, 1, MAIL_REFUSED},
        {"later", PERMIT_DOI, OUTCOME_TEMPORARY, 1, MAIL_QUEUED},
        {"the last but one", PERMIT_DOI, OUTCOME_TEMPORARY, POST_ATTEMPTS_MAX - 1, MAIL_QUEUED},
        {"the last", PERMIT_DOI, OUTCOME_TEMPORARY, POST_ATTEMPTS_MAX, MAIL_DEAD},
        {"DOI in doubt", PERMIT_DOI, OUTCOME_IN_DOUBT, 1, MAIL_QUEUED},
        {"delivery in doubt", PERMIT_TRANSACTIONAL, OUTCOME_IN_DOUBT, 1, MAIL_QUEUED},
        {"system in doubt", PERMIT_SYSTEM, OUTCOME_IN_DOUBT, 1, MAIL_QUEUED},
        {"disclosure in doubt", PERMIT_DISCLOSURE, OUTCOME_IN_DOUBT, 1, MAIL_QUEUED},
        {"always in doubt", PERMIT_DOI, OUTCOME_IN_DOUBT, POST_ATTEMPTS_MAX, MAIL_DEAD},
        {"advertising in doubt", PERMIT_ADVERTISING, OUTCOME_IN_DOUBT, 1, MAIL_IN_DOUBT},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        enum mail_state got =
            post_state_after(rows[i].permit_class, rows[i].outcome, rows[i].attempts);
        if (got != rows[i].want)
            fail_msg("%s: got %d, want %d", rows[i].name, (int)got, (int)rows[i].want);
    }
}

static void retries_grow_apart_and_end_after_two_days(void **state)
{
    (void)state;
    int64_t earliest = 0, latest = 0;
    for (int64_t i = 1; i < POST_ATTEMPTS_MAX; i++) {
        assert_true(post_retry_ms(i, 0) >= 48000);
        assert_true(post_retry_ms(i, 0) < post_retry_ms(i, 65535));
        assert_true(i == 1 || post_retry_ms(i, 7) >= post_retry_ms(i - 1, 7));
        earliest += post_retry_ms(i, 0);
        latest += post_retry_ms(i, 65535);
    }
    assert_in_range((uint64_t)earliest, UINT64_C(36) * 3600000, UINT64_C(48) * 3600000);
    assert_in_range((uint64_t)latest, UINT64_C(48) * 3600000, UINT64_C(58) * 3600000);
}

static void a_pause_grows_up_to_five_minutes(void **state)
{
    (void)state;
    assert_int_equal(post_pause_ms(1, 0), 4000);
    assert_int_equal(post_pause_ms(2, 0), 8000);
    assert_int_equal(post_pause_ms(1000000, 0), 240000);
    assert_true(post_pause_ms(1000000, 65535) <= 360000);
}

static void a_relays_words_show_no_address(void **state)
{
    (void)state;
    static const struct {
        str words, want;
    } rows[] = {
        {S_INIT(""), S_INIT("")},
        {S_INIT("2.0.0 Ok: queued as 4B1A2"), S_INIT("2.0.0 Ok: queued as 4B1A2")},
        {S_INIT("550 5.1.1 <k.brandt@firma.example>: unknown"),
         S_INIT("550 5.1.1 <k\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@firma.example>: unknown")},
        {S_INIT("a@b c@d"), S_INIT("a\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@b "
                                   "c\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@d")},
        {S_INIT("rcpt=anna+x@b.example"),
         S_INIT("rcpt=a\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@b.example")},
        {S_INIT("\xC3\xA4nna@b"), S_INIT("\xE2\x80\xA2\xE2\x80\xA2\xE2\x80\xA2@b")},
        {S_INIT("@ alone"), S_INIT("@ alone")},
        {S_INIT("ends with @"), S_INIT("ends with @")},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        assert_str("words", post_mask_addresses(&a, rows[i].words), rows[i].want);
    }
}

static void only_a_missing_mailbox_speaks_against_an_address(void **state)
{
    (void)state;
    static const struct {
        str reply;
        bool bad;
    } rows[] = {
        {S_INIT("550 5.1.1 <a@b>: user unknown"), true},
        {S_INIT("553 5.1.3 bad syntax"), true},
        {S_INIT("550 5.1.10 null MX"), true},
        {S_INIT("551 not here"), true},
        {S_INIT("550 5.7.1 blocked"), false},
        {S_INIT("552 5.2.2 full"), false},
        {S_INIT("550 no such user"), false},
        {S_INIT("450 4.1.1 later"), false},
        {S_INIT("554 5.1.12 odd"), false},
        {S_INIT(""), false},
        {S_INIT("551"), false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (post_address_is_bad(rows[i].reply) != rows[i].bad) fail_msg("%s", rows[i].reply.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_becomes_of_a_mail_depends_on_outcome_class_and_attempts),
        cmocka_unit_test(retries_grow_apart_and_end_after_two_days),
        cmocka_unit_test(a_pause_grows_up_to_five_minutes),
        cmocka_unit_test(a_relays_words_show_no_address),
        cmocka_unit_test(only_a_missing_mailbox_speaks_against_an_address),
    };
    return cmocka_run_group_tests_name("post_rules", tests, NULL, NULL);
}

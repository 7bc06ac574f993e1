#include "assert_str.h"
#include "consent/consent.h"
#include "consent/consent_rules.h"

static void a_list_shows_what_a_state_means(void **state)
{
    (void)state;
    static const struct {
        enum consent_state state;
        enum permit_summary want;
    } rows[] = {
        {CONSENT_REQUESTED, MAY_WAITING},   {CONSENT_CONFIRMED, MAY_YES}, {CONSENT_EXPIRED, MAY_NO},
        {CONSENT_WITHDRAWN, MAY_WITHDRAWN}, {CONSENT_REFUSED, MAY_NO},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (consent_summary_of(rows[i].state) != rows[i].want)
            fail_msg("%s: %d", consent_state_name(rows[i].state),
                     (int)consent_summary_of(rows[i].state));
}

static void of_two_summaries_the_better_is_shown_whichever_comes_first(void **state)
{
    (void)state;
    static const enum permit_summary order[] = {MAY_NO, MAY_WITHDRAWN, MAY_WAITING, MAY_YES};
    assert_int_equal(COUNTOF(order), MAY__COUNT);
    for (ptrdiff_t i = 0; i < COUNTOF(order); i++)
        for (ptrdiff_t k = 0; k < COUNTOF(order); k++)
            assert_int_equal(consent_summary_best(order[i], order[k]), order[i > k ? i : k]);
}

static void an_event_leads_to_its_state_but_does_not_undo_a_confirmed_consent(void **state)
{
    (void)state;
    static const struct {
        enum consent_state now;
        enum consent_event_kind event;
        enum consent_state want;
    } rows[] = {
        {CONSENT_REQUESTED, EVENT_CONFIRMED, CONSENT_CONFIRMED},
        {CONSENT_REQUESTED, EVENT_REQUESTED, CONSENT_REQUESTED},
        {CONSENT_REQUESTED, EVENT_EXPIRED, CONSENT_EXPIRED},
        {CONSENT_REQUESTED, EVENT_REFUSED, CONSENT_REFUSED},
        {CONSENT_REQUESTED, EVENT_WITHDRAWN, CONSENT_WITHDRAWN},
        {CONSENT_CONFIRMED, EVENT_CONFIRMED, CONSENT_CONFIRMED},
        {CONSENT_CONFIRMED, EVENT_REQUESTED, CONSENT_CONFIRMED},
        {CONSENT_CONFIRMED, EVENT_EXPIRED, CONSENT_CONFIRMED},
        {CONSENT_CONFIRMED, EVENT_REFUSED, CONSENT_CONFIRMED},
        {CONSENT_CONFIRMED, EVENT_WITHDRAWN, CONSENT_WITHDRAWN},
        {CONSENT_WITHDRAWN, EVENT_REQUESTED, CONSENT_REQUESTED},
        {CONSENT_WITHDRAWN, EVENT_CONFIRMED, CONSENT_CONFIRMED},
        {CONSENT_EXPIRED, EVENT_REQUESTED, CONSENT_REQUESTED},
        {CONSENT_REFUSED, EVENT_REQUESTED, CONSENT_REQUESTED},
        {CONSENT_REQUESTED, EVENT_AFFIRMED, CONSENT_REQUESTED},
        {CONSENT_CONFIRMED, EVENT_AFFIRMED, CONSENT_CONFIRMED},
        {CONSENT_WITHDRAWN, EVENT_AFFIRMED, CONSENT_WITHDRAWN},
        {CONSENT_EXPIRED, EVENT_AFFIRMED, CONSENT_EXPIRED},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        enum consent_state got = consent_state_after(rows[i].now, rows[i].event);
        if (got != rows[i].want)
            fail_msg("%s, then %s: %s", consent_state_name(rows[i].now),
                     consent_event_name(rows[i].event), consent_state_name(got));
    }
}

static void only_an_open_request_in_time_can_be_answered(void **state)
{
    (void)state;
    assert_true(confirmation_answerable(CONFIRMATION_OPEN, 1000, 999));
    assert_false(confirmation_answerable(CONFIRMATION_OPEN, 1000, 1000));
    static const enum confirmation_state closed[] = {CONFIRMATION_DONE, CONFIRMATION_REJECTED,
                                                     CONFIRMATION_EXPIRED, CONFIRMATION_REPLACED};
    for (ptrdiff_t i = 0; i < COUNTOF(closed); i++)
        assert_false(confirmation_answerable(closed[i], 1000, 1));
}

static void a_click_speaks_for_a_mailbox_and_a_signature_for_a_person(void **state)
{
    (void)state;
    static const struct {
        enum channel channel;
        bool click, signature;
    } rows[] = {
        {CHANNEL_EMAIL, true, false},
        {CHANNEL_PHONE, false, true},
        {CHANNEL_POST, true, true},
        {CHANNEL_SMS, false, false},
    };
    assert_int_equal(COUNTOF(rows), CHANNEL__COUNT - 1);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++)
        if (consent_click_opens(rows[i].channel) != rows[i].click ||
            consent_signature_opens(rows[i].channel) != rows[i].signature)
            fail_msg("%s", channel_name(rows[i].channel));
}

static void every_step_has_a_name(void **state)
{
    (void)state;
    static const char *const names[] = {"requested", "confirmed", "expired",
                                        "withdrawn", "refused",   "affirmed"};
    assert_int_equal(COUNTOF(names), EVENT__COUNT - 1);
    for (int i = 1; i < EVENT__COUNT; i++)
        assert_string_equal(consent_event_name((enum consent_event_kind)i), names[i - 1]);
}

static void channels_are_known_by_name(void **state)
{
    (void)state;
    enum channel channel = CHANNEL_POST;
    for (int i = 1; i < CHANNEL__COUNT; i++) {
        assert_true(channel_of(str_of(channel_name((enum channel)i)), &channel));
        assert_int_equal(channel, i);
    }
    static const str bad[] = {S_INIT("none"), S_INIT(""), S_INIT("Email"), {0}};
    for (ptrdiff_t i = 0; i < COUNTOF(bad); i++) assert_false(channel_of(bad[i], &channel));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_shows_what_a_state_means),
        cmocka_unit_test(of_two_summaries_the_better_is_shown_whichever_comes_first),
        cmocka_unit_test(an_event_leads_to_its_state_but_does_not_undo_a_confirmed_consent),
        cmocka_unit_test(only_an_open_request_in_time_can_be_answered),
        cmocka_unit_test(a_click_speaks_for_a_mailbox_and_a_signature_for_a_person),
        cmocka_unit_test(every_step_has_a_name),
        cmocka_unit_test(channels_are_known_by_name),
    };
    return cmocka_run_group_tests_name("consent_rules", tests, NULL, NULL);
}

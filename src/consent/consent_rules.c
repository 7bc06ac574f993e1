#include "consent/consent_rules.h"

#include "consent/consent.h"

enum permit_summary consent_summary_of(enum consent_state state)
{
    switch (state) {
    case CONSENT_REQUESTED:
        return MAY_WAITING;
    case CONSENT_CONFIRMED:
        return MAY_YES;
    case CONSENT_WITHDRAWN:
        return MAY_WITHDRAWN;
    case CONSENT_EXPIRED:
    case CONSENT_REFUSED:
    case CONSENT_STATE__COUNT:
        break;
    }
    return MAY_NO;
}

enum permit_summary consent_summary_best(enum permit_summary a, enum permit_summary b)
{
    static const int rank[MAY__COUNT] = {
        [MAY_NO] = 0, [MAY_WITHDRAWN] = 1, [MAY_WAITING] = 2, [MAY_YES] = 3};
    return rank[a] >= rank[b] ? a : b;
}

enum consent_state consent_state_after(enum consent_state now, enum consent_event_kind event)
{
    bool stays = now == CONSENT_CONFIRMED &&
                 (event == EVENT_REQUESTED || event == EVENT_EXPIRED || event == EVENT_REFUSED);
    return stays || event == EVENT_AFFIRMED ? now : (enum consent_state)event;
}

bool consent_signature_opens(enum channel channel)
{
    return channel == CHANNEL_POST || channel == CHANNEL_PHONE;
}

bool consent_click_opens(enum channel channel)
{
    return channel == CHANNEL_EMAIL || channel == CHANNEL_POST;
}

bool confirmation_answerable(enum confirmation_state state, int64_t expires_ms, int64_t now_ms)
{
    return state == CONFIRMATION_OPEN && now_ms < expires_ms;
}

const char *consent_state_name(enum consent_state state)
{
    static const char *const names[CONSENT_STATE__COUNT] = {"none",    "requested", "confirmed",
                                                            "expired", "withdrawn", "refused"};
    return names[state];
}

const char *consent_event_name(enum consent_event_kind kind)
{
    return kind == EVENT_AFFIRMED ? "affirmed" : consent_state_name((enum consent_state)kind);
}

static const char *const channel_names[CHANNEL__COUNT] = {"none", "email", "phone", "post", "sms"};

const char *channel_name(enum channel channel)
{
    return channel_names[channel];
}

bool channel_of(str name, enum channel *out)
{
    for (int i = 1; i < CHANNEL__COUNT; i++)
        if (str_eq(name, str_of(channel_names[i]))) {
            *out = (enum channel)i;
            return true;
        }
    return false;
}

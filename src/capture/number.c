/* The telephone numbers that a consent to calls or messages is about. A link in a mail proves no
 * number, so the proof says which ones were typed: whoever verifies one later refers to it.
 *
 * Sources: § 7a UWG (the number is part of what is to be documented); BGH I ZR 164/09. */
#include "capture/capture_inner.h"

#include "capture_sql.h"
#include "consent/consent.h"
#include "keys/lead_key.h"

static bool is_about_number(enum channel channel)
{
    return channel == CHANNEL_PHONE || channel == CHANNEL_SMS;
}

static void put(struct value facts, const struct answers *answers)
{
    static const struct {
        const char *key;
        enum field_slot slot;
    } numbers[] = {{"phone", SLOT_PHONE}, {"mobile", SLOT_MOBILE}};
    for (ptrdiff_t i = 0; i < COUNTOF(numbers); i++)
        if (answers->text[numbers[i].slot].len > 0)
            value_set_text(facts, numbers[i].key, answers->text[numbers[i].slot]);
}

void numbers_put(struct value facts, const struct form_def *def, const struct answers *answers)
{
    bool wanted = false;
    for (int i = 0; i < def->consent_count; i++)
        wanted = wanted || (answers->ticked[i] && is_about_number(def->consent[i].channel));
    if (wanted) put(facts, answers);
}

bool numbers_put_sent(struct ctx *cx, struct tx *tx, const struct confirmation *c,
                      const struct wording *wording, int count, struct value facts)
{
    struct submission_get_in in = {c->submission_id};
    struct submission_get_row row;
    struct seal_key key;
    struct answers answers;
    bool found, wanted = false;
    for (int i = 0; i < count; i++) wanted = wanted || is_about_number(wording[i].channel);
    if (!wanted) return true;
    if (!q_submission_get(tx, &in, &row, &found)) return false;
    if (!found) return true;
    if (!lead_key_load(cx, tx, c->lead_id, &key, &found)) return false;
    str ad = seal_ad(cx->a, "submission.answers", cx->workspace_id, c->submission_id), json;
    if (!found || !seal_open(cx->a, &key, row.answers, ad, &json)) return true;
    if (!answers_parse(cx, json, &answers)) return false;
    put(facts, &answers);
    return true;
}

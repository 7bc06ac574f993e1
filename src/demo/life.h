/* demo/life.h -- what becomes of a lead: how it came, what it agreed to, how far it got. Pure.
 *
 * A life is a plan of numbers and times, without texts: it is drawn twice, once to know how many
 * touchpoints all lives have together, once to write them down.
 */
#pragma once

#include "demo/dice.h"
#include "demo/season.h"
#include "lead/lead_types.h"

enum demo_form {
    DEMO_WHITEPAPER,
    DEMO_NEWSLETTER,
    DEMO_ADVICE,
    DEMO_WEBINAR,
    DEMO_FORM__COUNT,
    DEMO_BY_HAND = -1
};

enum demo_answer { ANSWER_NONE, ANSWER_OPEN, ANSWER_YES, ANSWER_NO, ANSWER_EXPIRED };

enum { LIFE_EVENTS_MAX = 32, LIFE_NOTES_MAX = 3 };

struct life_event {
    int64_t at_ms;
    enum touchpoint_kind kind;
    int n; /* which consent, note or phase */
};

struct life {
    int64_t created_ms;
    int form;       /* enum demo_form */
    bool ticked[2]; /* the form's boxes: newsletter by e-mail, calls */
    enum demo_answer answer;
    int64_t answered_ms;  /* confirmed, refused or expired */
    int64_t withdrawn_ms; /* the newsletter; 0: not */
    enum lead_phase phase;
    enum lead_state state;
    int64_t state_ms;
    bool english;
    int notes;
    struct life_event event[LIFE_EVENTS_MAX];
    int event_count;
    int64_t weight; /* its share of what else happens */
    int64_t end_ms; /* nothing happens later */
};

/* The life of lead i of n. */
void life_of(const struct season *season, int64_t seed, int64_t i, int64_t n, struct life *out);

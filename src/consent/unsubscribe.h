/* consent/unsubscribe.h -- the link in every advertising mail, and what follows from it.
 *
 * The token names the lead and the purpose (0: every one) and never expires: whoever still has
 * the mail may still withdraw. Nobody signs in and nobody is asked a question; a second time is
 * no fault.
 *
 * Terms:   unsubscribe, withdrawal, purpose (docs/GLOSSARY.md).
 * Sources: RFC 8058 (one-click), RFC 2369 (List-Unsubscribe), Art. 7(3) DSGVO, § 7 UWG.
 */
#pragma once

#include "consent/consent.h"

/* base_url/u/TOKEN for a lead and a purpose of cx's workspace. */
str unsubscribe_url(struct ctx *cx, str base_url, int64_t lead_id, int64_t purpose_id);

enum unsubscribe_kind {
    UNSUBSCRIBE_OPEN,    /* there is something to end */
    UNSUBSCRIBE_DONE,    /* nothing of it stands (any more) */
    UNSUBSCRIBE_UNKNOWN, /* no token at all, or of somebody who is not known any more */
    UNSUBSCRIBE_FORGED,  /* altered, or not signed by us */
    UNSUBSCRIBE_FOREIGN, /* ours, but of another use or another workspace */
};

/* What a link stands for. */
struct unsubscribe_view {
    enum unsubscribe_kind kind;
    int64_t lead_id, purpose_id; /* 0 unless OPEN or DONE; purpose 0: every one */
    str email_masked, lang;
    struct consent_row item[CONSENT_ITEMS_MAX]; /* what it would end, or has just ended */
    int item_count;
    bool others; /* something else over e-mail stands, too */
};

/* How the request came. */
struct unsubscribe_request {
    bool all;           /* every purpose, whatever the token names */
    bool one_click;     /* by the mail program, without a page */
    str ip, user_agent; /* absent if none */
};

/* Why somebody leaves, as the page offers it. */
extern const char *const unsubscribe_reasons[];
extern const int unsubscribe_reason_count;

/* Look, change nothing. */
MUST_USE bool unsubscribe_look(struct ctx *cx, str token, struct unsubscribe_view *out);
/* Withdraw; a whole use case. out->item is what has ended with it. */
MUST_USE bool unsubscribe_do(struct ctx *cx, str token, const struct unsubscribe_request *request,
                             struct unsubscribe_view *out);
/* Note a reason at the lead's timeline; what is none of unsubscribe_reasons is left out. */
MUST_USE bool unsubscribe_reason(struct ctx *cx, str token, str reason,
                                 struct unsubscribe_view *out);

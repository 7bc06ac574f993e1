/* share/share_refused.h -- websites that put a form into a frame and are not on its list.
 *
 * The browser obeys frame-ancestors and shows nothing; whoever looks after the form sees here which
 * website it was, and can allow it. What is kept is the website's origin and a moment: nothing of
 * the visitor, at most REFUSED_MAX a form, for REFUSED_DAYS. Anybody can send such a request by
 * hand, so that it is a hint and never more: one a website and form an hour, few a network.
 *
 * Terms:   origin (share/share_rules.h). Sources: Fetch Metadata (Sec-Fetch-Dest), CSP Level 3.
 */
#pragma once

#include "db/db.h"

enum { REFUSED_MAX = 20, REFUSED_DAYS = 7 };

struct share_refused {
    str origin;
    int64_t at_ms;
};
struct share_refused_list {
    struct share_refused *row;
    ptrdiff_t count;
};

/* The origin that such a request tells and that could be allowed; "" for any other request. `dest`
 * and `referrer` as they came, `own` our own origin, `origins` the form's list. Pure. */
str share_refused_origin(arena *a, str dest, str referrer, str own, str origins);
/* Remember it (a write of its own). Whether that goes well is nothing to the visitor. */
void share_refused_note(struct ctx *cx, int64_t form_id, str origin, str network);
/* Those of the last REFUSED_DAYS that are not on the list, newest first. */
MUST_USE bool share_refused_list(struct ctx *cx, struct tx *tx, int64_t form_id, str origins,
                                 struct share_refused_list *out);
/* Forget those that are older. */
MUST_USE bool share_refused_forget(struct ctx *cx, struct tx *tx);

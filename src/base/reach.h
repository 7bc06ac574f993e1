/* base/reach.h -- which leads somebody gets to see: the one place that decides.
 *
 * Who works here sees all leads, or only those that he looks after, or these and those that nobody
 * looks after (MAY_READ_ALL_LEADS, MAY_READ_FREE_LEADS: access/ gives the bits with the session).
 * Applicants are seen by those who have a right of their own to it. Jobs, commands and visitors of
 * public pages act for nobody: they are not held back.
 *
 * A lead beyond reach is not there: pages and programs get the same answer as for an id that was
 * never given. Rooms ask for one lead (lead_load does), or put the three numbers into a query:
 *   (:any = 1 OR owner_user_id = :mine OR owner_user_id = :mine_too)
 */
#pragma once

#include "base/ctx.h"

struct reach {
    int64_t any;        /* 1: whosever */
    int64_t mine;       /* else leads of this user … */
    int64_t mine_too;   /* … and of this one: the same, or 0 for those that nobody looks after */
    int64_t applicants; /* 1: also them */
};

/* What these may see. */
struct reach reach_of(const struct actor *actor);
/* Is a lead with that owner (0: nobody) within it? */
bool reach_holds(const struct reach *reach, int64_t owner_id);

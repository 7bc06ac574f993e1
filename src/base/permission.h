/* base/permission.h -- what somebody may do: the bits that an actor carries (base/ctx.h).
 *
 * A route names the bits it needs (web/web.h); roles and tokens give them (access/access_types.h).
 * The numbers stand in the database: never renumber.
 */
#pragma once

enum permission {
    MAY_READ_LEADS = 1 << 0,
    MAY_WRITE_LEADS = 1 << 1,
    MAY_ERASE_LEADS = 1 << 2,
    MAY_EXPORT = 1 << 3,
    MAY_READ_FORMS = 1 << 4,
    MAY_WRITE_FORMS = 1 << 5,
    MAY_READ_OUTBOX = 1 << 6,
    MAY_SEND_AGAIN = 1 << 7,
    MAY_READ_AUDIT = 1 << 8,
    MAY_READ_SETTINGS = 1 << 9,
    MAY_WRITE_SETTINGS = 1 << 10,
    MAY_MANAGE_PEOPLE = 1 << 11,
    MAY_MANAGE_WORKSPACES = 1 << 12,
    MAY_READ_EVIDENCE = 1 << 13, /* IP addresses and mails inside a proof */
    MAY_WITHDRAW = 1 << 14,      /* record a withdrawal for somebody */
    MAY_OWN_ACCOUNT = 1 << 15,   /* one's own password, sessions, tokens */
    MAY_IMPORT = 1 << 16,
    MAY_APPROVE_WORDINGS = 1 << 17, /* say that a consent text may be used */
    MAY_SEE_APPLICANTS = 1 << 18,   /* leads who applied for a job */
    MAY_READ_ALL_LEADS = 1 << 19,   /* not only those that one looks after (base/reach.h) */
    MAY_READ_FREE_LEADS = 1 << 20,  /* beside one's own those that nobody looks after */
};

/* No permission: of a route, beside its bits. Whoever is signed in must have proved himself within
 * the last minutes, else he is asked to (access/access.h); a program's token need not. */
#define MUST_PROVE ((uint64_t)1 << 62)

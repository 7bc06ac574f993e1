/* bell/bell.h -- what somebody at work is told inside the admin: the bell, its count and its list.
 *
 * A notice is of one person and one workspace, and says what happened by numbers alone: the kind,
 * the lead, who did it. Names are read when it is shown, with what the person may see then. It goes
 * with its lead, and after BELL_KEPT_DAYS in any case. Which kinds somebody wants, here and by
 * mail, he says himself.
 *
 * Terms: notice, kind (docs/GLOSSARY.md).
 */
#pragma once

#include "db/db.h"

/* Numbers stand in the database: never renumber. */
enum bell_kind {
    BELL_SUBMISSION = 1, /* something came in for me; about: the submission */
    BELL_ASSIGNED = 2,   /* a lead was handed to me; about: the handover */
    BELL_DUE = 3,        /* a lead of mine is overdue; about: its due time */
    BELL_TASK = 4,       /* somebody gave me a task; about: the task */
    BELL_TASK_DUE = 5,   /* a task of mine is due; about: the task */
    BELL_DELIVERY = 6,   /* the mail server takes no mail; about: the day */
    BELL_BACKUP = 7,     /* a backup failed; about: the day */
    BELL__COUNT
};

enum { BELL_KEPT_DAYS = 90, BELL_UNREAD_MAX = 100, BELL_PAGE_ROWS = 50 };

struct bell_kind_def {
    const char *name;    /* "submission": of the API and of i18n */
    uint64_t permission; /* who lacks it is told nothing of it, and is not asked about it */
    bool mail;           /* there is a mail of it, too */
};
/* Indexed by kind, from 1. */
extern const struct bell_kind_def bell_kinds[BELL__COUNT];

/* Tell a person (0: nobody), once of the same thing, unless he does not want that kind. lead_id 0:
 * not about one. In the transaction of what happened; who did it is the context's actor, and
 * nobody is told of what he did himself. */
MUST_USE bool bell_ring(struct ctx *cx, struct tx *tx, int64_t user_id, enum bell_kind kind,
                        int64_t lead_id, int64_t about_id);
/* Does he want the mail of that kind? True for whoever has said nothing. */
MUST_USE bool bell_mail_wanted(struct ctx *cx, struct tx *tx, int64_t user_id, enum bell_kind kind,
                               bool *wanted);
/* Forget what tells of a lead. */
MUST_USE bool bell_erase(struct ctx *cx, struct tx *tx, int64_t lead_id);

struct bell_row {
    int64_t id, lead_id, at_ms, seen_ms; /* seen_ms 0: not yet */
    enum bell_kind kind;
    str lead_name, form_name, by_name; /* empty where there is none */
};
struct bell_rows {
    struct bell_row *row;
    ptrdiff_t count;
};
/* What a person has not looked at, newest first, at most BELL_UNREAD_MAX. */
MUST_USE bool bell_unread(struct ctx *cx, struct tx *tx, int64_t user_id, struct bell_rows *out);
/* What he has, newest first, before an id (0: from the newest). */
MUST_USE bool bell_seen(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t before_id,
                        int limit, struct bell_rows *out);
/* How many he has not looked at; at most BELL_UNREAD_MAX. */
MUST_USE bool bell_count(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t *count);
/* One of his; ERR_NOT_FOUND if it is another's. */
MUST_USE bool bell_get(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t id,
                       struct bell_row *out);
/* He has looked at it; at all up to `id`. */
MUST_USE bool bell_look(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t id);
MUST_USE bool bell_look_all(struct ctx *cx, struct tx *tx, int64_t user_id, int64_t up_to_id);

/* What somebody does not want: bits of 1 << kind. */
struct bell_choice {
    uint64_t here_off, mail_off;
};
MUST_USE bool bell_choice_load(struct ctx *cx, struct tx *tx, int64_t user_id,
                               struct bell_choice *out);
MUST_USE bool bell_choice_save(struct ctx *cx, struct tx *tx, int64_t user_id,
                               const struct bell_choice *in);

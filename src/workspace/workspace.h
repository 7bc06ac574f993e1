/* workspace/workspace.h -- workspaces (Mandanten): one controller each, data never mixes.
 *
 * Source: Art. 4 Nr. 7 DSGVO. The public host decides which workspace a request is for; the first
 * workspace has the host '' and is the default.
 */
#pragma once

#include "db/db.h"

struct workspace {
    int64_t id;
    str name, host;
};

struct workspaces {
    struct workspace *row;
    ptrdiff_t count;
};

/* The workspace a host name stands for; ERR_NOT_FOUND before the first one exists, and for the host
 * of one that is going. */
MUST_USE bool workspace_by_host(struct ctx *cx, struct tx *tx, str host, struct workspace *out);
/* Read one by id; ERR_NOT_FOUND. */
MUST_USE bool workspace_load(struct ctx *cx, struct tx *tx, int64_t id, struct workspace *out);
/* All of them, oldest first. */
MUST_USE bool workspace_list(struct ctx *cx, struct tx *tx, struct workspaces *out);
/* The ids of all, archived ones too: for housekeeping. */
struct workspace_ids {
    int64_t *id;
    ptrdiff_t count;
};
MUST_USE bool workspace_all_ids(struct ctx *cx, struct tx *tx, struct workspace_ids *out);
/* Housekeeping: run `fn` in each of them, NULL: in all, one after the other; cx->workspace_id says in
 * which. What fails in one is told in the log and keeps the others from nothing; false with the
 * first fault at the end. Only where the database is away for several in a row the rest waits for
 * the next time. What `fn` takes from the arena is given back. */
typedef bool workspace_fn(struct ctx *cx, void *arg);
MUST_USE bool workspace_each(struct ctx *cx, const struct workspace_ids *ids, workspace_fn *fn,
                             void *arg);
/* What a new installation calls its workspace until somebody gives it a name. */
#define WORKSPACE_FIRST_NAME S("Zulauf")
bool workspace_is_unnamed(str name);
/* Add one; ERR_CONFLICT field "host" if the host is taken. */
MUST_USE bool workspace_create(struct ctx *cx, struct tx *tx, str name, str host, int64_t *id);
/* Take the workspace's turn, before a check over several of its rows: of two transactions that do,
 * the second sees what the first has written. Not for what happens often. */
MUST_USE bool workspace_turn(struct ctx *cx, struct tx *tx, int64_t id);
/* How long a workspace that is to be deleted can be taken back; nothing answers meanwhile. */
#define WORKSPACE_WAIT_MS (INT64_C(7) * 24 * 3600 * 1000)

/* One that is going. */
struct workspace_going {
    struct workspace workspace;
    int64_t since_ms; /* when somebody wanted it deleted */
};
struct workspaces_going {
    struct workspace_going *row;
    ptrdiff_t count;
};
MUST_USE bool workspace_going_list(struct ctx *cx, struct tx *tx, struct workspaces_going *out);
/* From now on it is going; ERR_NOT_FOUND, ERR_CONFLICT workspace.default_stays. */
MUST_USE bool workspace_let_go(struct ctx *cx, struct tx *tx, int64_t id);
/* It stays after all; ERR_NOT_FOUND if it is not going, or its time is over. */
MUST_USE bool workspace_take_back(struct ctx *cx, struct tx *tx, int64_t id);
/* It went once and a restored backup has brought it back: it goes at the next opportunity. *there:
 * whether there was one. */
MUST_USE bool workspace_overdue(struct ctx *cx, struct tx *tx, int64_t id, bool *there);
/* Forget one whose time is over and whose rows are gone. */
MUST_USE bool workspace_forget(struct ctx *cx, struct tx *tx, int64_t id);
/* Is cx->workspace_id the default workspace? Its administrators are the installation's. */
MUST_USE bool workspace_is_default(struct ctx *cx, struct tx *tx, bool *is);
/* Rename, or change the host. */
MUST_USE bool workspace_change(struct ctx *cx, struct tx *tx, const struct workspace *w);

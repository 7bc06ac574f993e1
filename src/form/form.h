/* form/form.h -- forms: drafts, published versions, their pages' data.
 *
 * Functions work in the transaction given and on the context's workspace.
 */
#pragma once

#include "form/form_types.h"
#include "db/db.h"

/* A published form with its version. */
struct form_live {
    struct form form;
    struct form_def def;
    int64_t version_id, version_no;
    str version_sha256;      /* hex */
    enum form_closed closed; /* as of now */
};

struct form_rows {
    struct form *row;
    ptrdiff_t count;
};

/* Create a draft. ERR_CONFLICT field "slug" if the slug is taken. */
MUST_USE bool form_create(struct ctx *cx, struct tx *tx, str slug, str name,
                          const struct form_def *def, int64_t *id);
/* Change name, slug and draft. */
MUST_USE bool form_change(struct ctx *cx, struct tx *tx, int64_t id, str slug, str name,
                          const struct form_def *def);
/* Publish the draft as a new version; its consent texts become wordings. *def gets the wording ids.
 */
MUST_USE bool form_publish(struct ctx *cx, struct tx *tx, int64_t id);
/* Bring in the consent texts of the draft; *open is the first that has to be approved before it can be
 * published (-1: none), where the workspace asks for that. Faults as of form_publish. */
MUST_USE bool form_wordings_open(struct ctx *cx, struct tx *tx, int64_t id, int *open);
/* Note the fault of that text, with who can approve it; false. */
bool form_wording_refuse(struct ctx *cx, int open, str who);
/* A draft of its own with the same definition, under a name and an address that are free. */
MUST_USE bool form_duplicate(struct ctx *cx, struct tx *tx, int64_t id, int64_t *copy_id);
/* Take one of the places of a form that closes after so many; ERR_GONE where none is left. Others
 * have as many as they like. */
MUST_USE bool form_take(struct ctx *cx, struct tx *tx, const struct form_live *form);
/* Whether that definition is closed now, as the workspace's clock shows it. */
MUST_USE bool form_closed_now(struct ctx *cx, struct tx *tx, const struct form_def *def,
                              int64_t taken, enum form_closed *out);
/* Note the fault of a draft whose last day is over before it is published, unless that day is
 * published already; false. */
MUST_USE bool form_end_ahead(struct ctx *cx, struct tx *tx, int64_t id);
/* Note in form->closed whether its published version is closed now, and in form->changed whether
 * the draft says anything else than that version. */
MUST_USE bool form_closed_note(struct ctx *cx, struct tx *tx, struct form *form);
/* Which websites may show it: no part of a version, so that it holds at once. */
MUST_USE bool form_set_origins(struct ctx *cx, struct tx *tx, int64_t id, str origins);
/* Take it off the web; its submissions stay. */
MUST_USE bool form_archive(struct ctx *cx, struct tx *tx, int64_t id);
/* Take an archived form back as it was: published if it ever was, else a draft. One that is not
 * archived stays as it is. */
MUST_USE bool form_restore(struct ctx *cx, struct tx *tx, int64_t id);
/* Read one; ERR_NOT_FOUND. Its submissions are not counted: no writer is to wait for that. */
MUST_USE bool form_load(struct ctx *cx, struct tx *tx, int64_t id, struct form *out);
/* Its numbers (tally/tally.h), and what is held back, for whoever shows it and sees all leads. */
MUST_USE bool form_count(struct ctx *cx, struct tx *tx, struct form *form);
/* The published version behind /f/{slug}; ERR_NOT_FOUND if there is none. */
MUST_USE bool form_live_by_slug(struct ctx *cx, struct tx *tx, str slug, struct form_live *out);
/* The published version of a form by id. */
MUST_USE bool form_live_by_id(struct ctx *cx, struct tx *tx, int64_t id, struct form_live *out);
/* A form as one of its versions had it, published or not: for what came while it was. */
MUST_USE bool form_live_by_version(struct ctx *cx, struct tx *tx, int64_t version_id,
                                   struct form_live *out);
/* The form with the consent texts and the look of the version that a visitor was shown, and under
 * that version's number; confirmed by mail if either asks for that; all else (fields, file, end)
 * stays as *form has it. *found false: that version is none of this form's, and *out is void. *out
 * is not *form. */
MUST_USE bool form_as_shown(struct ctx *cx, struct tx *tx, const struct form_live *form,
                            int64_t version_id, struct form_live *out, bool *found);
/* Whether visitors' devices prove work, and whether the walk through the form is counted. */
MUST_USE bool form_guard(struct ctx *cx, struct tx *tx, int64_t id, bool proof, bool counts);
/* One page, newest first, with counts. */
MUST_USE bool form_page(struct ctx *cx, struct tx *tx, int64_t before_id, int limit,
                        struct form_rows *out);
/* The newest `limit` to choose from: id, address, name, state and version, and nothing that has to
 * be counted. */
MUST_USE bool form_names(struct ctx *cx, struct tx *tx, int limit, struct form_rows *out);
/* Was one ever published? What was published stays, in the archive too. */
MUST_USE bool form_ever(struct tx *tx, bool *published);
/* The archived ones, newest first, with counts. */
MUST_USE bool form_archived(struct ctx *cx, struct tx *tx, int limit, struct form_rows *out);
/* What was published, newest first. */
struct form_version_row {
    int64_t version_no, published_ms;
    str user_name;
};
/* Which consent texts of a definition nobody has approved yet, by their place. */
MUST_USE bool form_wordings_waiting(struct ctx *cx, struct tx *tx, const struct form_def *def,
                                    bool waits[FORM_CONSENTS_MAX]);
MUST_USE bool form_version_list(struct ctx *cx, struct tx *tx, int64_t id, int limit,
                                struct form_version_row **out, ptrdiff_t *count);
/* What a form's version of that number was, and when it was published; ERR_NOT_FOUND. */
MUST_USE bool form_version_load(struct ctx *cx, struct tx *tx, int64_t id, int64_t version_no,
                                struct form_def *def, int64_t *published_ms);
const char *form_state_name(enum form_state state);

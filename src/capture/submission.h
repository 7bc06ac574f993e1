/* capture/submission.h -- the submissions of a form: listed, shown, exported.
 *
 * Newest first, by key. Answers are opened with the lead's key; what is held back (spam/suspect.h)
 * is listed beside them, opened with its own. Whoever sees some leads only sees what these sent.
 */
#pragma once

#include "base/buf.h"
#include "base/value.h"
#include "db/db.h"
#include "form/form_types.h"
#include "lead/lead_export.h"

enum submission_filter {
    SUBMISSIONS_ALL,       /* but for tries */
    SUBMISSIONS_OPEN,      /* not confirmed: waiting, or past it */
    SUBMISSIONS_CONFIRMED, /* */
    SUBMISSIONS_DIRECT,    /* of forms that ask for no confirmation */
    SUBMISSIONS_TEST,      /* colleagues' tries */
    SUBMISSIONS_HELD,      /* in quarantine */
    SUBMISSIONS__COUNT
};
/* "all", "open", "confirmed", "direct", "test", "held". */
const char *submission_filter_name(enum submission_filter filter);
MUST_USE bool submission_filter_of(str name, enum submission_filter *out);

struct submission_query {
    int64_t form_id, before_id; /* 0: from the newest */
    enum submission_filter filter;
    int limit;
};

struct submission_item {
    int64_t id, at_ms, lead_id, version_no;
    enum submission_state state;
    bool test, held;
    uint32_t reasons; /* of one that is held */
    str name, email, company;
    struct value answers; /* as answers_json writes it; null where no key is */
};

struct submission_items {
    struct submission_item *row;
    ptrdiff_t count;
};

/* One page. */
MUST_USE bool submission_page(struct ctx *cx, struct tx *tx, const struct submission_query *query,
                              struct submission_items *out);
/* One of a form, held or not; ERR_NOT_FOUND. */
MUST_USE bool submission_find(struct ctx *cx, struct tx *tx, int64_t form_id, int64_t id,
                              struct submission_item *out);
/* As the API and pages show it. */
struct value submission_item_value(struct ctx *cx, const struct submission_item *item);

/* An export under way: newest first. Zeroed but for format, separator and query. */
struct submission_export {
    enum export_format format;
    char separator;
    struct submission_query query;
    str *key; /* of the columns of answers */
    ptrdiff_t key_count;
    int64_t rows;
};
/* Read which columns there are: every field that a version of the form has asked. Taken from cx->a,
 * must outlive the export. */
MUST_USE bool submission_export_begin(struct ctx *cx, struct tx *tx, struct submission_export *e);
void submission_export_head(const struct submission_export *e, struct buf *b);
/* Of a struct submission_export (lead/export_pages.h). */
export_page submission_export_page;

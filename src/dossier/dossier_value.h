/* dossier/dossier_value.h -- a lead's record as the API and the pages tell it.
 *
 * Proof: a consent with its wording and every event, each with facts, network and block. The
 * network part (IP address, user agent) is told only to whoever may read evidence; else it is null.
 */
#pragma once

#include "base/value.h"
#include "dossier/dossier.h"

/* `events` NULL: without evidence.
 * [{"id","purpose","purpose_label","channel","state","wording":{…},"requested_at",…,
 *   "evidence":[{"id","kind","at","facts","network","network_deleted","block":{"no","hash","sealed"}}]}]
 */
struct value consents_value(struct ctx *cx, const struct consent_rows *consents,
                            const struct consent_event_rows *events);
/* One of that evidence. */
struct value consent_event_value(struct ctx *cx, const struct consent_event_row *e);
/* Who may be e-mailed, in one line: {"kind":"ok|wait|bad|none","purpose","at","text_key"}. */
struct value permit_value(struct ctx *cx, const struct dossier *d);
/* The history by days of the workspace's zone: [{"at","items":[{"kind","title_key",
 * "title_args","detail","at","icon","class"}]}]. */
struct value timeline_value(struct ctx *cx, const struct dossier *d);
/* [{"id","form","form_version","at","state","answers":{…}}] */
struct value submissions_value(struct ctx *cx, const struct submission_rows *rows);
/* [{"kind","value","state","verified_at"}] */
struct value identities_value(struct ctx *cx, const struct identities *identities);

/* What a page of a history ends with, as opaque text, and back. */
str timeline_cursor(arena *a, const struct touchpoint *last);
MUST_USE bool timeline_cursor_read(str cursor, int64_t *before_ms, int64_t *before_id);
/* Files that came with forms: [{id, name, type, bytes, field, submission, at, url}]. */
struct value lead_files_value(struct ctx *cx, int64_t lead_id, const struct lead_files *files);

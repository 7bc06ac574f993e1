/* lead/lead_phase.h -- how a lead moves from phase to phase, why it was lost, and its history.
 *
 * Terms: phase, lost reason (docs/GLOSSARY.md).
 */
#pragma once

#include "lead/lead.h"

/* Why a lead was lost: API names ("price" …), in the order in which people choose. */
extern const char *const lost_reasons[];
extern const int lost_reason_count;
/* Is it one of them? */
bool lost_reason_known(str name);

struct phase_event {
    int64_t id, at_ms, user_id;
    str user_name; /* empty where nobody or no longer known */
    enum lead_phase from, to;
    str reason; /* of PHASE_LOST; else empty */
    str note;   /* absent: none, or the key was erased */
};
struct phase_events {
    struct phase_event *row;
    ptrdiff_t count;
};

struct phase_change {
    enum lead_phase to;
    str reason, note; /* of PHASE_LOST; may be empty */
};

/* Move a lead on (or back), with its history and touchpoint; the phase it has is no change.
 * ERR_CONFLICT "lead.changed" if `old` is not the present version. */
MUST_USE bool lead_set_phase(struct ctx *cx, struct tx *tx, const struct lead *old,
                             const struct phase_change *change);
/* Remember a move that was made already. */
MUST_USE bool phase_event_write(struct ctx *cx, struct tx *tx, int64_t lead_id,
                                enum lead_phase from, const struct phase_change *change);
/* The newest moves, at most LIMIT_LIST_PAGE. */
MUST_USE bool phase_event_list(struct ctx *cx, struct tx *tx, int64_t lead_id,
                               struct phase_events *out);

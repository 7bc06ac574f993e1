/* importer/import_value.h -- an import as the API tells it.
 *
 *     {"id":"im_…","state":"checked","file_name":…,"bytes":…,"charset":"utf-8","separator":";",
 *      "columns":[{"name":"Vorname","field":"first_name"}],"known":"fill","wrong":"refuse","source":…,
 *      "campaign":{…} or null,"owner":{…} or null,"by":{…},
 *      "check":{"rows","new","known","twice","refused","wrong","blocked","refusals":[{"line","column","text"}]} or
 * null, "fault":{"text","line"} or null,
 *      "result":{"created","changed","unchanged","left","refused","emptied","erased"},"progress_pct":40,
 *      "created_at":…,"started_at":…,"ended_at":…,"refused_expires_at":…}
 */
#pragma once

#include "base/value.h"
#include "importer/import.h"

/* `whole`: with the columns and what the check refused. */
struct value import_value(struct ctx *cx, const struct import *im, bool whole);
/* Why a row, or a value, was refused, in a sentence. */
str import_fault_text(struct ctx *cx, const char *reason, int max_bytes);
str import_refusal_text(struct ctx *cx, const struct import_refusal *refusal);

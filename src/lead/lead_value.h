/* lead/lead_value.h -- a lead as the API tells it, and a touchpoint, and a note.
 *
 *     {"id":"ld_…","name":…,"email":…,"email_state":"verified","phase":"lead","state":"active",
 *      "owner":{"id":"us_…","name":…} or null,"handling":"new","due_at":…,
 *      "fields":{"first_name":…},"own_fields":[{"key","label","type","value"}],"may_email":{"state":"yes","purpose":…},
 *      "source":{"label":…,"utm":{…}},"created_at":…,"first_contact":{…},"version":3}
 *
 * Times are RFC 3339. Fields that are empty are left out of "fields".
 */
#pragma once

#include "base/value.h"
#include "lead/lead.h"

/* The whole lead. */
struct value lead_value(struct ctx *cx, const struct lead *lead);
/* Which state of its fields that is. */
str lead_etag(arena *a, const struct lead *lead);
/* One step of its history: {"id","kind","at","object","props"}. */
struct value touchpoint_value(struct ctx *cx, const struct touchpoint *t);
/* {"id","text","author","at"}; the text is null where the key was erased. */
struct value lead_note_value(struct ctx *cx, const struct lead_note *note);
/* Every field in the order of field_defs, filled or not: [{"key","type","autocomplete","value"}].
 */
struct value lead_fields_value(struct ctx *cx, const struct lead *lead);
/* JSON that we wrote ourselves, as a tree; null if it is none. */
struct value stored_value(struct ctx *cx, str json);
/* A field's options, one a line, as a list. */
struct value free_options_value(struct ctx *cx, str options);

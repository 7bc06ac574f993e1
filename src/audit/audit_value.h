/* audit/audit_value.h -- an entry of the log as the API, the page and a workspace's archive tell
 * it.
 *
 * Terms: audit, actor (docs/GLOSSARY.md).
 */
#pragma once

#include "audit/audit.h"

/* {"id":"au_…","at","actor","user":"us_…","user_name","action","object_type","object":"fm_…",
 *  "lead":"ld_…","detail"}; null where there is none. */
struct value audit_value(struct ctx *cx, const struct audit_row *row);

/* brand/brand.h -- how a workspace shows itself: logo, colour, font, form of address, footer.
 *
 * All but the logo's bytes are settings (setting/setting.h). Public pages carry it inline; only
 * a large logo is fetched, from an address that changes with what it holds, so that browsers may
 * keep it.
 */
#pragma once

#include "base/value.h"
#include "brand/brand_own.h"
#include "brand/brand_rules.h"
#include "db/db.h"
#include "setting/setting.h"

struct logo {
    int64_t id; /* another number, another logo */
    str media_type, bytes;
};

/* Keep a logo under a number of its own. Faults of the field "logo". */
MUST_USE bool logo_add(struct ctx *cx, struct tx *tx, str bytes, int64_t *id);
/* Put a workspace's logo in place of the one before, and note it. Faults of the field "logo". */
MUST_USE bool logo_save(struct ctx *cx, struct tx *tx, str bytes);
MUST_USE bool logo_remove(struct ctx *cx, struct tx *tx);
/* What was sent beside something that was refused is kept for this person, in place of what was
 * before, for LOGO_DRAFT_MS; nobody else is shown it. Faults of the field "logo". */
enum { LOGO_DRAFT_MS = 3600000 };
MUST_USE bool logo_draft_keep(struct ctx *cx, struct tx *tx, str bytes, int64_t *id);
/* *out of this person; found false: another's, another one by now, or too old. */
MUST_USE bool logo_draft_load(struct ctx *cx, struct tx *tx, int64_t id, struct logo *out,
                              bool *found);
MUST_USE bool logo_draft_drop(struct ctx *cx, struct tx *tx);
/* Forget everybody's that are too old. */
MUST_USE bool logo_draft_forget(struct ctx *cx, struct tx *tx);
/* ERR_NOT_FOUND where there is none, or it is another by now. */
MUST_USE bool logo_load(struct ctx *cx, struct tx *tx, int64_t id, struct logo *out);

/* "/brand/logo/…"; the absent str where there is none. */
str brand_logo_url(arena *a, const struct settings *settings);
/* "image/png;base64,…" of a logo that is small enough to stand in each public page; else the absent
 * str. */
MUST_USE bool brand_logo_data(struct ctx *cx, struct tx *tx, const struct settings *settings,
                              str *out);
/* What a public page's own style is made of (brand_css). */
void brand_look_of(arena *a, const struct settings *settings, struct brand_look *out);
/* What a mail shows of it: footer_text, and accent and accent_dark where it has a colour
 * (web/render.h), in the map "workspace" of its data. */
void brand_mail_value(arena *a, const struct settings *settings, struct value map);
/* The logo as a mail carries it; id 0 where there is none, or none that fits into a mail
 * (logo_fits_mail). */
MUST_USE bool brand_mail_logo(struct ctx *cx, struct tx *tx, const struct settings *settings,
                              struct logo *out);
/* The same in the map "workspace": {width, height}, in which it is shown. */
void brand_mail_logo_value(arena *a, const struct logo *logo, struct value map);

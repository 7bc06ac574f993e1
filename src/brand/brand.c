#include "brand/brand.h"

#include "base/colour.h"
#include "base/crypto.h"
#include "brand_sql.h"
#include "web/embedded.h"

bool logo_add(struct ctx *cx, struct tx *tx, str bytes, int64_t *id)
{
    struct logo_add_in in = {ctx_new_id(cx), logo_media_type(bytes), bytes};
    *id = in.id;
    if (bytes.len > LOGO_MAX_BYTES) return fail_field(cx, S("logo"), "brand.logo_too_large");
    if (in.media_type.ptr == NULL) return fail_field(cx, S("logo"), "brand.logo_kind");
    return q_logo_add(tx, &in, NULL);
}

/* The workspace's own, which nothing else names. */
static bool drop_own(struct ctx *cx, struct tx *tx)
{
    struct settings settings;
    if (!setting_load(cx, tx, &settings)) return false;
    struct logo_drop_in in = {setting_number(&settings, SETTING_LOGO)};
    return q_logo_drop(tx, &in, NULL);
}

bool logo_save(struct ctx *cx, struct tx *tx, str bytes)
{
    int64_t id;
    return logo_add(cx, tx, bytes, &id) && drop_own(cx, tx) &&
           setting_save(cx, tx, SETTING_LOGO, str_printf(cx->a, "%lld", (long long)id));
}

bool logo_remove(struct ctx *cx, struct tx *tx)
{
    return drop_own(cx, tx) && setting_save(cx, tx, SETTING_LOGO, S("0"));
}

bool logo_draft_forget(struct ctx *cx, struct tx *tx)
{
    struct logo_draft_old_in old = {cx->now_ms - LOGO_DRAFT_MS};
    return q_logo_draft_old(tx, &old, NULL);
}

bool logo_draft_drop(struct ctx *cx, struct tx *tx)
{
    struct logo_draft_drop_in own = {cx->actor.user_id};
    return logo_draft_forget(cx, tx) && q_logo_draft_drop(tx, &own, NULL);
}

bool logo_draft_keep(struct ctx *cx, struct tx *tx, str bytes, int64_t *id)
{
    struct logo_draft_add_in in = {cx->actor.user_id, ctx_new_id(cx), cx->now_ms,
                                   logo_media_type(bytes), bytes};
    *id = in.id;
    if (bytes.len > LOGO_MAX_BYTES) return fail_field(cx, S("logo"), "brand.logo_too_large");
    if (in.media_type.ptr == NULL) return fail_field(cx, S("logo"), "brand.logo_kind");
    return logo_draft_drop(cx, tx) && q_logo_draft_add(tx, &in, NULL);
}

bool logo_draft_load(struct ctx *cx, struct tx *tx, int64_t id, struct logo *out, bool *found)
{
    struct logo_draft_get_in in = {cx->actor.user_id, id, cx->now_ms - LOGO_DRAFT_MS};
    struct logo_draft_get_row row;
    if (!q_logo_draft_get(tx, &in, &row, found)) return false;
    if (*found) *out = (struct logo){id, row.media_type, row.bytes};
    return true;
}

bool logo_load(struct ctx *cx, struct tx *tx, int64_t id, struct logo *out)
{
    struct logo_get_in in = {id};
    struct logo_get_row row;
    bool found;
    if (!q_logo_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = (struct logo){id, row.media_type, row.bytes};
    return true;
}

str brand_logo_url(arena *a, const struct settings *settings)
{
    int64_t id = setting_number(settings, SETTING_LOGO);
    return id == 0 ? (str){0} : str_printf(a, "/brand/logo/%lld", (long long)id);
}

bool brand_logo_data(struct ctx *cx, struct tx *tx, const struct settings *settings, str *out)
{
    struct logo_small_in in = {setting_number(settings, SETTING_LOGO), LOGO_INLINE_BYTES};
    struct logo_small_row row;
    bool found = false;
    *out = (str){0};
    if (in.id != 0 && !q_logo_small(tx, &in, &row, &found)) return false;
    if (found)
        *out = str_printf(cx->a, "%.*s;base64,%.*s", STR_ARG(row.media_type),
                          STR_ARG(base64_encode(cx->a, row.bytes)));
    return true;
}

void brand_look_of(arena *a, const struct settings *settings, struct brand_look *out)
{
    str font = settings->value[SETTING_BRAND_FONT];
    str path = str_printf(a, "ui/dist/fonts/%.*s.woff2", STR_ARG(font));
    const struct embedded_file *f = embedded_find(path);
    *out = (struct brand_look){.colour = settings->value[SETTING_BRAND_COLOUR], .font = font};
    out->font_url =
        f == NULL ? S("") : str_printf(a, "/assets/%.*s.woff2?v=%.12s", STR_ARG(font), f->sha256);
}

void brand_mail_value(arena *a, const struct settings *settings, struct value map)
{
    static const struct colour white = {255, 255, 255}, panel_dark = {0x12, 0x20, 0x24};
    struct colour c;
    value_set_text(map, "footer_text", settings->value[SETTING_FOOTER_TEXT]);
    if (!colour_parse(settings->value[SETTING_BRAND_COLOUR], &c)) return;
    value_set_text(map, "accent", colour_text(a, colour_readable(c, white, CONTRAST_TEXT)));
    value_set_text(map, "accent_dark",
                   colour_text(a, colour_readable(c, panel_dark, CONTRAST_TEXT + 100)));
}

bool brand_mail_logo(struct ctx *cx, struct tx *tx, const struct settings *settings,
                     struct logo *out)
{
    struct logo_small_in in = {setting_number(settings, SETTING_LOGO), LOGO_MAIL_BYTES};
    struct logo_small_row row;
    bool found = false;
    (void)cx;
    *out = (struct logo){0};
    if (in.id != 0 && !q_logo_small(tx, &in, &row, &found)) return false;
    if (found && logo_fits_mail(row.bytes)) *out = (struct logo){in.id, row.media_type, row.bytes};
    return true;
}

void brand_mail_logo_value(arena *a, const struct logo *logo, struct value map)
{
    int width, height;
    if (logo->id == 0 || !logo_size(logo->bytes, &width, &height)) return;
    struct value size = value_map(a);
    logo_shrink(&width, &height);
    value_set_int(size, "width", width);
    value_set_int(size, "height", height);
    value_set(map, "logo", size);
}

#include "setting/setting.h"

#include "base/buf.h"
#include "base/colour.h"
#include "base/email.h"
#include "base/tz.h"
#include "base/url.h"
#include "base/utf8.h"
#include "setting_sql.h"

#include <string.h>

enum { SETTING_DOMAINS_BYTES = 4000 };

static const struct colour WHITE = {255, 255, 255};

const struct setting_def setting_defs[SETTING__COUNT] = {
    [SETTING_LEGAL_NAME] = {"legal_name", SETTING_TYPE_LINE, "", 200, 0, false},
    [SETTING_ADDRESS_LINE] = {"address_line", SETTING_TYPE_LINE, "", 400, 0, false},
    [SETTING_IMPRINT_URL] = {"imprint_url", SETTING_TYPE_URL, "", 2000, 0, false},
    [SETTING_PRIVACY_URL] = {"privacy_url", SETTING_TYPE_URL, "", 2000, 0, false},
    [SETTING_SENDER_NAME] = {"sender_name", SETTING_TYPE_LINE, "", 200, 0, false},
    [SETTING_SENDER_ADDRESS] = {"sender_address", SETTING_TYPE_EMAIL, "", 254, 0, false},
    [SETTING_REPLY_TO] = {"reply_to", SETTING_TYPE_EMAIL, "", 254, 0, false},
    [SETTING_TIME_ZONE] = {"time_zone", SETTING_TYPE_ZONE, "Europe/Berlin", 60, 0, false},
    [SETTING_LANG] = {"lang", SETTING_TYPE_LANG, "de", 2, 0, false},
    [SETTING_TOUCHPOINT_KEEP_MONTHS] = {"touchpoint_keep_months", SETTING_TYPE_NUMBER, "24", 20,
                                        600, true},
    [SETTING_NETWORK_KEEP_DAYS] = {"network_keep_days", SETTING_TYPE_NUMBER, "30", 20, 3660, true},
    [SETTING_TOUCHPOINTS_GONE_MS] = {"touchpoints_gone_ms", SETTING_TYPE_MARK, "0", 20, INT64_MAX,
                                     true},
    [SETTING_NETWORK_GONE_MS] = {"network_gone_ms", SETTING_TYPE_MARK, "0", 20, INT64_MAX, true},
    [SETTING_BRAND_COLOUR] = {"brand_colour", SETTING_TYPE_COLOUR, "", 7, 0, false},
    [SETTING_BRAND_FONT] = {"brand_font", SETTING_TYPE_FONT, "system", 20, 0, false},
    [SETTING_ADDRESS_FORM] = {"address_form", SETTING_TYPE_ADDRESS_FORM, "sie", 3, 0, false},
    [SETTING_FOOTER_TEXT] = {"footer_text", SETTING_TYPE_LINE, "", 400, 0, false},
    [SETTING_LOGO] = {"logo", SETTING_TYPE_MARK, "0", 20, INT64_MAX, false},
    [SETTING_PROVED_MONTHS] = {"proved_months", SETTING_TYPE_NUMBER, "12", 20, 120, false},
    [SETTING_PERSONAL_DAYS] = {"personal_days", SETTING_TYPE_NUMBER, "90", 20, 730, false},
    [SETTING_SALES_SEES] = {"sales_sees", SETTING_TYPE_SALES_SEES, "all", 20, 0, false},
    [SETTING_DOMAINS_ALLOWED] = {"domains_allowed", SETTING_TYPE_DOMAINS, "", 4000, 0, false},
    [SETTING_DOMAINS_DENIED] = {"domains_denied", SETTING_TYPE_DOMAINS, "", 4000, 0, false},
    [SETTING_SUSPECT_KEEP_DAYS] = {"suspect_keep_days", SETTING_TYPE_NUMBER, "30", 20, 366, true},
    [SETTING_APPLICANT_KEEP_MONTHS] = {"applicant_keep_months", SETTING_TYPE_NUMBER, "6", 20, 120,
                                       true},
    [SETTING_FILE_MAX_MB] = {"file_max_mb", SETTING_TYPE_NUMBER, "10", 20, 10, false},
    [SETTING_FILES_DAY_MB] = {"files_day_mb", SETTING_TYPE_NUMBER, "1000", 20, 100000, false},
    [SETTING_WORDINGS_APPROVED] = {"wordings_approved", SETTING_TYPE_NUMBER, "0", 20, 1, false},
    [SETTING_WAS_SENT] = {"was_sent", SETTING_TYPE_MARK, "0", 20, 1, false},
    [SETTING_RELAY_TEST_MAIL] = {"relay_test_mail", SETTING_TYPE_MARK, "0", 20, INT64_MAX, false},
};

const char *const setting_font_names[SETTING_FONTS] = {"system", "source-sans", "source-serif",
                                                       "atkinson"};

bool setting_informal(const struct settings *settings)
{
    return str_eq(settings->value[SETTING_ADDRESS_FORM], S("du"));
}

bool setting_load(struct ctx *cx, struct tx *tx, struct settings *out)
{
    (void)cx;
    struct setting_all_rows rows;
    for (int i = 0; i < SETTING__COUNT; i++) out->value[i] = str_of(setting_defs[i].fallback);
    if (!q_setting_all(tx, &rows)) return false;
    for (ptrdiff_t r = 0; r < rows.count; r++)
        for (int i = 0; i < SETTING__COUNT; i++)
            if (str_eq(rows.row[r].name, str_of(setting_defs[i].name)))
                out->value[i] = rows.row[r].value;
    return true;
}

static bool is_font(str name)
{
    for (int i = 0; i < SETTING_FONTS; i++)
        if (str_eq(name, str_of(setting_font_names[i]))) return true;
    return false;
}

/* Text, links and buttons stand in it on white. */
static const char *colour_fault(arena *a, str *value)
{
    struct colour c;
    if (!colour_parse(*value, &c)) return "brand.colour_invalid";
    *value = colour_text(a, c);
    return colour_contrast(c, WHITE) < CONTRAST_TEXT ? "brand.colour_light" : NULL;
}

/* Each as an address of it would have it: small letters, umlauts as they stand in the DNS. */
static const char *domains_fault(arena *a, str *value)
{
    struct buf b = buf_new(a, SETTING_DOMAINS_BYTES);
    ptrdiff_t i = 0;
    while (i < value->len) {
        ptrdiff_t from = i;
        str address;
        while (i < value->len && strchr(" ,;", value->ptr[i]) == NULL) i++;
        str domain = str_slice(*value, from, i++);
        if (domain.len == 0) continue;
        if (domain.ptr[0] == '@') domain = str_slice(domain, 1, domain.len);
        if (email_normalise(a, str_printf(a, "x@%.*s", STR_ARG(domain)), &address) != EMAIL_OK)
            return "spam.domains_invalid";
        if (b.len > 0) buf_char(&b, ' ');
        buf_put(&b, str_slice(address, 2, address.len));
    }
    *value = buf_str(&b);
    return b.full ? "error.field_too_long" : NULL;
}

/* The i18n key of what is wrong with a value, or NULL; *value in normal form. */
static const char *setting_fault(arena *a, const struct setting_def *def, str *value)
{
    *value = utf8_clean_line(a, *value);
    if (value->len > def->max_bytes) return "error.field_too_long";
    if (value->len == 0) return def->fallback[0] != 0 ? "error.field_required" : NULL;
    switch (def->type) {
    case SETTING_TYPE_LINE:
        return NULL;
    case SETTING_TYPE_URL: {
        struct url u;
        *value = url_typed(a, *value);
        return url_parse(*value, &u) ? NULL : "error.url_invalid";
    }
    case SETTING_TYPE_EMAIL: {
        str address;
        if (email_normalise(a, *value, &address) != EMAIL_OK) return "error.email_invalid";
        *value = address;
        return NULL;
    }
    case SETTING_TYPE_ZONE: {
        struct tz *zone;
        return tz_load(a, *value, &zone) ? NULL : "error.choice_invalid";
    }
    case SETTING_TYPE_LANG:
        return str_eq(*value, S("de")) || str_eq(*value, S("en")) ? NULL : "error.choice_invalid";
    case SETTING_TYPE_COLOUR:
        return colour_fault(a, value);
    case SETTING_TYPE_FONT:
        return is_font(*value) ? NULL : "error.choice_invalid";
    case SETTING_TYPE_DOMAINS:
        return domains_fault(a, value);
    case SETTING_TYPE_ADDRESS_FORM:
        return str_eq(*value, S("sie")) || str_eq(*value, S("du")) ? NULL : "error.choice_invalid";
    case SETTING_TYPE_SALES_SEES:
        return str_eq(*value, S("all")) || str_eq(*value, S("own")) ||
                       str_eq(*value, S("own_and_free"))
                   ? NULL
                   : "error.choice_invalid";
    case SETTING_TYPE_NUMBER:
    case SETTING_TYPE_MARK: {
        int64_t n;
        if (!str_to_i64(*value, &n) || n < 0 || n > def->max) return "error.number_range";
        *value = str_printf(a, "%lld", (long long)n);
        return NULL;
    }
    }
    return NULL;
}

/* What is wrong with a light colour, in figures, and the nearest that would do. */
static void propose(struct ctx *cx, str value)
{
    struct colour c;
    if (!colour_parse(value, &c)) return;
    int contrast = colour_contrast(c, WHITE);
    fail_arg(cx, "colour", value);
    fail_arg(cx, "contrast",
             str_printf(cx->a, "%d%c%d", contrast / 100, cx->lang == LANG_EN ? '.' : ',',
                        contrast / 10 % 10));
    fail_arg(cx, "instead", colour_text(cx->a, colour_readable(c, WHITE, CONTRAST_TEXT)));
}

int64_t setting_number(const struct settings *settings, enum setting setting)
{
    int64_t n = 0;
    return str_to_i64(settings->value[setting], &n) ? n : 0;
}

bool setting_check(struct ctx *cx, enum setting setting, str field, str *value)
{
    const struct setting_def *def = &setting_defs[setting];
    const char *fault = setting_fault(cx->a, def, value);
    if (fault == NULL) return true;
    fail_field(cx, field, fault);
    bool number = def->type == SETTING_TYPE_NUMBER || def->type == SETTING_TYPE_MARK;
    int64_t max = number ? def->max : def->max_bytes;
    if (def->type == SETTING_TYPE_COLOUR)
        propose(cx, *value);
    else
        fail_arg(cx, "max", str_printf(cx->a, "%lld", (long long)max));
    return false;
}

bool setting_save(struct ctx *cx, struct tx *tx, enum setting setting, str value)
{
    const struct setting_def *def = &setting_defs[setting];
    if (!setting_check(cx, setting, str_of(def->name), &value)) return false;
    struct setting_put_in in = {str_of(def->name), value, cx->now_ms, cx->actor.user_id};
    return q_setting_put(tx, &in, NULL);
}

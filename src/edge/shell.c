#include "edge/shell.h"

#include "app.h"
#include "backup/backup.h"
#include "backup/quarantine.h"
#include "base/url.h"
#include "base/utf8.h"
#include "bell/bell.h"
#include "brand/brand.h"
#include "edge/assets.h"
#include "edge/request.h"
#include "guide/guide.h"
#include "jobs/jobs.h"
#include "post/post_delivery.h"
#include "sales/sales.h"
#include "setting/setting.h"

struct shell_read {
    struct settings settings;
    struct post_relay_status relay;
    struct backup_state backup;
    str logo_data;   /* of a small logo, for public pages */
    int64_t overdue; /* leads of one's own whose due time is over */
    int64_t unread; /* notices */
    int64_t left; /* jobs that were given up */
    const struct brand_own *look;
    bool signed_in, quarantined, public;
};

/* Trouble with backups is told to those who can do something about it. */
static bool backup_read(struct ctx *cx, struct tx *tx, struct shell_read *r)
{
    if (!quarantine_get(cx, tx, &r->quarantined, NULL)) return false;
    if ((cx->actor.permissions & MAY_MANAGE_WORKSPACES) == 0) return true;
    if (backup_is_ours(cx, tx)) return backup_state_load(cx, tx, &r->backup);
    bool others = cx->err.code == ERR_FORBIDDEN;
    err_clear(cx);
    return others;
}

static bool shell_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct shell_read *r = arg;
    if (!setting_load(cx, tx, &r->settings)) return false;
    brand_wear(cx->a, &r->settings, r->look);
    return (!r->public || brand_logo_data(cx, tx, &r->settings, &r->logo_data)) &&
           (!r->signed_in || post_relay_status(cx, tx, cx->app->delivery, &r->relay)) &&
           (!r->signed_in || (cx->actor.permissions & MAY_READ_LEADS) == 0 ||
            care_overdue(cx, tx, cx->actor.user_id, &r->overdue)) &&
           (!r->signed_in || bell_count(cx, tx, cx->actor.user_id, &r->unread)) &&
           (!r->signed_in || (cx->actor.permissions & MAY_WRITE_SETTINGS) == 0 ||
            job_dead_count(cx, tx, &r->left)) &&
           (!r->signed_in || backup_read(cx, tx, r));
}

/* What stands above every page while mail does not leave. */
static struct value banner_value(struct ctx *cx, const struct post_relay_status *relay,
                                 str base_url)
{
    struct value banner = value_map(cx->a);
    bool outbox = !post_delivers(cx->app->delivery);
    bool trouble = !outbox && relay->last_error.len > 0;
    value_set(banner, "kind",
              outbox    ? value_text(S("outbox"))
              : trouble ? value_text(S("relay"))
                        : value_null());
    value_set_text(banner, "host", relay->host);
    value_set_text(banner, "error", relay->last_error);
    value_set_int(banner, "waiting", relay->waiting);
    value_set_bool(banner, "local", url_is_local(base_url));
    return banner;
}

static struct value workspace_value(struct ctx *cx, const struct identity *who,
                                    const struct shell_read *read)
{
    const struct settings *settings = &read->settings;
    struct value map = value_map(cx->a);
    str legal = settings->value[SETTING_LEGAL_NAME];
    value_set_text(map, "name", who->workspace.name);
    value_set_text(map, "legal_name", legal.len > 0 ? legal : who->workspace.name);
    value_set_text(map, "address_line", settings->value[SETTING_ADDRESS_LINE]);
    value_set_text(map, "imprint_url", settings->value[SETTING_IMPRINT_URL]);
    value_set_text(map, "privacy_url", settings->value[SETTING_PRIVACY_URL]);
    value_set_text(map, "footer_text", settings->value[SETTING_FOOTER_TEXT]);
    value_set_int(map, "file_max_mb", setting_number(settings, SETTING_FILE_MAX_MB));
    value_set_text(map, "logo_url", brand_logo_url(cx->a, settings));
    value_set_text(map, "logo_data", read->logo_data);
    return map;
}

/* "Miriam Vogt" gives "MV". */
static str initials(arena *a, str name)
{
    struct buf b = buf_new(a, 8);
    int letters = 0;
    for (str rest = name; rest.ptr != NULL && letters < 2;) {
        str word = str_cut(rest, ' ', &rest);
        uint32_t c;
        if (word.len == 0) continue;
        ptrdiff_t n = utf8_decode(word, 0, &c);
        if (n > 0) buf_put(&b, str_slice(word, 0, n));
        letters++;
    }
    return buf_str(&b);
}

static struct value user_value(struct ctx *cx, const struct identity *who)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "name", who->person.user_name);
    value_set_text(map, "initials", initials(cx->a, who->person.user_name));
    value_set_text(map, "role", str_of(role_name(who->person.role)));
    value_set_text(map, "email", who->person.user_email);
    return map;
}

static struct value nav_value(struct ctx *cx, const struct web_request *rq)
{
    static const struct {
        const char *name;
        uint64_t bit;
    } rights[] = {
        {"leads_read", MAY_READ_LEADS},
        {"leads_write", MAY_WRITE_LEADS},
        {"leads_erase", MAY_ERASE_LEADS},
        {"export", MAY_EXPORT},
        {"import", MAY_IMPORT},
        {"forms_read", MAY_READ_FORMS},
        {"forms_write", MAY_WRITE_FORMS},
        {"outbox_read", MAY_READ_OUTBOX},
        {"send_again", MAY_SEND_AGAIN},
        {"audit_read", MAY_READ_AUDIT},
        {"settings_read", MAY_READ_SETTINGS},
        {"settings_write", MAY_WRITE_SETTINGS},
        {"people", MAY_MANAGE_PEOPLE},
        {"workspaces", MAY_MANAGE_WORKSPACES},
        {"evidence", MAY_READ_EVIDENCE},
        {"withdraw", MAY_WITHDRAW},
        {"wordings_approve", MAY_APPROVE_WORDINGS},
        {"leads_all", MAY_READ_ALL_LEADS},
        {"leads_free", MAY_READ_ALL_LEADS | MAY_READ_FREE_LEADS},
    };
    struct value nav = value_map(cx->a), permissions = value_map(cx->a);
    for (ptrdiff_t i = 0; i < COUNTOF(rights); i++)
        value_set_bool(permissions, rights[i].name, (cx->actor.permissions & rights[i].bit) != 0);
    str rest, current = str_cut(str_slice(rq->http->path, 1, rq->http->path.len), '/', &rest);
    if (str_eq(current, S("imports"))) current = S("leads"); /* below them */
    value_set_text(nav, "current", current.len == 0 ? S("today") : current);
    value_set(nav, "permissions", permissions);
    return nav;
}

/* The step of the tour that stands on this page; null on all others. */
static struct value tour_value(struct ctx *cx, const struct web_request *rq,
                               const struct identity *who)
{
    int64_t step = who->person.tour;
    uint64_t may = cx->actor.permissions;
    int number, count;
    if (cx->actor.kind != ACTOR_USER || !tour_is_at(step, rq->http->path)) return value_null();
    int64_t next = tour_beside(may, step, 1), back = tour_beside(may, step, -1);
    struct value map = value_map(cx->a);
    tour_place(may, step, &number, &count);
    value_set_text(map, "key", str_of(tour_name(step)));
    value_set_int(map, "number", number);
    value_set_int(map, "count", count);
    value_set(map, "next", next == TOUR_OVER ? value_null() : value_int(next));
    value_set(map, "back", back == TOUR_OVER ? value_null() : value_int(back));
    return map;
}

static void guide_set(struct ctx *cx, struct value map, const struct web_request *rq,
                      const struct identity *who)
{
    value_set_text(map, "version", S(ZULAUF_VERSION));
    value_set(map, "tour", who->signed_in ? tour_value(cx, rq, who) : value_null());
    value_set_bool(map, "keys", !who->signed_in || !who->person.keys_off);
    value_set_bool(map, "news", who->signed_in && news_are_new(who->person.news_seen));
}

struct value shell_value(struct ctx *cx, const struct web_request *rq, const struct identity *who,
                         const struct brand_own *look)
{
    struct value map = value_map(cx->a);
    struct shell_read read = {
        .signed_in = who->signed_in, .public = rq->face == FACE_PUBLIC, .look = look};
    for (int i = 0; i < SETTING__COUNT; i++)
        read.settings.value[i] = str_of(setting_defs[i].fallback);
    struct err kept = cx->err; /* an error page has a shell, too */
    if (cx->workspace_id != 0 && !db_read(cx, shell_read, &read)) read.signed_in = false;
    cx->err = kept;
    value_set_text(map, "lang", cx->lang == LANG_EN ? S("en") : S("de"));
    value_set(map, "workspace", workspace_value(cx, who, &read));
    /* Visitors are spoken to as the form or the workspace speaks; colleagues in the admin as we
     * do. */
    cx->informal = (rq->face == FACE_PUBLIC || look != NULL) && setting_informal(&read.settings);
    struct brand_look style;
    brand_look_of(cx->a, &read.settings, &style);
    value_set_text(map, "brand_css", brand_css(cx->a, &style));
    value_set_text(map, "css", asset_url(cx->a, S("zulauf.css")));
    value_set_text(map, "js", asset_url(cx->a, S("admin.js")));
    value_set_text(map, "proof_js", asset_url(cx->a, S("proof.js")));
    value_set_text(map, "public_js", asset_url(cx->a, S("public.js")));
    value_set_text(map, "kiosk_js", asset_url(cx->a, S("kiosk.js")));
    value_set_text(map, "kiosk_css", asset_url(cx->a, S("kiosk.css")));
    value_set_text(map, "scan_js", asset_url(cx->a, S("scan.js")));
    value_set_text(map, "path", rq->http->path);
    /* In a frame of another website: "light" unless that one is dark, too. */
    str embed = rq->face == FACE_PUBLIC ? web_field(rq->query, "embed") : S("");
    value_set_text(map, "embed",
                   embed.len == 0             ? S("")
                   : str_eq(embed, S("auto")) ? S("auto")
                                              : S("light"));
    value_set_text(map, "public_url", rq->base_url);
    value_set_int(map, "now_ms", cx->now_ms);
    value_set_int(map, "seen", rq->seen);
    value_set_text(map, "time_zone", read.settings.value[SETTING_TIME_ZONE]);
    value_set_text(map, "request_id", str_printf(cx->a, "%lld", (long long)cx->request_id));
    value_set_text(map, "theme", S(""));
    value_set_text(map, "csrf", S(""));
    value_set(map, "user", value_null());
    struct value nav = nav_value(cx, rq);
    value_set_int(nav, "overdue_count", read.overdue);
    value_set_int(nav, "unread", read.unread);
    guide_set(cx, map, rq, who);
    value_set(map, "nav", nav);
    value_set(map, "banner", banner_value(cx, &read.relay, rq->base_url));
    value_set_bool(map, "quarantine", read.quarantined);
    value_set_text(map, "backup_trouble", backup_trouble(cx, &read.backup));
    value_set_int(map, "left", read.left);
    str flash = web_cookie(rq->http, S("zulauf_flash"));
    bool known = flash.ptr != NULL && i18n_get(cx->texts->i18n, cx->lang, flash).ptr != NULL;
    value_set(map, "flash", known ? value_text(flash) : value_null());
    if (who->signed_in) {
        value_set_text(map, "csrf", who->person.csrf);
        value_set_text(map, "theme", who->person.theme.ptr == NULL ? S("") : who->person.theme);
        value_set(map, "user", user_value(cx, who));
    }
    return map;
}

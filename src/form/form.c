#include "form/form.h"

#include "app.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/reach.h"
#include "base/tz.h"
#include "base/utf8.h"
#include "brand/brand.h"
#include "consent/consent.h"
#include "field/free_field.h"
#include "file/file.h"
#include "form/form_cache.h"
#include "form/form_rules.h"
#include "form/form_template.h"
#include "form_sql.h"
#include "setting/setting.h"
#include "spam/suspect.h"
#include "tally/tally.h"
#include "web/render.h"

enum { COPIES_MAX = 200 };

const char *form_state_name(enum form_state state)
{
    static const char *const names[FORM_STATE__COUNT] = {"draft", "published", "archived"};
    return names[state];
}

/* The unique slug: the database's word is turned into a sentence beside the field. */
static bool slug_free(struct ctx *cx, bool ok)
{
    if (ok || cx->err.code != ERR_CONFLICT) return ok;
    err_clear(cx);
    return fail_conflict(cx, S("slug"), "error.slug_taken");
}

static bool names_ok(struct ctx *cx, str slug, str name)
{
    if (name.len == 0) fail_field(cx, S("name"), "error.field_required");
    if (!form_slug_ok(slug)) fail_field(cx, S("slug"), "error.slug_invalid");
    return cx->err.code == ERR_NONE;
}

bool form_create(struct ctx *cx, struct tx *tx, str slug, str name, const struct form_def *def,
                 int64_t *id)
{
    if (!names_ok(cx, slug, name)) return false;
    *id = ctx_new_id(cx);
    struct form_add_in in = {*id, slug, name, json_text(cx->a, form_def_value(cx->a, def)),
                             cx->now_ms};
    return slug_free(cx, q_form_add(tx, &in, NULL));
}

bool form_change(struct ctx *cx, struct tx *tx, int64_t id, str slug, str name,
                 const struct form_def *def)
{
    struct form form;
    if (!names_ok(cx, slug, name) || !form_load(cx, tx, id, &form)) return false;
    struct form_save_in in = {id, slug, name, json_text(cx->a, form_def_value(cx->a, def)),
                              cx->now_ms};
    return slug_free(cx, q_form_save(tx, &in, NULL));
}

static str options_text(struct ctx *cx, const struct form_field *f)
{
    struct buf b = buf_new(cx->a, FREE_OPTIONS_BYTES);
    for (int i = 0; i < f->option_count; i++) {
        if (i > 0) buf_char(&b, '\n');
        buf_put(&b, f->option[i].value);
    }
    return buf_str(&b);
}

static bool slots_ensure(struct ctx *cx, struct tx *tx, struct form_def *def)
{
    for (int i = 0; i < def->field_count; i++) {
        const struct form_field *f = &def->field[i];
        str key = str_of(f->def->key), at = form_place(cx, "fields", i, "key");
        if (!field_key_is_free(key)) continue;
        struct field_def *own = NEW(cx->a, struct field_def, 1);
        *own = *f->def;
        if (!free_field_ensure(cx, tx, at, key, f->type, f->label, options_text(cx, f), &own->slot))
            return false;
        def->field[i].def = own;
    }
    return true;
}

/* A sample's gap that was left open would be consented to as it stands. */
static bool gaps_filled(struct ctx *cx, const struct form_def *def)
{
    for (int i = 0; i < def->consent_count; i++) {
        str gap = consent_gap(def->consent[i].text);
        if (gap.len == 0) continue;
        fail_field(cx, form_place(cx, "consents", i, "text"), "form.consent_gap");
        fail_arg(cx, "gap", gap);
    }
    return cx->err.code == ERR_NONE;
}

static bool taken_set(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct tally sum;
    if (!tally_one(cx, tx, TALLY_FORM, id, &sum)) return false;
    struct form_set_taken_in in = {id, sum.all};
    return q_form_set_taken(tx, &in, NULL);
}

static bool download_there(struct ctx *cx, struct tx *tx, int64_t file_id)
{
    struct file file;
    bool found;
    if (file_id == 0) return true;
    if (!file_find(cx, tx, file_id, &file, &found)) return false;
    return found || fail_field(cx, S("download"), "error.choice_invalid");
}

static bool logo_there(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct logo logo;
    if (id == 0 || logo_load(cx, tx, id, &logo)) return true;
    if (cx->err.code != ERR_NOT_FOUND) return false;
    err_clear(cx);
    return fail_field(cx, S("look.logo"), "error.choice_invalid");
}

/* Bring in the wordings of a definition; *open is the first that has to be approved before it is
 * published, -1 if none has. */
static bool wordings_ensure(struct ctx *cx, struct tx *tx, struct form_def *def, int *open)
{
    str lang = def->lang == LANG_EN ? S("en") : S("de");
    struct settings settings;
    struct wording w;
    *open = -1;
    if (!setting_load(cx, tx, &settings)) return false;
    bool asked = setting_number(&settings, SETTING_WORDINGS_APPROVED) != 0;
    for (int i = 0; i < def->consent_count; i++) {
        struct form_consent *c = &def->consent[i];
        if (!wording_ensure(cx, tx, c->purpose, c->channel, lang, c->text, &c->wording_id) ||
            !wording_load(cx, tx, c->wording_id, &w))
            return false;
        if (asked && w.approved_ms == 0 && *open < 0) *open = i;
    }
    return true;
}

bool form_wordings_open(struct ctx *cx, struct tx *tx, int64_t id, int *open)
{
    struct form form;
    struct form_def *def = NEW(cx->a, struct form_def, 1);
    *open = -1;
    if (!form_load(cx, tx, id, &form) || !form_def_parse(cx, form.draft, def)) return false;
    /* A text with gaps in it is nobody's to approve: publishing says so. */
    if (!gaps_filled(cx, def)) return false;
    return wordings_ensure(cx, tx, def, open);
}

bool form_wordings_waiting(struct ctx *cx, struct tx *tx, const struct form_def *def,
                           bool waits[FORM_CONSENTS_MAX])
{
    str lang = def->lang == LANG_EN ? S("en") : S("de");
    for (int i = 0; i < def->consent_count; i++) {
        const struct form_consent *c = &def->consent[i];
        bool approved;
        if (!wording_text_approved(cx, tx, c->purpose, c->channel, lang, c->text, &approved))
            return false;
        waits[i] = !approved;
    }
    return true;
}

bool form_wording_refuse(struct ctx *cx, int open, str who)
{
    fail_field(cx, str_printf(cx->a, "consents.%d.text", open), "form.wording_unapproved");
    fail_arg(cx, "who", who);
    return false;
}

bool form_publish(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct form form;
    struct form_def def;
    int open;
    if (!form_load(cx, tx, id, &form) || !form_def_parse(cx, form.draft, &def)) return false;
    if (!gaps_filled(cx, &def) || !wordings_ensure(cx, tx, &def, &open)) return false;
    if (open >= 0) return form_wording_refuse(cx, open, S(""));
    if (!download_there(cx, tx, def.download_id) || !logo_there(cx, tx, def.look.logo_id) ||
        !slots_ensure(cx, tx, &def) || (def.close_after > 0 && !taken_set(cx, tx, id)))
        return false;
    struct form_version_newest_in newest = {id};
    struct form_version_newest_row row;
    if (!q_form_version_newest(tx, &newest, &row, NULL)) return false;
    uint8_t digest[32];
    str definition = json_text(cx->a, form_def_value(cx->a, &def));
    crypto_sha256(definition, digest);
    struct form_version_add_in add = {
        .id = ctx_new_id(cx),
        .form_id = id,
        .version_no = row.version_no + 1,
        .definition = definition,
        .sha256 = {(const char *)digest, sizeof digest},
        .user_id = cx->actor.user_id,
        .now_ms = cx->now_ms,
    };
    struct form_set_version_in set = {id, add.id, FORM_PUBLISHED, cx->now_ms};
    return q_form_version_add(tx, &add, NULL) && q_form_set_version(tx, &set, NULL);
}

/* "whitepaper-2", "whitepaper-3" …: the first that nobody has. */
static bool slug_beside(struct ctx *cx, struct tx *tx, str slug, str *out)
{
    for (int n = 2; n < COPIES_MAX; n++) {
        str tail = str_printf(cx->a, "-%d", n);
        *out = str_printf(
            cx->a, "%.*s%.*s",
            (int)(FORM_SLUG_MAX - tail.len < slug.len ? FORM_SLUG_MAX - tail.len : slug.len),
            slug.ptr, STR_ARG(tail));
        struct form_by_slug_in in = {*out};
        struct form_by_slug_row row;
        bool found;
        if (!form_slug_ok(*out)) continue; /* cut at a hyphen */
        if (!q_form_by_slug(tx, &in, &row, &found)) return false;
        if (!found) return true;
    }
    return fail_conflict(cx, S("slug"), "error.slug_taken");
}

bool form_duplicate(struct ctx *cx, struct tx *tx, int64_t id, int64_t *copy_id)
{
    struct form form;
    struct form_def def;
    str slug;
    if (!form_load(cx, tx, id, &form) || !form_def_parse(cx, form.draft, &def) ||
        !slug_beside(cx, tx, form.slug, &slug))
        return false;
    struct err_arg arg = {"name", utf8_cut(form.name, LIMIT_NAME_BYTES - 20)};
    return form_create(cx, tx, slug, render_text(cx, cx->lang, "form_show.copy_name", &arg, 1),
                       &def, copy_id);
}

bool form_take(struct ctx *cx, struct tx *tx, const struct form_live *form)
{
    struct form_take_in in = {form->form.id, form->def.close_after};
    int64_t rows;
    if (form->def.close_after == 0) return true;
    if (!q_form_take(tx, &in, &rows)) return false;
    return rows > 0 || fail(cx, ERR_GONE, "error.form_closed");
}

bool form_closed_now(struct ctx *cx, struct tx *tx, const struct form_def *def, int64_t taken,
                     enum form_closed *out)
{
    struct settings settings;
    struct tz *zone = NULL;
    int64_t day = 0;
    if (def->close_on.len > 0) {
        if (!setting_load(cx, tx, &settings)) return false;
        /* A zone that is not there any more reads as UTC: closed an hour late at most. */
        if (!tz_load(cx->a, settings.value[SETTING_TIME_ZONE], &zone)) zone = NULL;
        day = civil_to_day(tz_civil(zone, cx->now_ms));
    }
    *out = form_is_closed(def, day, taken);
    return true;
}

bool form_archive(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct form form;
    if (!form_load(cx, tx, id, &form)) return false;
    struct form_set_version_in set = {id, form.version_id, FORM_ARCHIVED, cx->now_ms};
    return q_form_set_version(tx, &set, NULL);
}

bool form_set_origins(struct ctx *cx, struct tx *tx, int64_t id, str origins)
{
    struct form form;
    if (!form_load(cx, tx, id, &form)) return false;
    struct form_set_origins_in in = {id, origins};
    return q_form_set_origins(tx, &in, NULL);
}

bool form_restore(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct form form;
    if (!form_load(cx, tx, id, &form)) return false;
    if (form.state != FORM_ARCHIVED) return true;
    enum form_state to = form.version_id == 0 ? FORM_DRAFT : FORM_PUBLISHED;
    struct form_set_version_in set = {id, form.version_id, to, cx->now_ms};
    return q_form_set_version(tx, &set, NULL);
}

#define FORM_FROM(r)                                                                               \
    (struct form)                                                                                  \
    {                                                                                              \
        .id = (r).id, .slug = (r).slug, .name = (r).form_name, .draft = (r).draft,                 \
        .state = (enum form_state)(r).state, .version_id = (r).version_id,                         \
        .created_ms = (r).created_ms, .updated_ms = (r).updated_ms, .taken = (r).taken_n,          \
        .proof = (r).proof_n != 0, .counts = (r).counts_n != 0, .origins = (r).origins,            \
    }

static bool count_from(struct ctx *cx, struct tx *tx, const struct tally *sum, struct form *form)
{
    form->told = reach_of(&cx->actor).any != 0;
    if (!form->told) return true;
    form->submissions = sum->all;
    form->confirmed = sum->confirmed;
    return suspect_count(cx, tx, form->id, &form->held);
}

bool form_count(struct ctx *cx, struct tx *tx, struct form *form)
{
    struct tally sum;
    return tally_one(cx, tx, TALLY_FORM, form->id, &sum) && count_from(cx, tx, &sum, form);
}

static bool version_note(struct tx *tx, struct form *form)
{
    if (form->version_id == 0) return true;
    struct form_version_get_in get = {form->version_id};
    struct form_version_get_row version;
    if (!q_form_version_get(tx, &get, &version, NULL)) return false;
    form->version_no = version.version_no;
    form->published_ms = version.published_ms;
    return true;
}

bool form_load(struct ctx *cx, struct tx *tx, int64_t id, struct form *out)
{
    struct form_get_in in = {id};
    struct form_get_row row;
    bool found;
    if (!q_form_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *out = FORM_FROM(row);
    return version_note(tx, out);
}

static bool version_load(struct ctx *cx, struct tx *tx, struct form_live *out)
{
    if (out->form.state != FORM_PUBLISHED || out->form.version_id == 0)
        return fail(cx, ERR_NOT_FOUND, "error.form_not_found");
    struct form_cache *cache = cx->app == NULL ? NULL : cx->app->forms;
    if (form_cache_get(cache, cx->a, cx->workspace_id, out->form.version_id, out)) return true;
    struct form_version_get_in in = {out->form.version_id};
    struct form_version_get_row row;
    if (!q_form_version_get(tx, &in, &row, NULL)) return false;
    out->version_id = row.id;
    out->version_no = row.version_no;
    out->version_sha256 = hex_encode(cx->a, (const uint8_t *)row.sha256.ptr, row.sha256.len);
    if (!form_def_parse(cx, row.definition, &out->def)) return false;
    form_cache_put(cache, cx->workspace_id, out);
    return true;
}

static bool live_load(struct ctx *cx, struct tx *tx, struct form_live *out)
{
    return version_load(cx, tx, out) &&
           form_closed_now(cx, tx, &out->def, out->form.taken, &out->closed);
}

/* As it stands in the database, but for the wordings and the places of own fields, which only a
 * version names. */
static str meaning(arena *a, struct form_def *def)
{
    for (int i = 0; i < def->consent_count; i++) def->consent[i].wording_id = 0;
    for (int i = 0; i < def->field_count; i++) {
        if (!field_key_is_free(str_of(def->field[i].def->key))) continue;
        struct field_def *own = NEW(a, struct field_def, 1);
        *own = *def->field[i].def;
        own->slot = SLOT_NONE;
        def->field[i].def = own;
    }
    return json_text(a, form_def_value(a, def));
}

static bool changed_since(struct ctx *cx, const struct form_live *live, bool *changed)
{
    arena scratch = *cx->a, *kept = cx->a;
    struct form_def *draft, *published;
    cx->a = &scratch;
    draft = NEW(cx->a, struct form_def, 1);
    published = NEW(cx->a, struct form_def, 1);
    *published = live->def;
    bool ok = form_def_parse(cx, live->form.draft, draft);
    *changed = ok && !str_eq(meaning(cx->a, draft), meaning(cx->a, published));
    cx->a = kept;
    return ok;
}

bool form_closed_note(struct ctx *cx, struct tx *tx, struct form *form)
{
    if (form->state != FORM_PUBLISHED || form->version_id == 0) return true;
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    live->form = *form;
    if (!live_load(cx, tx, live)) return false;
    form->closed = live->closed;
    return changed_since(cx, live, &form->changed);
}

bool form_end_ahead(struct ctx *cx, struct tx *tx, int64_t id)
{
    struct form form;
    enum form_closed closed;
    struct form_def *draft = NEW(cx->a, struct form_def, 1);
    struct form_live *live = NEW(cx->a, struct form_live, 1);
    if (!form_load(cx, tx, id, &form) || !form_def_parse(cx, form.draft, draft) ||
        !form_closed_now(cx, tx, draft, 0, &closed))
        return false;
    if (closed != FORM_CLOSED_DAY) return true;
    live->form = form;
    if (form.state == FORM_PUBLISHED) {
        if (!version_load(cx, tx, live)) return false;
        if (str_eq(live->def.close_on, draft->close_on)) return true;
    }
    return fail_field(cx, S("close_on"), "form.close_on_past");
}

bool form_live_by_slug(struct ctx *cx, struct tx *tx, str slug, struct form_live *out)
{
    struct form_by_slug_in in = {slug};
    struct form_by_slug_row row;
    bool found;
    if (!q_form_by_slug(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.form_not_found");
    *out = (struct form_live){.form = FORM_FROM(row)};
    return live_load(cx, tx, out);
}

bool form_live_by_id(struct ctx *cx, struct tx *tx, int64_t id, struct form_live *out)
{
    struct form_get_in in = {id};
    struct form_get_row row;
    bool found;
    if (!q_form_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.form_not_found");
    *out = (struct form_live){.form = FORM_FROM(row)};
    return live_load(cx, tx, out);
}

bool form_live_by_version(struct ctx *cx, struct tx *tx, int64_t version_id, struct form_live *out)
{
    struct form_version_get_in in = {version_id};
    struct form_version_get_row row;
    bool found;
    *out = (struct form_live){0};
    if (!q_form_version_get(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    struct form_get_in form = {row.form_id};
    struct form_get_row form_row;
    if (!q_form_get(tx, &form, &form_row, NULL)) return false;
    out->form = FORM_FROM(form_row);
    out->version_id = row.id;
    out->version_no = row.version_no;
    out->version_sha256 = hex_encode(cx->a, (const uint8_t *)row.sha256.ptr, row.sha256.len);
    return form_def_parse(cx, row.definition, &out->def);
}

bool form_as_shown(struct ctx *cx, struct tx *tx, const struct form_live *form, int64_t version_id,
                   struct form_live *out, bool *found)
{
    struct form_live *shown = NEW(cx->a, struct form_live, 1);
    *found = false;
    if (!form_live_by_version(cx, tx, version_id, shown)) {
        if (cx->err.code != ERR_NOT_FOUND) return false;
        err_clear(cx);
        return true;
    }
    if (shown->form.id != form->form.id) return true;
    *out = *form;
    out->version_id = shown->version_id;
    out->version_no = shown->version_no;
    out->version_sha256 = shown->version_sha256;
    out->def.look = shown->def.look;
    /* What was asked for to be confirmed stays so; and nothing goes in by an old page unconfirmed.
     */
    out->def.double_opt_in = form->def.double_opt_in || shown->def.double_opt_in;
    out->def.consent_count = shown->def.consent_count;
    for (int i = 0; i < FORM_CONSENTS_MAX; i++) out->def.consent[i] = shown->def.consent[i];
    *found = true;
    return true;
}

bool form_guard(struct ctx *cx, struct tx *tx, int64_t id, bool proof, bool counts)
{
    struct form_guard_set_in in = {id, proof, counts};
    int64_t changed;
    if (!q_form_guard_set(tx, &in, &changed)) return false;
    return changed > 0 || fail(cx, ERR_NOT_FOUND, "error.not_found");
}

bool form_page(struct ctx *cx, struct tx *tx, int64_t before_id, int limit, struct form_rows *out)
{
    struct form_list_in in = {before_id, limit};
    struct form_list_rows rows;
    struct tallies sums;
    if (!q_form_list(tx, &in, &rows) || !tally_list(cx, tx, TALLY_FORM, &sums)) return false;
    *out = (struct form_rows){NEW(cx->a, struct form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        out->row[i] = FORM_FROM(rows.row[i]);
        struct tally sum = tally_find(&sums, out->row[i].id);
        if (!version_note(tx, &out->row[i]) || !count_from(cx, tx, &sum, &out->row[i]))
            return false;
    }
    return true;
}

bool form_names(struct ctx *cx, struct tx *tx, int limit, struct form_rows *out)
{
    struct form_names_in in = {limit};
    struct form_names_rows rows;
    if (!q_form_names(tx, &in, &rows)) return false;
    *out = (struct form_rows){NEW(cx->a, struct form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++)
        out->row[i] = (struct form){.id = rows.row[i].id,
                                    .slug = rows.row[i].slug,
                                    .name = rows.row[i].form_name,
                                    .state = (enum form_state)rows.row[i].state,
                                    .version_id = rows.row[i].version_id};
    return true;
}

bool form_ever(struct tx *tx, bool *published)
{
    struct form_version_any_row row;
    if (!q_form_version_any(tx, &row, NULL)) return false;
    *published = row.n > 0;
    return true;
}

bool form_version_load(struct ctx *cx, struct tx *tx, int64_t id, int64_t version_no,
                       struct form_def *def, int64_t *published_ms)
{
    struct form_version_of_in in = {id, version_no};
    struct form_version_of_row row;
    bool found;
    if (!q_form_version_of(tx, &in, &row, &found)) return false;
    if (!found) return fail(cx, ERR_NOT_FOUND, "error.not_found");
    *published_ms = row.published_ms;
    return form_def_parse(cx, row.definition, def);
}

bool form_version_list(struct ctx *cx, struct tx *tx, int64_t id, int limit,
                       struct form_version_row **out, ptrdiff_t *count)
{
    struct form_versions_in in = {id, limit};
    struct form_versions_rows rows;
    if (!q_form_versions(tx, &in, &rows)) return false;
    *out = NEW(cx->a, struct form_version_row, rows.count);
    *count = rows.count;
    for (ptrdiff_t i = 0; i < rows.count; i++)
        (*out)[i] = (struct form_version_row){rows.row[i].version_no, rows.row[i].published_ms,
                                              rows.row[i].user_name};
    return true;
}

bool form_archived(struct ctx *cx, struct tx *tx, int limit, struct form_rows *out)
{
    struct form_list_archived_in in = {limit};
    struct form_list_archived_rows rows;
    struct tallies sums;
    if (!q_form_list_archived(tx, &in, &rows) || !tally_list(cx, tx, TALLY_FORM, &sums))
        return false;
    *out = (struct form_rows){NEW(cx->a, struct form, rows.count), rows.count};
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        out->row[i] = FORM_FROM(rows.row[i]);
        struct tally sum = tally_find(&sums, out->row[i].id);
        if (!version_note(tx, &out->row[i]) || !count_from(cx, tx, &sum, &out->row[i]))
            return false;
    }
    return true;
}

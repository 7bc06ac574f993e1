/* What is suspect about a submission, and what is held back for it. */
#include "capture/capture_inner.h"

#include "app.h"
#include "base/id.h"
#include "base/json.h"
#include "capture/correction.h"
#include "jobs/jobs.h"
#include "spam/spam_memory.h"
#include "spam/spam_rules.h"
#include "spam/suspect.h"
#include "web/embedded.h"

int64_t came_ms(struct ctx *cx, const struct submission_new *in)
{
    return in->released.id != 0 ? in->released.came_ms : cx->now_ms;
}

static bool is_often(struct ctx *cx, enum spam_count count, str key, bool strict)
{
    if (cx->app == NULL || key.len <= 0) return false;
    int seen = spam_seen(cx->app->spam, count, cx->workspace_id, key, cx->now_ms);
    return spam_is_often(count, seen, strict);
}

uint32_t suspicion_of(struct ctx *cx, const struct submission_new *in,
                      const struct answers *answers)
{
    const struct origin *o = in->origin;
    if (o == NULL || o->signals.trusted) return 0;
    struct spam_signals s = o->signals;
    const struct embedded_file *thrown = embedded_find(S("share/spam/disposable.txt"));
    str list = thrown == NULL ? S("") : (str){(const char *)thrown->bytes, thrown->len};
    s.domain = domain_judge(answers->email, o->domains_allowed, o->domains_denied, list);
    s.stamp_often = is_often(cx, COUNT_STAMP, o->stamp, s.proof_wanted);
    s.network_often = is_often(cx, COUNT_NETWORK, o->network, false);
    s.address_often = !o->unlimited && is_often(cx, COUNT_ADDRESS, answers->email, false);
    return spam_judge(&s);
}

/* --- held back --- */

struct hold {
    struct suspect_sealed sealed;
    struct lead_file_taken file[FORM_FILES_MAX];
    int file_count;
    int64_t corrects;
};

static bool hold_write(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct hold *h = arg;
    bool first;
    if (h->corrects != 0 && !correction_mark(cx, tx, h->corrects, &first)) return false;
    return suspect_add(cx, tx, &h->sealed) &&
           sent_files_hold(cx, tx, h->file, h->file_count, h->sealed.suspect.id);
}

static struct value context_value(struct ctx *cx, const struct contact_context *c)
{
    struct value map = value_map(cx->a);
    value_set_text(map, "page", c->page_url);
    value_set_text(map, "referrer", c->referrer);
    value_set_text(map, "source", c->source);
    value_set_text(map, "device", c->device);
    value_set_text(map, "browser", c->browser);
    value_set_text(map, "os", c->os);
    value_set_text(map, "ip", c->ip);
    value_set_text(map, "user_agent", c->user_agent);
    value_set_text(map, "language", c->lang == LANG_EN ? S("en") : S("de"));
    value_set(map, "utm", c->utm);
    value_set_int(map, "fill_ms", c->fill_ms);
    return map;
}

static struct contact_context context_from(struct value map)
{
    struct value fill = value_get(map, S("fill_ms"));
    bool english = str_eq(value_str(value_get(map, S("language"))), S("en"));
    return (struct contact_context){.page_url = value_str(value_get(map, S("page"))),
                                    .referrer = value_str(value_get(map, S("referrer"))),
                                    .source = value_str(value_get(map, S("source"))),
                                    .device = value_str(value_get(map, S("device"))),
                                    .browser = value_str(value_get(map, S("browser"))),
                                    .os = value_str(value_get(map, S("os"))),
                                    .ip = value_str(value_get(map, S("ip"))),
                                    .user_agent = value_str(value_get(map, S("user_agent"))),
                                    .lang = english ? LANG_EN : LANG_DE,
                                    .utm = value_get(map, S("utm")),
                                    .fill_ms = fill.type == VALUE_INT ? fill.as.integer : -1};
}

enum { CONSENT_BYTES = 2000 };

/* Of a form's answer as much as it can mean; 0: nothing asks for it. */
static ptrdiff_t room_of(const struct form_def *def, str key)
{
    for (int i = 0; i < def->field_count; i++)
        if (str_eq(key, str_of(def->field[i].def->key)))
            return 2 * def->field[i].def->max_bytes + 100; /* some of it is escaped */
    return str_eq(key, S("consents")) || str_starts(key, S("consent.")) ? CONSENT_BYTES : 0;
}

/* What the form asks for, as it came: whoever sends more does not fill our disk with it. */
static struct value body_kept(struct ctx *cx, const struct form_def *def, struct value body)
{
    struct value map = value_map(cx->a);
    for (ptrdiff_t i = 0; body.type == VALUE_MAP && i < body.as.map->count; i++) {
        const struct value_entry *e = &body.as.map->entry[i];
        bool nested = e->value.type == VALUE_MAP;
        if (nested && str_eq(e->key, S("fields")))
            value_set(map, "fields", body_kept(cx, def, e->value));
        /* A file, or what says it were one of ours: see below. No other answer is a map. */
        else if (!nested && json_text(cx->a, e->value).len <= room_of(def, e->key))
            value_set_str(map, e->key, e->value);
    }
    return map;
}

/* A file is taken in; its key stands in its place. */
static void files_kept(struct ctx *cx, const struct answers *answers,
                       const struct lead_file_taken *file, struct value body)
{
    struct value fields = value_get(body, S("fields"));
    for (int i = 0; i < answers->file_count; i++)
        value_set_str(fields.type == VALUE_MAP ? fields : body, answers->file[i].file.field,
                      sent_file_kept(cx, &file[i]));
}

bool suspect_take(struct ctx *cx, const struct submission_new *in, const struct answers *answers,
                  uint32_t reasons, struct submission_done *out)
{
    struct value map = value_map(cx->a), seen;
    struct json_err err;
    struct hold hold = {.file_count = answers->file_count, .corrects = in->corrects};
    if (!sent_files_take(cx, in, answers, hold.file)) return false;
    str told = answers_json(cx, &in->form->def, answers, &in->context, NULL);
    struct value body = body_kept(cx, &in->form->def, in->body);
    files_kept(cx, answers, hold.file, body);
    value_set(map, "body", body);
    value_set(map, "context", context_value(cx, &in->context));
    if (in->corrects != 0) value_set_int(map, "corrects", in->corrects);
    if (json_parse(cx->a, told, &seen, &err)) value_set(map, "answers", seen);
    value_set_bool(map, "names_version", in->names_version);
    if (in->fields_version_id != 0)
        value_set_text(map, "fields_version",
                       id_text(cx->a, ID_FORM_VERSION, in->fields_version_id));
    struct suspect s = {.id = ctx_new_id(cx),
                        .form_id = in->form->form.id,
                        .form_version_id = in->form->version_id,
                        .at_ms = cx->now_ms,
                        .reasons = reasons,
                        .email = answers->email,
                        .applicant = in->form->def.kind == FORM_KIND_APPLICATION,
                        .body = json_text(cx->a, map)};
    suspect_seal(cx, &s, &hold.sealed);
    if (!db_write(cx, DB_INTERACTIVE, hold_write, &hold)) return false;
    *out =
        (struct submission_done){.id = s.id,
                                 .confirm = in->form->def.double_opt_in && answers->email.len > 0,
                                 .email = answers->email};
    return true;
}

struct value suspect_value(struct ctx *cx, str body)
{
    struct value map;
    struct json_err err;
    if (body.len <= 0 || !json_parse(cx->a, body, &map, &err)) return value_null();
    return value_get(map, S("answers"));
}

int64_t suspect_corrects(struct ctx *cx, str body)
{
    struct value map;
    struct json_err err;
    if (body.len <= 0 || !json_parse(cx->a, body, &map, &err)) return 0;
    struct value id = value_get(map, S("corrects"));
    return id.type == VALUE_INT ? id.as.integer : 0;
}

/* --- let in --- */

struct release {
    int64_t id;
    str base_url;
    struct suspect suspect;
    struct value map;
    struct form_live fields, form;
    struct contact_sender sender;
};

/* As it was judged when it came: by the fields of then, under the texts that were shown. */
static bool release_form(struct ctx *cx, struct tx *tx, struct release *r)
{
    int64_t id;
    bool found;
    if (!id_parse(value_str(value_get(r->map, S("fields_version"))), ID_FORM_VERSION, &id))
        return form_live_by_version(cx, tx, r->suspect.form_version_id, &r->form);
    return form_live_by_version(cx, tx, id, &r->fields) &&
           form_as_shown(cx, tx, &r->fields, r->suspect.form_version_id, &r->form, &found) &&
           (found || fail(cx, ERR_NOT_FOUND, "error.not_found"));
}

static bool release_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct release *r = arg;
    struct json_err err;
    if (!suspect_load(cx, tx, r->id, &r->suspect)) return false;
    if (r->suspect.body.len <= 0 || !json_parse(cx->a, r->suspect.body, &r->map, &err))
        return fail_detail(cx, ERR_INTERNAL, "error.internal", "a suspect does not open");
    return release_form(cx, tx, r) &&
           contact_sender_read_as(cx, tx, r->base_url, &r->form.def.look, &r->sender);
}

bool capture_release(struct ctx *cx, int64_t suspect_id, str base_url, struct submission_done *out)
{
    struct release *r = NEW(cx->a, struct release, 1);
    enum lang lang = cx->lang;
    bool informal = cx->informal;
    r->id = suspect_id;
    r->base_url = base_url;
    if (!db_read(cx, release_read, r)) return false;
    struct value named = value_get(r->map, S("names_version"));
    struct submission_new in = {.form = &r->form,
                                .names_version = named.type == VALUE_BOOL && named.as.boolean,
                                .body = value_get(r->map, S("body")),
                                .context = context_from(value_get(r->map, S("context"))),
                                .sender = &r->sender,
                                .corrects = suspect_corrects(cx, r->suspect.body),
                                .released = {suspect_id, r->suspect.at_ms, cx->actor}};
    /* It comes in as a visitor's does, whichever leads the one who lets it in gets to see. */
    cx->actor = (struct actor){.kind = ACTOR_NOBODY};
    cx->lang = r->form.def.lang;
    bool ok = capture_submit(cx, &in, out);
    cx->actor = in.released.by;
    cx->lang = lang;
    cx->informal = informal;
    return ok;
}

/* zulauf import leads FILE: as the page does it: looked at, checked, then written. */
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "campaign/campaign.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "importer/import.h"
#include "importer/import_jobs.h"
#include "importer/import_rules.h"
#include "importer/import_value.h"
#include "jobs/jobs.h"
#include "web/render.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char usage[] =
    "zulauf import leads FILE --data DIR [--map COLUMN=FIELD]… [--known fill|overwrite|leave] "
    "[--wrong refuse|empty] [--campaign CODE] [--source WORD] [--dry-run]";

struct bringing {
    struct import_upload upload;
    struct import_wish wish;
    str campaign;
    int64_t id;
    struct import im;
    bool gone;
};

/* --- the file --- */

static bool read_whole(int fd, char *to, ptrdiff_t len)
{
    for (ptrdiff_t at = 0; at < len;) {
        ssize_t n = read(fd, to + at, (size_t)(len - at));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
    }
    return true;
}

static bool file_open(struct ctx *cx, str path, str *bytes)
{
    struct stat st;
    int fd = open(str_cstr(cx->a, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
              st.st_size <= LIMIT_UPLOAD_BYTES;
    if (ok) {
        char *to = NEW(cx->a, char, st.st_size + 1);
        ok = read_whole(fd, to, st.st_size);
        *bytes = (str){to, st.st_size};
    }
    if (fd >= 0) close(fd);
    return ok || fail_detail(cx, ERR_INVALID, "error.file_missing",
                             "%.*s cannot be read: it must be a file of at most 25 MB that the "
                             "user of the server may open.",
                             STR_ARG(path));
}

static str file_name(str path)
{
    for (ptrdiff_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/') return str_slice(path, i, path.len);
    return path;
}

/* --- what is wanted --- */

static bool campaign_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bringing *b = arg;
    str name;
    return campaign_of_arrival(cx, tx, b->campaign, 0, &b->upload.campaign_id, &name);
}

/* "Kürzel=first_name": another field than was proposed; nothing behind the =: none. */
static bool maps_apply(struct ctx *cx, struct value maps, struct bringing *b)
{
    str *head;
    ptrdiff_t heads = 0;
    import_strings(cx, b->im.head, &head, &heads);
    import_strings(cx, b->im.mapping, &b->wish.key, &b->wish.count);
    for (ptrdiff_t i = 0; i < value_count(maps); i++) {
        str text = value_str(maps.as.list->item[i]), field, column = str_cut(text, '=', &field);
        bool found = false;
        for (ptrdiff_t k = 0; k < heads && field.ptr != NULL; k++)
            if (str_eq(head[k], str_trim(column))) {
                b->wish.key[k] = str_trim(field);
                found = true;
            }
        if (!found)
            return fail_detail(cx, ERR_INVALID, "error.invalid",
                               "--map takes COLUMN=FIELD; there is no column \"%.*s\".",
                               STR_ARG(column));
    }
    return true;
}

static bool load_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bringing *b = arg;
    return import_load(cx, tx, b->id, &b->im);
}

static bool order_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bringing *b = arg;
    return import_order(cx, tx, b->id, &b->wish);
}

static bool start_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return import_start(cx, tx, ((struct bringing *)arg)->id);
}

static bool stop_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct bringing *b = arg;
    return import_stop(cx, tx, b->id, &b->gone);
}

/* --- what came of it --- */

static bool check_tell(struct ctx *cx, const struct import *im, struct command_out *out)
{
    struct import_refusals refused;
    struct value told = import_value(cx, im, true), list;
    import_report_read(cx, im, &refused);
    list = value_at(told, S("check.refusals"));
    const struct import_check *c = &im->check;
    if (!command_write(cx, out,
                       str_printf(cx->a,
                                  "checked %lld rows: %lld new, %lld known (%lld of them several "
                                  "times in the file), %lld refused; %lld with a wrong value %s; "
                                  "%lld erased once, who stay blocked\n",
                                  (long long)c->rows, (long long)c->new_rows, (long long)c->known,
                                  (long long)c->twice, (long long)c->refused,
                                  (long long)c->wrong,
                                  im->wrong == WRONG_EMPTY ? "taken without it"
                                                           : "alone (--wrong empty takes the rest)",
                                  (long long)c->blocked)))
        return false;
    for (ptrdiff_t i = 0; i < value_count(list); i++) {
        struct value one = list.as.list->item[i];
        str column = value_str(value_get(one, S("column")));
        if (!command_write(cx, out,
                           str_printf(cx->a, "line %lld%s%.*s: %.*s\n",
                                      (long long)refused.row[i].line, column.len > 0 ? ", " : "",
                                      STR_ARG(column), STR_ARG(value_str(value_get(one, S("text")))))))
            return false;
    }
    return true;
}

static bool result_tell(struct ctx *cx, const struct import *im, struct command_out *out)
{
    const struct import_done *d = &im->done;
    return command_write(
        cx, out,
        str_printf(cx->a, "%s: %lld new, %lld changed, %lld unchanged, %lld left out, %lld refused "
                   "(%lld of them erased since), %lld taken without a wrong value\n",
                   import_state_name(im->state), (long long)d->created, (long long)d->changed,
                   (long long)d->same, (long long)d->left, (long long)d->refused,
                   (long long)d->erased, (long long)d->emptied));
}

/* The server's own threads write it; alone, this process does. */
static bool run_it(struct ctx *cx, struct bringing *b, const struct job *job,
                   struct command_out *out)
{
    if (cx->app->jobs != NULL) {
        jobs_wake(cx->app->jobs);
        return command_write(cx, out,
                             str_printf(cx->a, "started: %.*s/imports/%.*s shows how far it is\n",
                                        STR_ARG(cx->app->config.public_url),
                                        STR_ARG(id_text(cx->a, ID_IMPORT, b->id))));
    }
    arena start = *cx->a; /* a run takes some MB, and ends after a while to be called again */
    do {
        *cx->a = start;
        if (!import_write_run(cx, job)) return false;
        *cx->a = start;
        if (!db_read(cx, load_read, b)) return false;
    } while (b->im.state == IMPORT_RUNNING);
    out->found_faults = b->im.state != IMPORT_DONE;
    return result_tell(cx, &b->im, out);
}

static bool faults_tell(struct ctx *cx)
{
    if (cx->err.field_count == 0) return false;
    const struct err_field *f = &cx->err.field[0];
    str text = render_text(cx, LANG_EN, f->key, f->args, ERR_ARGS);
    return fail_detail(cx, ERR_INVALID, "error.invalid", "%.*s: %.*s", STR_ARG(f->field),
                       STR_ARG(text));
}

/* Mapped and checked; nothing of a lead is written. */
static bool check_it(struct ctx *cx, struct bringing *b, const struct job *job, struct value args,
                     struct command_out *out)
{
    if (!db_read(cx, load_read, b)) return false;
    b->wish.source = b->im.source;
    b->wish.campaign_id = b->im.campaign_id;
    if (!maps_apply(cx, value_get(args, S("map")), b)) return false;
    if (!db_write(cx, DB_INTERACTIVE, order_write, b)) return faults_tell(cx);
    if (!import_check_run(cx, job) || !db_read(cx, load_read, b)) return false;
    if (b->im.fault.len == 0) return check_tell(cx, &b->im, out);
    return fail_detail(cx, ERR_INVALID, "error.invalid", "Line %lld: %.*s",
                       (long long)b->im.fault_line,
                       STR_ARG(render_text(cx, LANG_EN, str_cstr(cx->a, b->im.fault), NULL, 0)));
}

/* Nobody would look for it: the file goes at once. */
static bool discard(struct ctx *cx, struct bringing *b, bool ok)
{
    struct err err = cx->err;
    err_clear(cx);
    if (!db_write(cx, DB_INTERACTIVE, stop_write, b)) return false;
    cx->err = err;
    return ok;
}

bool run_import_leads(struct ctx *cx, struct value args, struct command_out *out)
{
    struct bringing *b = NEW(cx->a, struct bringing, 1);
    str path = value_str(value_get(args, S("file"))), known = value_str(value_get(args, S("known")));
    b->campaign = value_str(value_get(args, S("campaign")));
    b->upload.source = value_str(value_get(args, S("source")));
    b->upload.file_name = file_name(path);
    if (known.len > 0 && !import_known_of(known, &b->wish.known))
        return fail_detail(cx, ERR_INVALID, "error.choice_invalid",
                           "--known takes fill, overwrite or leave.");
    str wrong = value_str(value_get(args, S("wrong")));
    if (wrong.len > 0 && !import_wrong_of(wrong, &b->wish.wrong))
        return fail_detail(cx, ERR_INVALID, "error.choice_invalid",
                           "--wrong takes refuse or empty.");
    if (!file_open(cx, path, &b->upload.bytes)) return false;
    if (b->campaign.len > 0) {
        if (!db_read(cx, campaign_read, b)) return false;
        if (b->upload.campaign_id == 0)
            return fail_detail(cx, ERR_NOT_FOUND, "error.not_found",
                               "There is no campaign with the code %.*s.", STR_ARG(b->campaign));
    }
    if (!import_take(cx, &b->upload, &b->id)) return faults_tell(cx);
    struct job job = {.workspace_id = cx->workspace_id,
                      .attempt = 1,
                      .payload = id_text(cx->a, ID_IMPORT, b->id)};
    bool ok = check_it(cx, b, &job, args, out);
    if (!ok || value_truthy(value_get(args, S("dry_run")))) return discard(cx, b, ok);
    return db_write(cx, DB_INTERACTIVE, start_write, b) ? run_it(cx, b, &job, out)
                                                        : discard(cx, b, false);
}

int cmd_import(const struct options *o)
{
    arena a;
    if (o->positional_count != 2 || !str_eq(o->positional[0], S("leads"))) {
        return command_word(o, "leads FILE", usage) ? EXIT_FAILED : EXIT_USAGE;
    }
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a), maps = value_list(&a);
    for (int i = 0; i < o->maps_count; i++) value_push(maps, value_text(o->maps[i]));
    value_set_text(args, "file", options_absolute(&a, o->positional[1]));
    value_set_text(args, "known", o->known);
    value_set_text(args, "wrong", o->wrong);
    value_set_text(args, "campaign", o->campaign);
    value_set_text(args, "source", o->source);
    value_set_bool(args, "dry_run", o->dry_run);
    value_set(args, "map", maps);
    value_set_text(args, "workspace", o->workspace);
    return command_anywhere(o, &a, S("import.leads"), args, false);
}

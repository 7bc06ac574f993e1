#include "cmd/start.h"

#include "base/clock.h"
#include "base/crypto.h"
#include "base/log.h"
#include "form/form_cache.h"
#include "cmd/database.h"
#include "installation_sql.h"
#include "keys/keys.h"
#include "node/node.h"
#include "post/packed.h"
#include "web/embedded.h"
#include "web/render.h"
#include "workspace/workspace.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PASSWORD_SLOTS = 4, CLOSE_BYTES = 64 << 10 };

str operator_sentence(struct ctx *cx)
{
    if (cx->err.detail.len > 0) return cx->err.detail;
    if (cx->err.field_count > 0 && cx->app != NULL && cx->texts->i18n != NULL) {
        const struct err_field *f = &cx->err.field[0];
        str text = i18n_text(cx->a, cx->texts->i18n, LANG_EN, str_of(f->key), f->args, ERR_ARGS);
        return str_printf(cx->a, "%.*s: %.*s", STR_ARG(f->field), STR_ARG(text));
    }
    if (cx->err.key == NULL || cx->app == NULL || cx->texts->i18n == NULL)
        return S("Something went wrong.");
    return i18n_text(cx->a, cx->texts->i18n, LANG_EN, str_of(cx->err.key), cx->err.args, ERR_ARGS);
}

static bool folder_make(arena *a, str dir, str *why)
{
    char *path = str_cstr(a, dir);
    for (char *p = path + 1; *p != 0; p++) {
        if (*p != '/') continue;
        *p = 0;
        (void)mkdir(path, 0755);
        *p = '/';
    }
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        *why = str_printf(
            a,
            "The data folder %s cannot be made (%s); make it yourself or name another with --data.",
            path, strerror(errno));
        return false;
    }
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        *why = str_printf(a, "%s is not a folder; name another with --data.", path);
        return false;
    }
    if (access(path, W_OK | X_OK) != 0) {
        *why = str_printf(a,
                          "The data folder %s cannot be written to (%s); give this user the right "
                          "to, or name another with --data.",
                          path, strerror(errno));
        return false;
    }
    return true;
}

static int folder_lock(arena *a, str dir, bool *busy, str *why)
{
    int fd = open(str_cstr(a, str_printf(a, "%.*s/lock", STR_ARG(dir))),
                  O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    *busy = false;
    if (fd < 0) {
        *why = str_printf(
            a, "The data folder %.*s cannot be written to (%s); is its disk read-only or full?",
            STR_ARG(dir), strerror(errno));
        return -1;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) return fd;
    *busy = true;
    *why = str_printf(
        a, "Another Zulauf is running on %.*s; stop it first, or name another folder with --data.",
        STR_ARG(dir));
    close(fd);
    return -1;
}

bool app_folder_busy(const struct options *options)
{
    char memory[8192];
    arena a = {memory, memory + sizeof memory, NULL};
    str why;
    bool busy = false;
    struct stat st;
    if (stat(str_cstr(&a, options->config.data_dir), &st) != 0) return false;
    int fd = folder_lock(&a, options->config.data_dir, &busy, &why);
    if (fd >= 0) close(fd);
    return busy;
}

static bool texts_open(struct app *app, arena *a, str *why)
{
    const struct embedded_file *de = embedded_find(S("ui/i18n/de.json")),
                               *en = embedded_find(S("ui/i18n/en.json"));
    str what = S("");
    if (de == NULL || en == NULL) {
        *why = S("This program was built without its sentences (ui/i18n).");
        return false;
    }
    if (!i18n_load(a, (str){(const char *)de->bytes, de->len},
                   (str){(const char *)en->bytes, en->len}, &app->texts.i18n, &what) ||
        !render_compile(a, app->texts.i18n, &app->texts.templates, &what)) {
        *why = str_printf(a, "This program's own texts are faulty: %.*s", STR_ARG(what));
        return false;
    }
    const struct embedded_file *du = embedded_find(S("ui/i18n/de-du.json"));
    if (du != NULL && !i18n_load_informal(a, app->texts.i18n, (str){(const char *)du->bytes, du->len},
                                          &app->texts.informal, &what)) {
        *why = str_printf(a, "This program's own texts are faulty: %.*s", STR_ARG(what));
        return false;
    }
    app->texts.zones = tz_store_new(a);
    app->texts.mail_dictionary = mail_dictionary_new();
    app->forms = form_cache_new(a);
    return true;
}

static bool ring_is_marked(struct ctx *cx, struct tx *tx, void *arg)
{
    struct installation_get_in in = {S("key_ring")};
    struct installation_get_row row;
    (void)cx;
    return q_installation_get(tx, &in, &row, arg);
}

/* New keys over a used database would orphan everything sealed and empty the suppression list.
 * Before the database is opened the file says whether it is used, after that its mark. */
static bool keys_open(struct ctx *cx, struct app *app)
{
    struct stat st;
    str dir = app->config.data_dir, path = str_printf(cx->a, "%.*s/keys.json", STR_ARG(dir));
    str file = str_printf(cx->a, "%.*s/zulauf.db", STR_ARG(dir));
    bool used = stat(str_cstr(cx->a, file), &st) == 0 && st.st_size > 0;
    if (cx->db != NULL && !db_read(cx, ring_is_marked, &used)) return false;
    bool ok = used ? key_ring_load(cx, path, &app->keys) : key_ring_open(cx, path, &app->keys);
    cx->keys = app->keys;
    return ok;
}

/* The first workspace and the ring's mark: all nodes of a database have the same keys. */
static bool first_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct installation_get_row row;
    struct workspaces list;
    bool found;
    int64_t id;
    (void)arg;
    if (!workspace_list(cx, tx, &list)) return false;
    if (list.count == 0 && !workspace_create(cx, tx, WORKSPACE_FIRST_NAME, S(""), &id)) return false;
    str mark = key_ring_mark(cx->a, cx->keys);
    struct installation_get_in get = {S("key_ring")};
    if (!q_installation_get(tx, &get, &row, &found)) return false;
    if (found && !str_eq(row.value, mark))
        return fail_detail(cx, ERR_STORAGE, "error.key_ring",
                           "keys.json belongs to another installation; put the right one back into "
                           "the data folder.");
    struct installation_put_in put = {S("key_ring"), mark};
    return found ? true : q_installation_put(tx, &put, NULL);
}

static struct ctx node_ctx(void *user, arena *a)
{
    return app_ctx(user, a, ACTOR_SYSTEM);
}

/* The number under which this process makes ids. */
static bool number_take(struct ctx *cx, struct app *app)
{
    int64_t boot_ms = clock_boot_ms();
    cx->now_ms = clock_now_ms(); /* after the other clock: others wait longer than we work */
    struct node_options o = {.name = app->config.node_name,
                             .shared = db_is_shared(app->db),
                             .make_ctx = node_ctx,
                             .user = app};
    return node_open(cx, &o, boot_ms, &app->node) &&
           (node_start(app->node) || fail_detail(cx, ERR_INTERNAL, "error.internal",
                                                 "The system gives no thread to start with."));
}

bool app_open(struct app *app, arena *a, const struct options *options, str *why)
{
    bool busy;
    *app = (struct app){.config = options->config, .lock_fd = -1};
    *why = S("");
    sem_init(&app->password_slots, 0, PASSWORD_SLOTS);
    if (!crypto_init()) {
        *why = S("The system gives no random numbers; Zulauf cannot start without.");
        return false;
    }
    if (!texts_open(app, a, why) || !folder_make(a, app->config.data_dir, why)) return false;
    app->lock_fd = folder_lock(a, app->config.data_dir, &busy, why);
    if (app->lock_fd < 0) return false;
    struct ctx cx = app_ctx(app, a, ACTOR_SYSTEM);
    /* A file whose keys are gone is not touched; only what PostgreSQL holds has to be asked first.
     */
    bool shared = app->config.db_url.len > 0;
    bool ok = (shared || keys_open(&cx, app)) && database_open(&cx, app) && database_migrate(&cx) &&
              (!shared || keys_open(&cx, app)) && number_take(&cx, app) &&
              db_write(&cx, DB_INTERACTIVE, first_write, NULL);
    if (!ok) {
        *why = str_dup(a, operator_sentence(&cx));
        app_close(app);
    }
    return ok;
}

void app_close(struct app *app)
{
    char memory[CLOSE_BYTES];
    arena a = {memory, memory + sizeof memory, NULL};
    struct ctx cx = app_ctx(app, &a, ACTOR_SYSTEM);
    node_close(app->node, &cx);
    id_source_close(&app->ids);
    if (app->db != NULL) db_close(app->db);
    if (app->lock_fd >= 0) close(app->lock_fd);
    zip_dictionary_free(app->texts.mail_dictionary);
    app->texts.mail_dictionary = NULL;
    app->node = NULL;
    app->db = NULL;
    app->lock_fd = -1;
}

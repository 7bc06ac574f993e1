/* zulauf check BACKUP: is it whole, and would what is in it stand? */
#include "cmd/restore.h"

#include "backup/backup.h"
#include "backup/disk.h"
#include "cmd/start.h"
#include "sql.h"

#include <errno.h>
#include <stdlib.h>

enum { CACHE_BYTES = 32 << 20 };

/* Without the keys no Zulauf opens over it; the pages can be read all the same. */
static bool check_pages(struct restore *r, bool *well)
{
    struct ctx *cx = &r->cx;
    struct db_options o = {.texts = sql_texts,
                           .text_count = SQL__COUNT,
                           .path = str_printf(cx->a, "%.*s/zulauf.db", STR_ARG(r->stage)),
                           .memory_bytes = CACHE_BYTES,
                           .readers = 1};
    str what = {0};
    if (!db_open(cx, &o, &cx->db)) return false;
    bool ok = db_check(cx, &what);
    db_close(cx->db);
    cx->db = NULL;
    *well = ok && what.ptr == NULL;
    for (str rest = what; rest.ptr != NULL && rest.len > 0;)
        restore_say(r, str_printf(cx->a, "database       FAULT %.*s\n",
                                  STR_ARG(str_cut(rest, '\n', &rest))));
    if (*well)
        restore_say(r, S("database       ok    pages, indexes and references hold; its chains are "
                         "checked where its keys.json is\n"));
    return ok;
}

static bool check_staged(struct restore *r, bool *well)
{
    struct app *app = NEW(r->cx.a, struct app, 1);
    str why;
    *well = false;
    if (archive_manifest(r->reader)->schema > backup_schema() || !restore_keys_fit(r, &why))
        return check_pages(r, well);
    if (!stage_open(r, app)) return false;
    bool ok = stage_check(r, app, well);
    app_close(app);
    return ok;
}

/* Unpacked into a folder that nobody else may look into, and removed again. */
static bool check_contents(struct restore *r, bool *well)
{
    const char *tmp = getenv("TMPDIR");
    char *name = str_cstr(
        r->cx.a, str_printf(r->cx.a, "%s/zulauf-check-XXXXXX", tmp != NULL ? tmp : "/var/tmp"));
    if (mkdtemp(name) == NULL)
        return archive_refuse(&r->cx, ERR_STORAGE, "backup.not_written", str_of(name),
                              disk_reason(r->cx.a, errno));
    return stage_fill(r, str_of(name)) && check_staged(r, well);
}

int check_backup(const struct options *o)
{
    arena a;
    struct restore *r;
    int code;
    bool well = true;
    if (!command_arena(&a)) return EXIT_FAILED;
    r = NEW(&a, struct restore, 1);
    if (!restore_begin(r, &a, o, &code)) return code;
    bool keys_well = restore_describe(r);
    bool opens = !archive_manifest(r->reader)->sealed || r->has_key;
    bool ok = opens ? check_contents(r, &well) : restore_verify(r);
    stage_remove(r);
    if (ok)
        restore_say(r, opens ? S("whole          ok\n")
                             : S("whole          its checksum is right; with --key its contents "
                                 "are checked, too\n"));
    if (!ok) code = restore_refuse(r);
    if (ok) code = well && keys_well ? EXIT_DONE : EXIT_FAILED;
    crypto_wipe(&r->key, sizeof r->key);
    ctx_end(&r->cx);
    return code;
}

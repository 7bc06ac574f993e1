/* Backups of a real database: the journal of erasures, the plan, rotation, quarantine. */
#include "store_test.h"
#include "unit/assert_str.h"

#include "app.h"
#include "backup/backup.h"
#include "backup/backup_jobs.h"
#include "backup/disk.h"
#include "backup/erasures.h"
#include "backup/pair.h"
#include "backup/quarantine.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "cmd/restore.h"
#include "dossier/dossier.h"
#include "keys/keys.h"
#include "lead/lead.h"
#include "post/post_delivery_inner.h"
#include "sql.h"
#include "workspace/workspace.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct place {
    struct store s;
    struct key_ring ring;
    struct app app;
    char data[96], backups[96];
    struct ctx *cx;
};

static bool fill(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_create(cx, tx, S("Falkenried"), S(""), arg);
}

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init()) return -1;
    store_open(&p->s);
    key_ring_new(&p->ring, STORE_NOW_MS);
    snprintf(p->data, sizeof p->data, "%s/data", p->s.folder);
    snprintf(p->backups, sizeof p->backups, "%s/backups", p->s.folder);
    assert_int_equal(mkdir(p->data, 0700), 0);
    p->app.config.data_dir = str_of(p->data);
    p->app.config.backup_dir = str_of(p->backups);
    p->app.config.db_url = str_of(p->s.url);
    p->cx = &p->s.cx;
    p->cx->keys = &p->ring;
    p->cx->app = &p->app;
    p->cx->now_ms = clock_now_ms(); /* backups are made at the real time */
    assert_true(db_write(p->cx, DB_INTERACTIVE, fill, &p->cx->workspace_id));
    *state = p;
    return 0;
}

static void empty(const char *folder)
{
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL) closedir(dir);
    rmdir(folder);
}

static int close_place(void **state)
{
    struct place *p = *state;
    empty(p->backups);
    empty(p->data);
    store_close(&p->s);
    free(p);
    return 0;
}

static bool lead_write(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead_new in = {.email = str_printf(cx->a, "l%lld@x.example", (long long)ctx_new_id(cx)),
                          .lang = S("de"),
                          .source = S("Direkt"),
                          .first_contact = S("{}")};
    bool taken;
    for (int i = 0; i < SLOT__COUNT; i++) in.text[i] = S("");
    return lead_create(cx, tx, &in, arg, &taken);
}

static int64_t new_lead(struct place *p)
{
    int64_t id;
    assert_true(db_write(p->cx, DB_INTERACTIVE, lead_write, &id));
    return id;
}

static bool look(struct ctx *cx, struct tx *tx, void *arg)
{
    struct lead lead;
    return lead_load(cx, tx, *(int64_t *)arg, &lead);
}

static bool is_there(struct place *p, int64_t id)
{
    bool there = db_read(p->cx, look, &id);
    err_clear(p->cx);
    return there;
}

static str journal(struct place *p)
{
    return erasure_journal_path(p->cx);
}

static struct erasures journal_of(struct place *p, str path)
{
    struct erasures e = {0};
    if (!erasures_read(p->cx, path, &e)) fail_msg("%.*s", STR_ARG(p->cx->err.detail));
    return e;
}

static void append_bytes(struct place *p, str path, const char *text)
{
    int fd = open(str_cstr(p->cx->a, path), O_WRONLY | O_CREAT | O_APPEND, 0600);
    assert_int_equal(disk_write(fd, text, (ptrdiff_t)strlen(text)), 0);
    close(fd);
}

static int count_files(const char *folder, const char *ending)
{
    int n = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        n += str_ends(str_of(e->d_name), str_of(ending));
    if (dir != NULL) closedir(dir);
    return n;
}

/* --- the journal --- */

static void an_erasure_is_noted_before_it_is_done(void **state)
{
    struct place *p = *state;
    int64_t id = new_lead(p), stays = new_lead(p);
    assert_true(dossier_erase_noted(p->cx, id));
    struct erasures e = journal_of(p, journal(p));
    assert_int_equal(e.count, 1);
    assert_true(e.row[0].lead_id == id && e.row[0].workspace_id == p->cx->workspace_id);
    assert_true(e.row[0].at_ms == p->cx->now_ms && !e.row[0].kept);
    assert_false(is_there(p, id));
    assert_true(is_there(p, stays));
    /* Nobody is noted who is not there. */
    assert_false(dossier_erase_noted(p->cx, id));
    assert_int_equal(p->cx->err.code, ERR_NOT_FOUND);
    err_clear(p->cx);
    assert_int_equal(journal_of(p, journal(p)).count, 1);
}

static void without_its_note_nobody_is_erased(void **state)
{
    struct place *p = *state;
    int64_t id = new_lead(p);
    assert_int_equal(mkdir(str_cstr(p->cx->a, journal(p)), 0700), 0); /* in its place */
    assert_false(dossier_erase_noted(p->cx, id));
    assert_string_equal(p->cx->err.key, "erasure.not_noted");
    assert_int_equal(p->cx->err.code, ERR_STORAGE);
    err_clear(p->cx);
    assert_true(is_there(p, id));
    assert_int_equal(rmdir(str_cstr(p->cx->a, journal(p))), 0);
}

static void a_torn_line_is_nobodys_and_swallows_none(void **state)
{
    struct place *p = *state;
    int64_t a = new_lead(p), b = new_lead(p);
    assert_true(dossier_erase_noted(p->cx, a));
    append_bytes(p, journal(p), "{\"at\":\"2026-03-12T10:41:08.123Z\",\"works");
    assert_int_equal(journal_of(p, journal(p)).count, 1);
    assert_true(dossier_erase_noted(p->cx, b));
    struct erasures e = journal_of(p, journal(p));
    assert_int_equal(e.count, 2);
    assert_true(e.row[1].lead_id == b);
    append_bytes(p, journal(p), "what is this\n");
    assert_false(erasures_read(p->cx, journal(p), &e));
    assert_string_equal(p->cx->err.key, "erasure.unreadable");
    assert_true(str_find(p->cx->err.detail, S("line 3")) > 0);
}

static bool to_trash(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_set_state(cx, tx, *(int64_t *)arg, LEAD_TRASHED);
}

static bool out_of_trash(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_set_state(cx, tx, *(int64_t *)arg, LEAD_ACTIVE);
}

/* Whom a restore would erase. */
static struct erasures to_erase(struct place *p)
{
    struct erasures e = journal_of(p, journal(p));
    erasures_settle(&e);
    return e;
}

static void whoever_a_failed_erasure_kept_is_not_erased_by_a_restore(void **state)
{
    struct place *p = *state;
    int64_t gone = new_lead(p), kept = new_lead(p), erased;
    assert_true(dossier_erase_noted(p->cx, gone));
    assert_true(db_write(p->cx, DB_INTERACTIVE, to_trash, &kept));
    /* The next erasure is refused where it is told to the audit. */
    assert_true(store_script(&p->s, "CREATE UNIQUE INDEX fault ON audit (workspace_id, action)"));
    p->cx->now_ms += (int64_t)LEAD_TRASH_DAYS * 86400000;
    assert_false(dossier_purge(p->cx, 10, &erased));
    assert_int_equal(p->cx->err.code, ERR_CONFLICT);
    err_clear(p->cx);
    p->cx->now_ms++;
    assert_false(dossier_erase_noted(p->cx, kept));
    assert_int_equal(p->cx->err.code, ERR_CONFLICT);
    err_clear(p->cx);
    assert_true(store_script(&p->s, "DROP INDEX fault"));
    assert_true(db_write(p->cx, DB_INTERACTIVE, out_of_trash, &kept));
    struct erasures e = to_erase(p);
    assert_int_equal(e.count, 1);
    assert_true(e.row[0].lead_id == gone);

    p->cx->now_ms++;
    assert_true(dossier_erase_noted(p->cx, kept));
    assert_int_equal(to_erase(p).count, 2);
}

/* Rather one too many erased once more than one brought back. */
static void a_write_in_doubt_leaves_its_note_open(void **state)
{
    struct place *p = *state;
    static const enum err_code doubtful[] = {ERR_UNAVAILABLE, ERR_STORAGE};
    for (int64_t i = 0; i < 2; i++) {
        int64_t lead = (i + 1) << 30;
        assert_true(erasure_note(p->cx, lead, false));
        fail(p->cx, doubtful[i], "error.busy");
        assert_false(erasure_end(p->cx, lead, false, true));
        assert_int_equal(p->cx->err.code, doubtful[i]);
        err_clear(p->cx);
    }
    assert_int_equal(to_erase(p).count, 2);
    /* A "kept" whose erasure is not in the journal takes back no later one. */
    int64_t lead = INT64_C(3) << 30;
    assert_true(erasure_note(p->cx, lead, true));
    p->cx->now_ms++;
    assert_true(erasure_note(p->cx, lead, false));
    assert_int_equal(to_erase(p).count, 3);
}

static void journals_add_up_and_what_was_kept_counts_against(void **state)
{
    struct place *p = *state;
    str other = str_printf(p->cx->a, "%s/other.jsonl", p->data);
    int64_t now = p->cx->now_ms;
    for (int64_t lead = 1; lead <= 3; lead++) assert_true(erasure_note(p->cx, lead << 30, false));
    assert_true(erasure_note(p->cx, INT64_C(2) << 30, true));
    assert_true(erasures_carry(p->cx, journal(p), other, true));
    p->cx->now_ms = now + 5000;
    assert_true(erasure_note(p->cx, INT64_C(3) << 30, false));
    assert_true(erasures_carry(p->cx, journal(p), other, true));
    assert_true(erasures_carry(p->cx, journal(p), other, true)); /* once more is nothing */
    assert_int_equal(journal_of(p, other).count, 5);

    struct erasures e = {0};
    assert_true(erasures_read(p->cx, journal(p), &e) && erasures_read(p->cx, other, &e));
    erasures_settle(&e);
    assert_int_equal(e.count, 2);
    assert_true(e.row[0].lead_id == INT64_C(1) << 30 && e.row[1].lead_id == INT64_C(3) << 30);
    assert_true(e.row[0].at_ms == now && e.row[1].at_ms == now + 5000);
    p->cx->now_ms = now;
    /* A link in a backup folder is not written through. */
    str link = str_printf(p->cx->a, "%s/link.jsonl", p->data);
    assert_int_equal(symlink(str_cstr(p->cx->a, other), str_cstr(p->cx->a, link)), 0);
    assert_false(erasures_carry(p->cx, journal(p), link, false));
    err_clear(p->cx);
}

static void each_node_adds_to_the_journal_of_the_backup_folder(void **state)
{
    struct place *p = *state;
    char data[96];
    struct backup_result r;
    struct backup_request rq = {.path = str_printf(p->cx->a, "%s/mine.zbak", p->backups)};
    str shared = erasure_shared_path(p->cx);
    snprintf(data, sizeof data, "%s/data2", p->s.folder);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_true(erasure_note(p->cx, INT64_C(1) << 30, false)); /* before there is the folder */
    assert_int_equal(mkdir(p->backups, 0700), 0);
    p->app.config.data_dir = str_of(data);
    assert_true(erasure_note(p->cx, INT64_C(2) << 30, false));
    assert_int_equal(journal_of(p, shared).count, 1);
    p->app.config.data_dir = str_of(p->data);
    /* The shared one is the newer file; what it lacks is added all the same. */
    struct timespec later[2] = {{.tv_nsec = UTIME_NOW}, {.tv_sec = INT32_MAX}};
    assert_int_equal(utimensat(AT_FDCWD, str_cstr(p->cx->a, shared), later, 0), 0);
    erasures_share(p->cx);
    erasures_share(p->cx);
    struct erasures e = journal_of(p, shared);
    assert_int_equal(e.count, 2);
    assert_true(e.row[0].lead_id == INT64_C(2) << 30 && e.row[1].lead_id == INT64_C(1) << 30);
    /* And a backup of either node has beside it what both know. */
    assert_true(backup_make(p->cx, &rq, &r));
    assert_int_equal(journal_of(p, r.journal).count, 2);
    assert_int_equal(journal_of(p, journal(p)).count, 1);
    empty(data);
}

static void erasing_again_reaches_all_since_and_only_those(void **state)
{
    struct place *p = *state;
    int64_t old = new_lead(p), late = new_lead(p), stays = new_lead(p), erased;
    struct erasure row[] = {{1000, p->cx->workspace_id, old, false},
                            {5000, p->cx->workspace_id, late, false},
                            {5000, p->cx->workspace_id, late + 1, false},
                            {5000, p->cx->workspace_id + 1, stays, false}};
    struct erasures list = {row, COUNTOF(row), COUNTOF(row)};
    assert_true(restore_erase(p->cx, &list, 2000, &erased));
    assert_int_equal(erased, 1);
    assert_true(is_there(p, old) && !is_there(p, late) && is_there(p, stays));
    assert_true(restore_erase(p->cx, &list, 2000, &erased));
    assert_int_equal(erased, 0);
}

/* --- the plan --- */

static bool plan_write(struct ctx *cx, struct tx *tx, void *arg)
{
    return backup_plan_save(cx, tx, arg);
}

static bool state_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return backup_state_load(cx, tx, arg);
}

static bool plan_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return backup_plan_load(cx, tx, arg);
}

static void a_plan_is_checked_and_kept(void **state)
{
    struct place *p = *state;
    struct backup_plan plan;
    static const struct {
        const char *field;
        struct backup_plan plan;
    } rows[] = {
        {"hour", {BACKUP_DAILY, 24, 7, S_INIT("")}},
        {"hour", {BACKUP_DAILY, -1, 7, S_INIT("")}},
        {"keep", {BACKUP_DAILY, 3, 0, S_INIT("")}},
        {"seal_to", {BACKUP_DAILY, 3, 7, S_INIT("zbp1_short")}},
        {"seal_to",
         {BACKUP_DAILY, 3, 7, S_INIT("zbs1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")}},
    };
    assert_true(db_read(p->cx, plan_read, &plan));
    assert_true(plan.every == BACKUP_OFF && plan.keep == 14);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        plan = rows[i].plan;
        assert_false(db_write(p->cx, DB_INTERACTIVE, plan_write, &plan));
        assert_string_equal(str_cstr(p->cx->a, p->cx->err.field[0].field), rows[i].field);
        err_clear(p->cx);
    }
    plan = (struct backup_plan){BACKUP_WEEKLY, 5, 3, S("")};
    assert_true(db_write(p->cx, DB_INTERACTIVE, plan_write, &plan));
    plan = (struct backup_plan){0};
    assert_true(db_read(p->cx, plan_read, &plan));
    assert_true(plan.every == BACKUP_WEEKLY && plan.hour == 5 && plan.keep == 3);
}

/* Run the kind of that name as a worker would. */
static bool run_job(struct place *p, const char *name)
{
    struct job job = {.attempt = 1, .payload = S("")};
    for (int i = 0; i < backup_job_count; i++) {
        if (strcmp(backup_jobs[i].name, name) != 0) continue;
        bool good = backup_jobs[i].run(p->cx, &job);
        ctx_end(p->cx);
        return good;
    }
    return false;
}

static struct backup_state state_of(struct place *p)
{
    struct backup_state state;
    assert_true(db_read(p->cx, state_read, &state));
    return state;
}

static void the_plan_makes_one_when_it_is_due_and_keeps_as_many_as_it_says(void **state)
{
    struct place *p = *state;
    struct backup_plan plan = {BACKUP_DAILY, 0, 2, S("")};
    int64_t real = p->cx->now_ms;
    assert_true(run_job(p, "backup.plan"));
    assert_int_equal(count_files(p->backups, ".zbak"), 0); /* off */
    assert_true(db_write(p->cx, DB_INTERACTIVE, plan_write, &plan));
    assert_true(dossier_erase_noted(p->cx, new_lead(p)));
    assert_true(run_job(p, "backup.plan"));
    assert_int_equal(count_files(p->backups, ".zbak"), 1);
    assert_true(state_of(p).ok_ms >= real && state_of(p).bytes > 0);
    p->cx->now_ms = clock_now_ms();
    assert_true(run_job(p, "backup.plan"));
    assert_int_equal(count_files(p->backups, ".zbak"), 1); /* not due any more */
    assert_int_equal(state_of(p).failed_ms, 0);
    str kept = str_printf(p->cx->a, "%s/erasures.jsonl", p->backups);
    assert_int_equal(journal_of(p, kept).count, 1);

    /* What the plan has not made stays: another name, a copy under one of ours, a manual one. */
    append_bytes(p, str_printf(p->cx->a, "%s/notes.txt", p->backups), "x");
    append_bytes(p, str_printf(p->cx->a, "%s/zulauf-20200101T000000Z.zbak", p->backups), "x");
    struct backup_request mine = {.path = str_printf(p->cx->a, "%s/%.*s", p->backups,
                                                     STR_ARG(backup_name(p->cx->a, real - 5000)))};
    struct backup_result r;
    assert_true(backup_make(p->cx, &mine, &r));
    for (int i = 1; i <= 3; i++) {
        p->cx->now_ms = real + i * 1000;
        assert_true(run_job(p, "backup.now"));
    }
    p->cx->now_ms = real;
    assert_int_equal(count_files(p->backups, ".zbak"), 2 + 2);
    assert_int_equal(count_files(p->backups, ".zbak.erasures.jsonl"), 2 + 1);
    assert_int_equal(count_files(p->backups, "notes.txt"), 1);
}

static void a_backup_that_fails_is_noted_and_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct backup_plan plan = {BACKUP_DAILY, 0, 2, S("")};
    assert_true(db_write(p->cx, DB_INTERACTIVE, plan_write, &plan));
    append_bytes(p, str_of(p->backups), "no folder");
    assert_true(run_job(p, "backup.plan"));
    struct backup_state s = state_of(p);
    assert_true(s.failed_ms == p->cx->now_ms && s.ok_ms == 0);
    assert_true(str_eq(s.error_key, S("backup.folder")));
    assert_true(str_eq(s.error_path, str_of(p->backups)));
    assert_int_equal(unlink(p->backups), 0);
    assert_true(run_job(p, "backup.plan"));
    assert_int_equal(state_of(p).ok_ms, 0); /* not again within the hour */
    assert_true(run_job(p, "backup.now"));
    s = state_of(p);
    assert_true(s.ok_ms > 0 && s.failed_ms == 0);
    assert_int_equal(count_files(p->backups, ".part") + count_files(p->backups, ".copy"), 0);
}

static void a_planned_backup_is_sealed_if_the_plan_says_so(void **state)
{
    struct place *p = *state;
    struct pair_public open;
    struct pair_secret secret;
    struct archive_reader *r;
    crypto_pair_new(&open, &secret);
    struct backup_plan plan = {BACKUP_DAILY, 0, 2, pair_public_text(p->cx->a, &open)};
    assert_true(db_write(p->cx, DB_INTERACTIVE, plan_write, &plan));
    assert_true(run_job(p, "backup.plan"));
    str file = str_printf(p->cx->a, "%s/%.*s", p->backups, STR_ARG(state_of(p).file));
    assert_true(archive_open(p->cx, file, &r));
    assert_true(archive_manifest(r)->sealed && archive_manifest(r)->scheduled);
    assert_true(archive_read(p->cx, r, &secret, NULL, NULL));
}

static void the_server_stops_a_backup_under_way(void **state)
{
    struct place *p = *state;
    atomic_store(&p->app.draining, true);
    assert_true(run_job(p, "backup.now"));
    assert_true(str_eq(state_of(p).error_key, S("backup.stopped")));
    assert_int_equal(count_files(p->backups, ".zbak"), 0);
    assert_int_equal(count_files(p->backups, ".copy") + count_files(p->backups, ".part"), 0);
}

static void one_backup_at_a_time_and_none_clears_away_anothers(void **state)
{
    struct place *p = *state;
    assert_int_equal(mkdir(p->backups, 0700), 0);
    assert_false(backup_under_way(p->cx));
    int lock = backup_begin(p->cx); /* as another node's */
    assert_true(lock >= 0 && backup_under_way(p->cx));
    append_bytes(p, str_printf(p->cx->a, "%s/zulauf-20200101T000000Z.zbak.part", p->backups), "x");
    assert_true(run_job(p, "backup.now"));
    assert_int_equal(count_files(p->backups, ".zbak"), 0);
    assert_int_equal(count_files(p->backups, ".part"), 1);
    assert_true(state_of(p).ok_ms == 0 && state_of(p).failed_ms == 0); /* it only waits */
    assert_true(backup_begin(p->cx) < 0);
    assert_string_equal(p->cx->err.key, "backup.under_way");
    err_clear(p->cx);
    close(lock);
    assert_false(backup_under_way(p->cx));
    assert_true(run_job(p, "backup.now"));
    assert_int_equal(count_files(p->backups, ".zbak"), 1);
    assert_int_equal(count_files(p->backups, ".part"), 0);
}

/* --- quarantine --- */

static bool shut(struct ctx *cx, struct tx *tx, void *arg)
{
    return quarantine_set(cx, tx, *(int64_t *)arg);
}

static void nothing_leaves_a_quarantine_and_nothing_is_lost_in_it(void **state)
{
    struct place *p = *state;
    struct post_items *items = NEW(p->cx->a, struct post_items, 1);
    int64_t on = 1750000000000, off = 0;
    int held = 0;
    int64_t workspace_id = p->cx->workspace_id, id = new_lead(p);
    str sql = str_printf(
        p->cx->a,
        "INSERT INTO mail (workspace_id, id, lead_id, permit_class, consent_id, confirmation_id, "
        "template, message_id, envelope, mime, mime_sha256, mail_state, created_ms, next_ms, "
        "lease_until_ms, lease_token, attempts_n, done_ms) VALUES (%lld, 1, %lld, 2, 0, 0, "
        "'mail/doi', 'm', x'00', x'00', x'00', 0, 1, 1, 0, 0, 0, 0)",
        (long long)workspace_id, (long long)id);
    assert_true(store_script(&p->s, str_cstr(p->cx->a, sql)));
    assert_true(db_write(p->cx, DB_INTERACTIVE, shut, &on));
    assert_true(post_due(p->cx, 10, items));
    assert_int_equal(items->count, 0);
    assert_true(post_hold(p->cx, &held));
    assert_int_equal(held, 0);
    assert_false(quarantine_allows_export(p->cx));
    assert_int_equal(p->cx->err.code, ERR_FORBIDDEN);
    assert_string_equal(p->cx->err.key, "backup.quarantined");
    err_clear(p->cx);

    assert_true(db_write(p->cx, DB_INTERACTIVE, shut, &off));
    assert_true(quarantine_allows_export(p->cx));
    assert_true(post_hold(p->cx, &held));
    assert_int_equal(held, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_erasure_is_noted_before_it_is_done),
        TEST(without_its_note_nobody_is_erased),
        TEST(a_torn_line_is_nobodys_and_swallows_none),
        TEST(whoever_a_failed_erasure_kept_is_not_erased_by_a_restore),
        TEST(a_write_in_doubt_leaves_its_note_open),
        TEST(journals_add_up_and_what_was_kept_counts_against),
        TEST(each_node_adds_to_the_journal_of_the_backup_folder),
        TEST(erasing_again_reaches_all_since_and_only_those),
        TEST(a_plan_is_checked_and_kept),
        TEST(the_plan_makes_one_when_it_is_due_and_keeps_as_many_as_it_says),
        TEST(a_backup_that_fails_is_noted_and_leaves_nothing),
        TEST(a_planned_backup_is_sealed_if_the_plan_says_so),
        TEST(the_server_stops_a_backup_under_way),
        TEST(one_backup_at_a_time_and_none_clears_away_anothers),
        TEST(nothing_leaves_a_quarantine_and_nothing_is_lost_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

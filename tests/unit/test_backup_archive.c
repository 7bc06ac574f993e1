/* The archive: what went in comes out, and nothing that was cut, altered or blown up does. */
#include "assert_str.h"

#include "backup/archive.h"
#include "backup/disk.h"
#include "backup/pair.h"
#include "base/bytes.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BODY_BYTES = 700001, ARENA_BYTES = 32 << 20, FILE_MAX = 2 << 20 };

struct place {
    char folder[64];
    struct arena_block block;
    arena a;
    struct ctx cx;
    struct pair_public open, other_open;
    struct pair_secret secret, other;
    char *body; /* BODY_BYTES: half of it does not compress */
};

static int open_place(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    if (p == NULL || !crypto_init() || !arena_block_open(&p->block, ARENA_BYTES)) return -1;
    snprintf(p->folder, sizeof p->folder, "/tmp/zulauf-archive-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    p->a = arena_over(&p->block);
    p->cx = (struct ctx){.a = &p->a, .now_ms = 1750000000000};
    crypto_pair_new(&p->open, &p->secret);
    crypto_pair_new(&p->other_open, &p->other);
    p->body = NEW(&p->a, char, BODY_BYTES);
    crypto_random((uint8_t *)p->body, BODY_BYTES / 2);
    *state = p;
    return 0;
}

static int close_place(void **state)
{
    struct place *p = *state;
    ctx_end(&p->cx);
    DIR *dir = opendir(p->folder);
    for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), e->d_name, 0);
    if (dir != NULL) closedir(dir);
    rmdir(p->folder);
    arena_block_close(&p->block);
    free(p);
    return 0;
}

static str path_of(struct place *p, const char *name)
{
    return str_printf(&p->a, "%s/%s", p->folder, name);
}

static struct manifest manifest_of(int64_t body_bytes)
{
    return (struct manifest){.program = S("0.1.0"),
                             .schema = 4,
                             .engine = S("sqlite"),
                             .body = BODY_SQLITE,
                             .key_mark = S("mark"),
                             .made_ms = 1750000000123,
                             .body_bytes = body_bytes,
                             .leads = 7,
                             .workspaces = 1};
}

/* Write `len` bytes of the body; what the manifest says of them may differ. */
static bool write_archive(struct place *p, str path, int64_t len, int64_t says,
                          const struct pair_public *to)
{
    struct manifest m = manifest_of(says);
    struct archive_writer *w;
    int64_t bytes;
    bool ok = archive_create(&p->cx, path, &m, to, &w);
    for (int64_t at = 0; ok && at < len; at += 1000)
        ok = archive_put(&p->cx, w, p->body + at, (ptrdiff_t)(len - at < 1000 ? len - at : 1000));
    ok = ok && archive_commit(&p->cx, w, &bytes);
    if (!ok) archive_drop(w);
    return ok;
}

struct got {
    struct place *place;
    int64_t len;
    bool same;
};

static bool take(struct ctx *cx, void *to, const void *bytes, ptrdiff_t len)
{
    struct got *g = to;
    (void)cx;
    g->same = g->same && g->len + len <= BODY_BYTES &&
              memcmp(g->place->body + g->len, bytes, (size_t)len) == 0;
    g->len += len;
    return true;
}

/* NULL, or the key of the sentence that says why not. */
static const char *read_archive(struct place *p, str path, const struct pair_secret *key,
                                struct got *g)
{
    struct archive_reader *r;
    struct archive_sink sink = {take, g};
    *g = (struct got){p, 0, true};
    err_clear(&p->cx);
    bool ok = archive_open(&p->cx, path, &r) && archive_read(&p->cx, r, key, &sink, NULL);
    archive_close(r);
    return ok ? NULL : p->cx.err.key;
}

static str slurp(struct place *p, str path)
{
    char *bytes = NEW(&p->a, char, FILE_MAX);
    int fd = open(str_cstr(&p->a, path), O_RDONLY);
    ssize_t n = read(fd, bytes, FILE_MAX);
    close(fd);
    assert_true(n > 0 && n < FILE_MAX);
    return (str){bytes, n};
}

static void spit(struct place *p, str path, str bytes)
{
    int fd = open(str_cstr(&p->a, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(disk_write(fd, bytes.ptr, bytes.len), 0);
    close(fd);
}

static int files(struct place *p)
{
    int n = 0;
    DIR *dir = opendir(p->folder);
    while (readdir(dir) != NULL) n++;
    closedir(dir);
    return n - 2;
}

static void what_went_in_comes_out(void **state)
{
    struct place *p = *state;
    static const int64_t lengths[] = {0, 1, 1000, ARCHIVE_PIECE_BYTES, BODY_BYTES};
    for (ptrdiff_t i = 0; i < COUNTOF(lengths); i++) {
        for (int sealed = 0; sealed < 2; sealed++) {
            arena before = p->a;
            str path = str_printf(&p->a, "%s/%td-%d", p->folder, i, sealed);
            struct got g;
            assert_true(write_archive(p, path, lengths[i], lengths[i], sealed ? &p->open : NULL));
            assert_null(read_archive(p, path, sealed ? &p->secret : NULL, &g));
            assert_true(g.same);
            assert_int_equal(g.len, lengths[i]);
            ctx_end(&p->cx);
            p->a = before;
        }
    }
    assert_int_equal(files(p), 2 * COUNTOF(lengths)); /* and no temporary file */
}

static void the_manifest_is_read_as_it_was_written(void **state)
{
    struct place *p = *state;
    struct archive_reader *r;
    struct stat st;
    str path = path_of(p, "a");
    assert_true(write_archive(p, path, 10, 10, &p->open));
    assert_true(archive_open(&p->cx, path, &r));
    const struct manifest *m = archive_manifest(r);
    assert_str("program", m->program, S("0.1.0"));
    assert_str("mark", m->key_mark, S("mark"));
    assert_str("public key", m->seal_to, pair_public_text(&p->a, &p->open));
    assert_true(m->sealed && !m->scheduled && m->schema == 4 && m->leads == 7);
    assert_true(m->made_ms == 1750000000123 && m->body_bytes == 10 && m->body == BODY_SQLITE);
    assert_int_equal(stat(str_cstr(&p->a, path), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void cut_off_anywhere_it_is_refused(void **state)
{
    struct place *p = *state;
    for (int sealed = 0; sealed < 2; sealed++) {
        str path = path_of(p, sealed ? "s" : "p"), cut = path_of(p, "cut");
        assert_true(write_archive(p, path, 3000, 3000, sealed ? &p->open : NULL));
        str whole = slurp(p, path);
        for (ptrdiff_t len = 0; len < whole.len; len++) {
            arena before = p->a;
            struct got g;
            spit(p, cut, str_slice(whole, 0, len));
            if (read_archive(p, cut, sealed ? &p->secret : NULL, &g) == NULL)
                fail_msg("%td of %td bytes are taken for a backup", len, whole.len);
            ctx_end(&p->cx);
            p->a = before;
        }
        spit(p, cut, str_printf(&p->a, "%.*s", STR_ARG(S("x"))));
        char *longer = NEW(&p->a, char, whole.len + 1);
        memcpy(longer, whole.ptr, (size_t)whole.len);
        struct got g;
        spit(p, cut, (str){longer, whole.len + 1});
        assert_string_equal(read_archive(p, cut, sealed ? &p->secret : NULL, &g), "backup.damaged");
    }
}

static void no_bit_can_be_turned(void **state)
{
    struct place *p = *state;
    for (int sealed = 0; sealed < 2; sealed++) {
        str path = path_of(p, sealed ? "s" : "p"), bent = path_of(p, "bent");
        assert_true(write_archive(p, path, 500, 500, sealed ? &p->open : NULL));
        str whole = slurp(p, path);
        char *bytes = NEW(&p->a, char, whole.len);
        for (ptrdiff_t at = 0; at < whole.len; at++) {
            arena before = p->a;
            struct got g;
            memcpy(bytes, whole.ptr, (size_t)whole.len);
            bytes[at] = (char)(bytes[at] ^ (1 << (at % 8)));
            spit(p, bent, (str){bytes, whole.len});
            if (read_archive(p, bent, sealed ? &p->secret : NULL, &g) == NULL)
                fail_msg("byte %td of %td may be altered", at, whole.len);
            ctx_end(&p->cx);
            p->a = before;
        }
    }
}

/* Whoever alters a sealed backup can make the checksum right again, and is found out still. */
static void a_sealed_backup_needs_no_checksum(void **state)
{
    struct place *p = *state;
    struct got g;
    str path = path_of(p, "s"), bent = path_of(p, "bent");
    assert_true(write_archive(p, path, 400000, 400000, &p->open));
    str whole = slurp(p, path);
    char *bytes = NEW(&p->a, char, whole.len);
    static const ptrdiff_t spots[] = {40, 300, 700, 100000, -50};
    for (ptrdiff_t i = 0; i < COUNTOF(spots); i++) {
        struct digest d;
        ptrdiff_t at = spots[i] < 0 ? whole.len + spots[i] : spots[i];
        memcpy(bytes, whole.ptr, (size_t)whole.len);
        bytes[at] = (char)(bytes[at] ^ 1);
        crypto_digest_begin(&d);
        crypto_digest_add(&d, (str){bytes, whole.len - SHA256_BYTES});
        crypto_digest_end(&d, (uint8_t *)bytes + whole.len - SHA256_BYTES);
        spit(p, bent, (str){bytes, whole.len});
        if (read_archive(p, bent, &p->secret, &g) == NULL) fail_msg("byte %td", at);
    }
}

static void another_key_and_no_key_do_not_open_it(void **state)
{
    struct place *p = *state;
    struct got g;
    str path = path_of(p, "s");
    assert_true(write_archive(p, path, 3000, 3000, &p->open));
    assert_string_equal(read_archive(p, path, &p->other, &g), "backup.key_wrong");
    assert_int_equal(g.len, 0);
    assert_null(read_archive(p, path, NULL, &g)); /* whole, as far as one can see */
    assert_int_equal(g.len, 0);
    str whole = slurp(p, path);
    assert_int_equal(str_find(whole, (str){p->body, 16}), -1);
}

static void what_is_no_backup_is_said_to_be_none(void **state)
{
    struct place *p = *state;
    struct got g;
    str path = path_of(p, "x");
    static const struct {
        const char *what, *bytes;
        ptrdiff_t len;
        const char *key;
    } rows[] = {
        {"nothing", "", 0, "backup.not_backup"},
        {"a text", "This is a text of more than sixteen bytes.", 42, "backup.not_backup"},
        {"a database", "SQLite format 3\0----------------", 32, "backup.not_backup"},
        {"a later format", "ZULAUFBK\0\0\0\2\0\0\0\4{}  ", 20, "backup.newer_format"},
        {"no manifest", "ZULAUFBK\0\0\0\1\0\0\0\4{}  ", 20, "backup.damaged"},
        {"a manifest of 4 GB", "ZULAUFBK\0\0\0\1\xff\xff\xff\xff----", 20, "backup.damaged"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        spit(p, path, (str){rows[i].bytes, rows[i].len});
        const char *key = read_archive(p, path, NULL, &g);
        if (key == NULL || strcmp(key, rows[i].key) != 0)
            fail_msg("%s: %s", rows[i].what, key == NULL ? "taken" : key);
    }
    assert_string_equal(read_archive(p, path_of(p, "absent"), NULL, &g), "backup.unreadable");
    assert_string_equal(read_archive(p, str_of(p->folder), NULL, &g), "backup.not_backup");
}

static void a_bomb_ends_where_its_manifest_said(void **state)
{
    struct place *p = *state;
    struct got g;
    str path = path_of(p, "bomb");
    memset(p->body, 0, BODY_BYTES);
    assert_true(write_archive(p, path, BODY_BYTES, 1000, NULL));
    assert_string_equal(read_archive(p, path, NULL, &g), "backup.damaged");
    assert_true(g.len <= 1000);
}

static void nothing_is_overwritten_and_leftovers_are_no_hindrance(void **state)
{
    struct place *p = *state;
    str path = path_of(p, "a");
    spit(p, path_of(p, "a.part"), S("of a run that was killed"));
    assert_true(write_archive(p, path, 10, 10, NULL));
    assert_int_equal(files(p), 1);
    assert_false(write_archive(p, path, 20, 20, NULL));
    assert_string_equal(p->cx.err.key, "backup.exists");
    /* A link is somebody's, too, even if it leads nowhere. */
    assert_int_equal(symlink("/nonexistent/elsewhere", str_cstr(&p->a, path_of(p, "link"))), 0);
    assert_false(write_archive(p, path_of(p, "link"), 10, 10, NULL));
    assert_string_equal(p->cx.err.key, "backup.exists");
    assert_int_equal(files(p), 2);
}

static void a_full_disk_leaves_nothing(void **state)
{
    struct place *p = *state;
    struct rlimit before, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = before;
    small.rlim_cur = 100000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool made = write_archive(p, path_of(p, "a"), BODY_BYTES, BODY_BYTES, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_false(made);
    assert_string_equal(p->cx.err.key, "backup.not_written");
    assert_int_equal(files(p), 0);
}

static void keys_are_read_as_people_hand_them_over(void **state)
{
    struct place *p = *state;
    struct pair_public open;
    struct pair_secret secret;
    str text = pair_public_text(&p->a, &p->open), private = pair_secret_text(&p->a, &p->secret);
    assert_int_equal(text.len, PAIR_TEXT_LEN);
    assert_true(pair_public_read(str_printf(&p->a, "# ours\r\n  %.*s\r\n", STR_ARG(text)), &open));
    assert_memory_equal(&open, &p->open, sizeof open);
    assert_true(pair_secret_read(str_printf(&p->a, "# x\n%.*s\n", STR_ARG(private)), &secret));
    assert_memory_equal(&secret, &p->secret, sizeof secret);
    assert_false(pair_public_read(private, &open));
    assert_true(pair_has_secret(private) && !pair_has_secret(text));
    assert_false(pair_public_read(str_slice(text, 0, text.len - 1), &open));
    /* A point that seals nothing must not be taken for a key. */
    assert_false(pair_public_read(S("zbp1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), &open));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, open_place, close_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_went_in_comes_out),
        TEST(the_manifest_is_read_as_it_was_written),
        TEST(cut_off_anywhere_it_is_refused),
        TEST(no_bit_can_be_turned),
        TEST(a_sealed_backup_needs_no_checksum),
        TEST(another_key_and_no_key_do_not_open_it),
        TEST(what_is_no_backup_is_said_to_be_none),
        TEST(a_bomb_ends_where_its_manifest_said),
        TEST(nothing_is_overwritten_and_leftovers_are_no_hindrance),
        TEST(a_full_disk_leaves_nothing),
        TEST(keys_are_read_as_people_hand_them_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

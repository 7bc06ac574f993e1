#include "keys/keys.h"
#include "keys/secret.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char memory[4 << 20];

static arena fresh(void)
{
    return (arena){memory, memory + sizeof memory, NULL};
}

static struct key_ring random_ring(void)
{
    struct key_ring ring;
    key_ring_new(&ring, 1000);
    return ring;
}

static bool same_ring(const struct key_ring *one, const struct key_ring *two)
{
    static char room[4 << 20];
    arena a = {room, room + sizeof room, NULL};
    return str_eq(key_ring_text(&a, one), key_ring_text(&a, two));
}

/* --- a folder of one's own for each test --- */

struct place {
    char folder[64];
    char file[80];
    arena a;
    struct ctx cx;
};

static int make_place(void **state)
{
    static struct place p;
    p = (struct place){.a = fresh()};
    p.cx = (struct ctx){.a = &p.a, .now_ms = 1000};
    snprintf(p.folder, sizeof p.folder, "/tmp/test_keys.XXXXXX");
    if (mkdtemp(p.folder) == NULL) return -1;
    snprintf(p.file, sizeof p.file, "%s/keys.json", p.folder);
    *state = &p;
    return 0;
}

static int remove_place(void **state)
{
    struct place *p = *state;
    unlink(p->file);
    rmdir(p->file);
    return rmdir(p->folder); /* fails if something was left beside the file */
}

static void put(const struct place *p, str text, mode_t mode)
{
    int fd = open(p->file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.ptr, (size_t)text.len), text.len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static str arg_of(const struct place *p, const char *name)
{
    for (int i = 0; i < ERR_ARGS; i++) {
        const struct err_arg *arg = &p->cx.err.args[i];
        if (arg->name != NULL && strcmp(arg->name, name) == 0) return arg->value;
    }
    return (str){0};
}

static void the_first_start_makes_a_ring_that_the_next_one_finds(void **state)
{
    struct place *p = *state;
    struct key_ring *first = NULL, *second = NULL;
    struct stat st;
    mode_t mask = umask(0277); /* even so: readable by us, by nobody else */
    bool ok = key_ring_open(&p->cx, str_of(p->file), &first);
    umask(mask);
    assert_true(ok);
    assert_int_equal(p->cx.err.code, ERR_NONE);
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_true(key_ring_open(&p->cx, str_of(p->file), &second));
    assert_ptr_not_equal(first, second);
    assert_true(same_ring(first, second));
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        assert_int_equal(first->use[use].count, 1);
        assert_int_equal(first->use[use].key[0].created_ms, 1000);
    }
}

static void starts_at_the_same_time_end_up_with_one_ring(void **state)
{
    enum { STARTS = 8 };
    struct place *p = *state;
    int go[2], marks[2];
    char mark[STARTS][KEY_MARK_LEN];
    pid_t pid[STARTS];
    assert_int_equal(pipe(go) | pipe(marks), 0);
    for (int i = 0; i < STARTS; i++) {
        pid[i] = fork();
        assert_true(pid[i] >= 0);
        if (pid[i] != 0) continue;
        struct key_ring *ring = NULL;
        char c;
        close(go[1]);
        if (read(go[0], &c, 1) != 0) _exit(1); /* all wait for the pipe to close */
        if (!key_ring_open(&p->cx, str_of(p->file), &ring)) _exit(1);
        _exit(write(marks[1], key_ring_mark(&p->a, ring).ptr, KEY_MARK_LEN) != KEY_MARK_LEN);
    }
    close(go[0]);
    close(go[1]);
    for (int i = 0; i < STARTS; i++) {
        int status = 1;
        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(read(marks[0], mark, sizeof mark), sizeof mark);
    for (int i = 1; i < STARTS; i++) assert_memory_equal(mark[i], mark[0], KEY_MARK_LEN);
    close(marks[0]);
    close(marks[1]);
}

static void a_missing_file_is_not_made_where_one_is_expected(void **state)
{
    struct place *p = *state;
    struct key_ring *ring = NULL;
    assert_false(key_ring_load(&p->cx, str_of(p->file), &ring));
    assert_int_equal(p->cx.err.code, ERR_NOT_FOUND);
    assert_string_equal(p->cx.err.key, "keys.missing");
    assert_int_not_equal(access(p->file, F_OK), 0);
}

static void a_file_that_others_may_touch_is_refused(void **state)
{
    struct place *p = *state;
    static const struct {
        mode_t mode;
        bool ok;
    } rows[] = {{0600, true},  {0400, true},  {0640, false}, {0660, false}, {0604, false},
                {0644, false}, {0602, false}, {0620, false}, {0610, false}, {0601, false}};
    struct key_ring ring = random_ring();
    str text = key_ring_text(&p->a, &ring);
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        struct key_ring *out = NULL;
        unlink(p->file);
        put(p, text, rows[i].mode);
        err_clear(&p->cx);
        if (key_ring_open(&p->cx, str_of(p->file), &out) != rows[i].ok)
            fail_msg("mode %04o", (unsigned)rows[i].mode);
        if (rows[i].ok) continue;
        assert_null(out);
        assert_string_equal(p->cx.err.key, "keys.open_to_others");
        assert_true(str_eq(arg_of(p, "path"), str_of(p->file)));
        assert_true(p->cx.err.detail.len > 0);
    }
}

static void what_is_no_file_is_refused(void **state)
{
    struct place *p = *state;
    struct key_ring *out = NULL;
    struct stat st;
    assert_int_equal(mkdir(p->file, 0700), 0);
    assert_false(key_ring_open(&p->cx, str_of(p->file), &out));
    assert_string_equal(p->cx.err.key, "keys.unreadable");
    assert_int_equal(rmdir(p->file), 0);

    assert_int_equal(mkfifo(p->file, 0600), 0); /* and it does not wait for a writer */
    assert_false(key_ring_open(&p->cx, str_of(p->file), &out));
    assert_string_equal(p->cx.err.key, "keys.unreadable");
    assert_int_equal(unlink(p->file), 0);

    str large = {NEW(&p->a, char, KEY_FILE_MAX_BYTES + 1), KEY_FILE_MAX_BYTES + 1};
    put(p, large, 0600);
    assert_false(key_ring_open(&p->cx, str_of(p->file), &out));
    assert_string_equal(p->cx.err.key, "keys.unreadable");
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_size, large.len);
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    struct place *p = *state;
    struct key_ring *out = NULL;
    str path = str_printf(&p->a, "%s/none/keys.json", p->folder);
    assert_false(key_ring_open(&p->cx, path, &out));
    assert_int_equal(p->cx.err.code, ERR_STORAGE);
    assert_string_equal(p->cx.err.key, "keys.not_written");
    assert_true(arg_of(p, "reason").len > 0);
}

static void a_damaged_file_is_said_and_left_as_it_is(void **state)
{
    struct place *p = *state;
    struct key_ring *out = NULL, ring = random_ring();
    str good = key_ring_text(&p->a, &ring);
    char is[KEY_FILE_MAX_BYTES];
    for (ptrdiff_t len = 0; len < good.len; len += 97) { /* cut off anywhere */
        unlink(p->file);
        put(p, str_slice(good, 0, len), 0600);
        err_clear(&p->cx);
        assert_false(key_ring_open(&p->cx, str_of(p->file), &out));
        assert_int_equal(p->cx.err.code, ERR_STORAGE);
        assert_string_equal(p->cx.err.key, "keys.damaged");
        assert_true(arg_of(p, "reason").len > 0);
        arena rest = p->a; /* the sentence must not stand in memory that is given out again */
        memset(NEW(&rest, char, 1 << 20), 'x', 1 << 20);
        assert_true(str_find(p->cx.err.detail, arg_of(p, "reason")) > 0);
        assert_true(str_find(arg_of(p, "reason"), S("xx")) < 0);

        int fd = open(p->file, O_RDONLY);
        assert_int_equal(read(fd, is, sizeof is), len);
        assert_memory_equal(is, good.ptr, (size_t)len);
        close(fd);
    }
}

static void a_saved_ring_replaces_the_file(void **state)
{
    struct place *p = *state;
    struct key_ring *out = NULL, ring = random_ring();
    put(p, S("old"), 0644);
    assert_true(key_ring_add(&ring, KEY_TOKEN, 2000));
    assert_true(key_ring_save(&p->cx, str_of(p->file), &ring));
    assert_true(key_ring_load(&p->cx, str_of(p->file), &out)); /* 0600 again */
    assert_true(same_ring(out, &ring));
}

/* --- the text --- */

static void a_full_ring_survives_its_text(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = {0}, back;
    str why = {0};
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        for (int i = 0; i < KEYS_PER_USE; i++)
            assert_true(key_ring_add(&ring, (enum key_use)use, INT64_MAX - 1000 + i));
        assert_false(key_ring_add(&ring, (enum key_use)use, 0));
    }
    str text = key_ring_text(&a, &ring);
    assert_true(text.len < KEY_FILE_MAX_BYTES);
    assert_true(key_ring_parse(&a, text, &back, &why));
    assert_true(same_ring(&back, &ring));
}

#define SECRET_TEXT "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE"
#define KEY(id)     "{\"id\":" id ",\"created_ms\":5,\"secret\":\"" SECRET_TEXT "\"}"
#define ONE         "[" KEY("1") "]"
#define FILE_WITH(token)                                                                           \
    "{\"version\":1,\"keys\":{\"token\":" token ",\"session\":" ONE ",\"stamp\":" ONE              \
    ",\"suppression\":" ONE ",\"event_id\":" ONE ",\"identity\":" ONE ",\"wrap\":" ONE             \
    ",\"secret\":" ONE "}}"

static void the_file_is_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool ok;
    } rows[] = {
        {FILE_WITH(ONE), true},
        {FILE_WITH("[" KEY("1") "," KEY("7") "]"), true},
        {FILE_WITH("[" KEY("255") "]"), true},
        {"", false},
        {"keys", false},
        {"[]", false},
        {"{}", false},
        {"{\"version\":1}", false},
        {"{\"version\":1,\"keys\":[]}", false},
        {"{\"version\":1,\"keys\":{}}", false},
        {"{\"version\":1,\"keys\":{\"token\":" ONE "}}", false},
        {FILE_WITH("null"), false},
        {FILE_WITH("[]"), false},
        {FILE_WITH("{}"), false},
        {FILE_WITH("[1]"), false},
        {FILE_WITH("[{}]"), false},
        {FILE_WITH("[" KEY("0") "]"), false},
        {FILE_WITH("[" KEY("256") "]"), false},
        {FILE_WITH("[" KEY("-1") "]"), false},
        {FILE_WITH("[" KEY("\"1\"") "]"), false},
        {FILE_WITH("[" KEY("1.5") "]"), false},
        {FILE_WITH("[" KEY("2") "," KEY("1") "]"), false},
        {FILE_WITH("[" KEY("1") "," KEY("1") "]"), false},
        {FILE_WITH("[" KEY("1") ",]"), false},
        {FILE_WITH(ONE ",\"later\":" ONE), false},
        {FILE_WITH(ONE) "x", false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5}]"), false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5,\"secret\":\"\"}]"), false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5,\"secret\":\"AAAA\"}]"), false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5,\"secret\":7}]"), false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":-5,\"secret\":\"" SECRET_TEXT "\"}]"), false},
        {FILE_WITH("[{\"id\":1,\"secret\":\"" SECRET_TEXT "\"}]"), false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5,\"retired\":true,\"secret\":\"" SECRET_TEXT "\"}]"),
         false},
        {FILE_WITH("[{\"id\":1,\"created_ms\":5,\"secret\":"
                   "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}]"),
         false},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(rows); i++) {
        arena a = fresh();
        struct key_ring ring;
        str why = {0};
        if (key_ring_parse(&a, str_of(rows[i].text), &ring, &why) != rows[i].ok)
            fail_msg("row %d: %s", (int)i, rows[i].text);
        if (!rows[i].ok && why.len == 0) fail_msg("row %d gives no reason", (int)i);
        if (str_find(why, S(SECRET_TEXT)) >= 0) fail_msg("row %d tells a secret", (int)i);
    }
}

static void keys_of_all_uses_and_rings_differ(void **state)
{
    (void)state;
    struct key_ring one = random_ring(), two = random_ring();
    for (int use = 0; use < KEY_USE__COUNT; use++) {
        const struct key *key = key_newest(&one, (enum key_use)use);
        assert_memory_not_equal(&key->secret, &two.use[use].key[0].secret, sizeof key->secret);
        for (int other = 0; other < use; other++)
            assert_memory_not_equal(&key->secret, &one.use[other].key[0].secret,
                                    sizeof key->secret);
    }
}

static void a_mark_names_a_ring_and_outlives_rotation(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring one = random_ring(), two = random_ring();
    str mark = key_ring_mark(&a, &one);
    assert_int_equal(mark.len, KEY_MARK_LEN);
    assert_false(str_eq(mark, key_ring_mark(&a, &two)));
    for (int use = 0; use < KEY_USE__COUNT; use++)
        assert_true(key_ring_add(&one, (enum key_use)use, 2000));
    assert_true(str_eq(mark, key_ring_mark(&a, &one)));
}

/* --- hashes --- */

static void a_hash_is_the_key_id_and_hmac_sha_256(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = {0};
    uint8_t out[KEY_HASH_BYTES];
    ring.use[KEY_IDENTITY].count = 1;
    ring.use[KEY_IDENTITY].key[0].id = 9;
    /* RFC 4231 test case 2: "Jefe", which HMAC pads with zeros. */
    memcpy(ring.use[KEY_IDENTITY].key[0].secret.bytes, "Jefe", 4);
    key_hash(&ring, KEY_IDENTITY, S("what do ya want for nothing?"), out);
    assert_int_equal(out[0], 9);
    str hex = hex_encode(&a, out + 1, MAC_BYTES);
    assert_true(str_eq(hex, S("5bdcc146bf60754e6a042426089575c7"
                              "5a003f089d2739839dec58b964ec3843")));
    str text = key_hash_text(&a, &ring, KEY_IDENTITY, S("what do ya want for nothing?"));
    assert_int_equal(text.len, KEY_HASH_TEXT_LEN);
    assert_true(str_eq(text, base64url_encode(&a, out, sizeof out)));
    assert_int_equal(key_hash_id(&ring, KEY_IDENTITY, S("what do ya want for nothing?")),
                     0x5bdcc146bf60754e);
}

static void a_hash_depends_on_use_ring_and_every_byte(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring one = random_ring(), two = random_ring();
    str hash = key_hash_text(&a, &one, KEY_SUPPRESSION, S("a@b.example"));
    assert_true(str_eq(hash, key_hash_text(&a, &one, KEY_SUPPRESSION, S("a@b.example"))));
    assert_false(str_eq(hash, key_hash_text(&a, &one, KEY_IDENTITY, S("a@b.example"))));
    assert_false(str_eq(hash, key_hash_text(&a, &two, KEY_SUPPRESSION, S("a@b.example"))));
    assert_false(str_eq(hash, key_hash_text(&a, &one, KEY_SUPPRESSION, S("a@b.examplf"))));
    assert_false(str_eq(hash, key_hash_text(&a, &one, KEY_SUPPRESSION, S(""))));
    assert_int_equal(key_hash_text(&a, &one, KEY_SUPPRESSION, (str){0}).len, KEY_HASH_TEXT_LEN);
}

static void older_hashes_are_found_after_a_rotation(void **state)
{
    (void)state;
    arena a = fresh();
    struct key_ring ring = random_ring();
    str all[KEYS_PER_USE];
    str old = key_hash_text(&a, &ring, KEY_SUPPRESSION, S("a@b.example"));
    int64_t id = key_hash_id(&ring, KEY_SUPPRESSION, S("a@b.example"));
    assert_int_equal(key_hash_all(&a, &ring, KEY_SUPPRESSION, S("a@b.example"), all), 1);
    assert_true(str_eq(all[0], old));

    assert_true(key_ring_add(&ring, KEY_SUPPRESSION, 2000));
    str new = key_hash_text(&a, &ring, KEY_SUPPRESSION, S("a@b.example"));
    assert_false(str_eq(old, new));
    assert_int_equal(key_hash_all(&a, &ring, KEY_SUPPRESSION, S("a@b.example"), all), 2);
    assert_true(str_eq(all[0], new));
    assert_true(str_eq(all[1], old));
    assert_true(id > 0);
    assert_int_equal(key_hash_id(&ring, KEY_SUPPRESSION, S("a@b.example")), id);
}

/* --- secrets that others keep --- */

static void a_new_secret_has_its_prefix_and_is_never_the_same(void **state)
{
    (void)state;
    arena a = fresh();
    uint8_t one[SECRET_HASH_BYTES], two[SECRET_HASH_BYTES];
    str secret = secret_new(&a, "zl_");
    assert_int_equal(secret.len, 3 + SECRET_TEXT_LEN);
    assert_true(str_starts(secret, S("zl_")));
    assert_int_equal(secret_new(&a, "").len, SECRET_TEXT_LEN);
    secret_hash(secret, one);
    secret_hash(str_dup(&a, secret), two);
    assert_memory_equal(one, two, sizeof one);
    secret_hash(secret_new(&a, "zl_"), two);
    assert_memory_not_equal(one, two, sizeof one);
}

static void a_secret_is_stored_as_its_sha_256(void **state)
{
    (void)state;
    arena a = fresh();
    uint8_t hash[SECRET_HASH_BYTES];
    secret_hash(S("abc"), hash); /* FIPS 180-2, B.1 */
    assert_true(str_eq(hex_encode(&a, hash, sizeof hash),
                       S("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(the_first_start_makes_a_ring_that_the_next_one_finds),
        IN_PLACE(starts_at_the_same_time_end_up_with_one_ring),
        IN_PLACE(a_missing_file_is_not_made_where_one_is_expected),
        IN_PLACE(a_file_that_others_may_touch_is_refused),
        IN_PLACE(what_is_no_file_is_refused),
        IN_PLACE(a_folder_that_is_not_there_is_said),
        IN_PLACE(a_damaged_file_is_said_and_left_as_it_is),
        IN_PLACE(a_saved_ring_replaces_the_file),
        cmocka_unit_test(a_full_ring_survives_its_text),
        cmocka_unit_test(the_file_is_read_strictly),
        cmocka_unit_test(keys_of_all_uses_and_rings_differ),
        cmocka_unit_test(a_mark_names_a_ring_and_outlives_rotation),
        cmocka_unit_test(a_hash_is_the_key_id_and_hmac_sha_256),
        cmocka_unit_test(a_hash_depends_on_use_ring_and_every_byte),
        cmocka_unit_test(older_hashes_are_found_after_a_rotation),
        cmocka_unit_test(a_new_secret_has_its_prefix_and_is_never_the_same),
        cmocka_unit_test(a_secret_is_stored_as_its_sha_256),
    };
    if (!crypto_init()) return 1;
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}

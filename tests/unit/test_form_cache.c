/* Versions of forms that were parsed once: the same as from the row, and no more than fit. */
#include "assert_str.h"
#include "base/json.h"
#include "form/form_cache.h"
#include "form/form_rules.h"

#include <string.h>

enum { WORKSPACE = 7, MANY = 1000 };

/* Everything that a definition can say. */
static const char FULL[] =
    "{\"language\":\"en\",\"title\":\"Fair\",\"intro\":\"Come\\nalong\",\"submit_label\":\"Go\","
    "\"double_opt_in\":true,\"fields\":["
    "{\"key\":\"email\",\"required\":true,\"label\":\"Your address\",\"help\":\"At work\","
    "\"placeholder\":\"anna@\",\"half\":true},"
    "{\"key\":\"city\",\"options\":[{\"value\":\"b\",\"label\":\"Berlin\"},"
    "{\"value\":\"w\",\"label\":\"Wien\"}]}],"
    "\"consents\":[{\"purpose\":\"newsletter\",\"channel\":\"email\",\"required\":true,"
    "\"text\":\"Yes, send me the newsletter.\"},"
    "{\"purpose\":\"calls\",\"channel\":\"phone\",\"text\":\"Yes, you may call me.\"}]}";

static struct form_live *live_of(arena *a, const char *json, int64_t version_id)
{
    struct ctx cx = {.a = a};
    struct form_live *live = NEW(a, struct form_live, 1);
    live->version_id = version_id;
    live->version_no = version_id + 1;
    live->version_sha256 = str_printf(a, "%064lld", (long long)version_id);
    if (!form_def_parse(&cx, str_of(json), &live->def))
        fail_msg("%s: %s", cx.err.field_count > 0 ? cx.err.field[0].key : "?", json);
    live->def.download_id = 11;
    live->def.consent[0].wording_id = 12;
    return live;
}

static str text_of(arena *a, const struct form_def *def)
{
    return json_text(a, form_def_value(a, def));
}

static void a_version_comes_back_whole(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    struct form_live *in = live_of(&a, FULL, 5), out = {0};
    str before = text_of(&a, &in->def);
    assert_true(in->def.field_count == 2 && in->def.consent_count == 2);
    assert_true(in->def.field[0].half && in->def.download_id != 0);
    assert_true(in->def.consent[0].wording_id != 0);
    form_cache_put(cache, WORKSPACE, in);
    memset(in, 0xAA, sizeof *in); /* nothing of it may be borrowed */
    assert_true(form_cache_get(cache, &a, WORKSPACE, 5, &out));
    assert_str("definition", text_of(&a, &out.def), before);
    assert_int_equal(out.version_id, 5);
    assert_int_equal(out.version_no, 6);
    assert_str("digest", out.version_sha256, str_printf(&a, "%064d", 5));
}

static void what_was_found_is_the_callers_own(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    form_cache_put(cache, WORKSPACE, live_of(&a, FULL, 1));
    struct form_live *out = NEW(&a, struct form_live, 1), *again = NEW(&a, struct form_live, 1);
    assert_true(form_cache_get(cache, &a, WORKSPACE, 1, out));
    str before = text_of(&a, &out->def);
    for (int i = 2; i < MANY; i++) { /* its place is given away */
        arena scratch = a;
        form_cache_put(cache, WORKSPACE, live_of(&scratch, FULL, i));
    }
    assert_false(form_cache_get(cache, &a, WORKSPACE, 1, again));
    assert_str("definition", text_of(&a, &out->def), before);
}

static void another_version_or_workspace_is_not_found(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    struct form_live out = {0};
    form_cache_put(cache, WORKSPACE, live_of(&a, FULL, 5));
    assert_false(form_cache_get(cache, &a, WORKSPACE, 6, &out));
    assert_false(form_cache_get(cache, &a, WORKSPACE + 1, 5, &out));
    assert_false(form_cache_get(cache, &a, WORKSPACE, 0, &out));
    assert_false(form_cache_get(NULL, &a, WORKSPACE, 5, &out));
    assert_int_equal(out.def.field_count, 0);
}

static void the_version_asked_for_longest_ago_gives_way(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    struct form_live *out = NEW(&a, struct form_live, 1);
    for (int i = 1; i < MANY; i++) {
        arena scratch = a;
        form_cache_put(cache, WORKSPACE, live_of(&scratch, FULL, i));
        *out = (struct form_live){0};
        assert_true(form_cache_get(cache, &scratch, WORKSPACE, 1, out)); /* the busy one stays */
        *out = (struct form_live){0};
        assert_true(form_cache_get(cache, &scratch, WORKSPACE, i, out));
        assert_int_equal(out->version_no, i + 1);
    }
}

static void a_version_too_large_is_not_kept_and_harms_no_other(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    struct form_live *large = live_of(&a, FULL, 9), out = {0};
    char *text = NEW(&a, char, 1 << 20);
    memset(text, 'x', 1 << 20);
    large->def.intro = (str){text, 1 << 20};
    form_cache_put(cache, WORKSPACE, live_of(&a, FULL, 8));
    form_cache_put(cache, WORKSPACE, large);
    assert_false(form_cache_get(cache, &a, WORKSPACE, 9, &out));
    assert_true(form_cache_get(cache, &a, WORKSPACE, 8, &out));
}

static void a_full_arena_leaves_the_cache_usable(void **state)
{
    (void)state;
    arena a = fresh();
    struct form_cache *cache = form_cache_new(&a);
    struct form_live *out = NEW(&a, struct form_live, 1);
    form_cache_put(cache, WORKSPACE, live_of(&a, FULL, 3));
    char small[32];
    jmp_buf full;
    arena none = {small, small + sizeof small, &full};
    if (setjmp(full) == 0) {
        bool found = form_cache_get(cache, &none, WORKSPACE, 3, out);
        fail_msg("%d out of 32 bytes", found);
    }
    *out = (struct form_live){0};
    assert_true(form_cache_get(cache, &a, WORKSPACE, 3, out));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_comes_back_whole),
        cmocka_unit_test(what_was_found_is_the_callers_own),
        cmocka_unit_test(another_version_or_workspace_is_not_found),
        cmocka_unit_test(the_version_asked_for_longest_ago_gives_way),
        cmocka_unit_test(a_version_too_large_is_not_kept_and_harms_no_other),
        cmocka_unit_test(a_full_arena_leaves_the_cache_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

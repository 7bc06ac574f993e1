/* The real table of routes: which one a path means. */
#include "assert_str.h"
#include "base/permission.h"
#include "edge/router.h"

#include <string.h>

static const struct row {
    const char *method, *path;
    const char *pattern; /* NULL: none */
    enum route_face face;
    const char *params; /* joined with "|" */
} ROWS[] = {
    {"GET", "/f/whitepaper", "/f/{form}", FACE_PUBLIC, "whitepaper"},
    {"POST", "/f/whitepaper", "/f/{form}", FACE_PUBLIC, "whitepaper"},
    {"HEAD", "/f/whitepaper", "/f/{form}", FACE_PUBLIC, "whitepaper"},
    {"GET", "/f/whitepaper/sent", "/f/{form}/sent", FACE_PUBLIC, "whitepaper"},
    {"POST", "/c/again", "/c/again", FACE_PUBLIC, ""},
    {"GET", "/c/abc", "/c/{token}", FACE_PUBLIC, "abc"},
    {"POST", "/c/abc/no", "/c/{token}/no", FACE_PUBLIC, "abc"},
    {"GET", "/forms", "/forms", FACE_PAGE, ""},
    {"GET", "/forms/new", "/forms/new", FACE_PAGE, ""},
    {"GET", "/forms/fm_1", "/forms/{id}", FACE_PAGE, "fm_1"},
    {"POST", "/forms/fm_1", "/forms/{id}", FACE_PAGE, "fm_1"},
    {"GET", "/outbox/ml_1/source", "/outbox/{id}/source", FACE_PAGE, "ml_1"},
    {"HEAD", "/outbox/ml_1/source", "/outbox/{id}/source", FACE_PAGE, "ml_1"},
    {"GET", "/api/v1/forms", "/forms", FACE_API, ""},
    {"HEAD", "/api/v1/forms", "/forms", FACE_API, ""},
    {"PUT", "/api/v1/forms/fm_1", "/forms/{id}", FACE_API, "fm_1"},
    {"PATCH", "/api/v1/settings", "/settings", FACE_API, ""},
    {"POST", "/settings", "/settings", FACE_PAGE, ""},
    /* a slash that is encoded does not end a segment; decoding comes later */
    {"GET", "/forms/a%2Fb", "/forms/{id}", FACE_PAGE, "a%2Fb"},
    {"GET", "/f/%2e%2e", "/f/{form}", FACE_PUBLIC, "%2e%2e"},
    {"GET", "/f%2Fwhitepaper", NULL, 0, ""},
    {"GET", "/", "/", FACE_PAGE, ""},
    /* nothing of ours */
    {"GET", "", NULL, 0, ""},
    {"GET", "//", NULL, 0, ""},
    {"GET", "/forms/", NULL, 0, ""},
    {"GET", "/forms/fm_1/", NULL, 0, ""},
    {"GET", "//forms", NULL, 0, ""},
    {"GET", "/Forms", NULL, 0, ""},
    {"GET", "forms", NULL, 0, ""},
    {"GET", "/f/", NULL, 0, ""},
    {"GET", "/f/a/b/c", NULL, 0, ""},
    {"GET", "/nothing", NULL, 0, ""},
    {"GET", "*", NULL, 0, ""},
    {"GET", "/api/v1", NULL, 0, ""},
    {"GET", "/api/v1/nothing", NULL, 0, ""},
    {"GET", "/api/v2/forms", NULL, 0, ""},
    {"GET", "/api/v1/f/whitepaper", NULL, 0, ""}, /* public pages are no API */
    {"GET", "/api/v1/forms/new/x", NULL, 0, ""},
    {"GET", "/api/v1/events", NULL, 0, ""}, /* of pages only */
    {"GET", "/api/v1/api/v1/forms", NULL, 0, ""},
};

static void a_path_means_one_route_or_none(void **state)
{
    (void)state;
    for (ptrdiff_t i = 0; i < COUNTOF(ROWS); i++) {
        const struct row *r = &ROWS[i];
        arena a = fresh();
        struct route_match m = route_find(&a, str_of(r->method), str_of(r->path));
        const char *got = m.route == NULL ? "none" : m.route->pattern;
        const char *want = r->pattern == NULL ? "none" : r->pattern;
        if (strcmp(got, want) != 0) fail_msg("%s %s: got %s", r->method, r->path, got);
        if (m.route == NULL) {
            if (m.path_known) fail_msg("%s %s is known", r->method, r->path);
            continue;
        }
        if (m.face != r->face) fail_msg("%s %s: face %d", r->method, r->path, m.face);
        bool get = strcmp(r->method, "HEAD") == 0;
        assert_string_equal(m.route->method, get ? "GET" : r->method);
        assert_true((m.route->faces & (unsigned)m.face) != 0);
        str params = S("");
        for (int k = 0; k < ROUTE_PARAMS_MAX && m.param[k].ptr != NULL; k++)
            params = str_printf(&a, "%.*s%s%.*s", STR_ARG(params), k > 0 ? "|" : "",
                                STR_ARG(m.param[k]));
        assert_str(r->path, params, str_of(r->params));
    }
}

static void another_method_is_told_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path, *allow;
    } cases[] = {
        {"DELETE", "/f/whitepaper", "GET, POST, OPTIONS"},
        {"POST", "/f/whitepaper/sent", "GET"},
        {"GET", "/c/abc/again", "POST"},
        {"HEAD", "/c/abc/again", "POST"},
        {"DELETE", "/c/again", "POST"},
        /* a fixed path is never the {id} beside it */
        {"GET", "/c/again", "POST"},
        {"POST", "/leads/export", "GET"},
        {"PATCH", "/api/v1/leads/export", "GET"},
        {"DELETE", "/api/v1/leads/export", "GET"},
        {"POST", "/leads/new", "GET"},
        {"POST", "/campaigns/new", "GET"},
        {"PUT", "/api/v1/forms/templates", "GET"},
        {"GET", "/api/v1/forms/fm_1/submissions/held", "POST"},
        {"PUT", "/forms/fm_1", "GET, POST"},
        {"POST", "/api/v1/forms/fm_1", "GET, PUT"},
        {"POST", "/api/v1/settings", "GET, PATCH"},
        {"get", "/outbox", "GET"},
        {"", "/outbox", "GET"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct route_match m = route_find(&a, str_of(cases[i].method), str_of(cases[i].path));
        if (m.route != NULL || !m.path_known) fail_msg("%s", cases[i].path);
        assert_str(cases[i].path, m.allow, str_of(cases[i].allow));
    }
}

/* For every fixed path of the table: what is not its own method is not answered by another. */
static void a_fixed_path_answers_its_own_methods_alone(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (int t = 0; t < room_route_tables; t++)
        for (ptrdiff_t i = 0; i < *room_routes[t].count; i++) {
            const struct route *r = &room_routes[t].route[i];
            if (strchr(r->pattern, '{') != NULL) continue;
            for (size_t k = 0; k < sizeof methods / sizeof *methods; k++) {
                arena a = fresh();
                const char *base = (r->faces & FACE_API) != 0 ? "/api/v1" : "";
                str path = str_printf(&a, "%s%s", base, r->pattern);
                struct route_match m = route_find(&a, str_of(methods[k]), path);
                if (m.route != NULL && strcmp(m.route->pattern, r->pattern) != 0)
                    fail_msg("%s %s is answered by %s", methods[k], r->pattern, m.route->pattern);
                if (m.route == NULL && (!m.path_known || m.allow.len == 0))
                    fail_msg("%s %s is not told what there is", methods[k], r->pattern);
            }
        }
}

/* A route that an earlier pattern hides would never be called. */
static void every_route_of_the_table_is_found_by_its_own_pattern(void **state)
{
    (void)state;
    for (int t = 0; t < room_route_tables; t++)
        for (ptrdiff_t i = 0; i < *room_routes[t].count; i++) {
            const struct route *r = &room_routes[t].route[i];
            static const enum route_face faces[] = {FACE_PUBLIC, FACE_PAGE, FACE_API};
            for (ptrdiff_t f = 0; f < COUNTOF(faces); f++) {
                arena a = fresh();
                if ((r->faces & (unsigned)faces[f]) == 0) continue;
                str path =
                    str_printf(&a, "%s%s", faces[f] == FACE_API ? "/api/v1" : "", r->pattern);
                struct route_match m = route_find(&a, str_of(r->method), path);
                if (m.route != r || m.face != faces[f])
                    fail_msg("%s %s is hidden by %s", r->method, r->pattern,
                             m.route == NULL ? "nothing" : m.route->pattern);
            }
        }
}

/* What carries data away, lets somebody in, or decides where mail goes. */
static void a_session_left_open_does_not_reach_what_matters_most(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
    } cases[] = {
        {"GET", "/leads/export"},
        {"GET", "/workspaces/export"},
        {"GET", "/forms/fm_1/submissions/export"},
        {"POST", "/workspaces/ws_1/delete"},
        {"POST", "/tokens"},
        {"POST", "/account/second/off"},
        {"POST", "/users/us_1/second/reset"},
        {"POST", "/settings/backup"},
        {"GET", "/settings/backup"}, /* before something is typed */
        {"GET", "/settings/relay"},
        {"POST", "/settings/relay"},
        {"POST", "/settings/relay/remove"},
        {"PATCH", "/api/v1/settings/backup"},
        {"PATCH", "/api/v1/settings/relay"},
        {"DELETE", "/api/v1/settings/relay"},
    };
    for (ptrdiff_t i = 0; i < COUNTOF(cases); i++) {
        arena a = fresh();
        struct route_match m = route_find(&a, str_of(cases[i].method), str_of(cases[i].path));
        if (m.route == NULL || (m.route->permission & MUST_PROVE) == 0)
            fail_msg("%s %s", cases[i].method, cases[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_means_one_route_or_none),
        cmocka_unit_test(another_method_is_told_what_there_is),
        cmocka_unit_test(a_fixed_path_answers_its_own_methods_alone),
        cmocka_unit_test(a_session_left_open_does_not_reach_what_matters_most),
        cmocka_unit_test(every_route_of_the_table_is_found_by_its_own_pattern),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "edge/router.h"

#include "base/buf.h"

/* Does `path` fit `pattern`? "{…}" takes one segment. */
static bool fits(const char *pattern, str path, str param[ROUTE_PARAMS_MAX])
{
    str p = str_of(pattern), rest_p = p, rest = path;
    int n = 0;
    while (rest_p.ptr != NULL && rest.ptr != NULL) {
        str want = str_cut(rest_p, '/', &rest_p), have = str_cut(rest, '/', &rest);
        if (want.len > 0 && want.ptr[0] == '{') {
            if (have.len == 0 || n == ROUTE_PARAMS_MAX) return false;
            param[n++] = have;
        } else if (!str_eq(want, have)) {
            return false;
        }
    }
    return rest_p.ptr == NULL && rest.ptr == NULL;
}

/* Which of two patterns that fit one path says more of it: the one with a word where the other
 * takes anything first. 1: `a`; -1: `b`; 0: they are the same but for names. */
static int says_more(const char *a, const char *b)
{
    for (str rest_a = str_of(a), rest_b = str_of(b); rest_a.ptr != NULL && rest_b.ptr != NULL;) {
        str one = str_cut(rest_a, '/', &rest_a), other = str_cut(rest_b, '/', &rest_b);
        bool any = one.len > 0 && one.ptr[0] == '{',
             other_any = other.len > 0 && other.ptr[0] == '{';
        if (any != other_any) return any ? -1 : 1;
    }
    return 0;
}

/* A method stands in Allow once, though several routes take it. */
static void allow_add(struct buf *allow, str method)
{
    for (str rest = buf_str(allow); rest.ptr != NULL;)
        if (str_eq(str_trim(str_cut(rest, ',', &rest)), method)) return;
    if (allow->len > 0) buf_put(allow, S(", "));
    buf_put(allow, method);
}

struct route_match route_find(arena *a, str method, str path)
{
    struct route_match m = {0};
    const char *best = NULL; /* the pattern the path is of: none that says less has a word */
    struct buf allow = buf_new(a, 200);
    bool api = str_starts(path, S("/api/v1/"));
    str local = api ? str_slice(path, 7, path.len) : path;
    if (str_eq(method, S("HEAD"))) method = S("GET");
    for (int t = 0; t < room_route_tables; t++) {
        for (ptrdiff_t i = 0; i < *room_routes[t].count; i++) {
            const struct route *r = &room_routes[t].route[i];
            unsigned wanted = api ? FACE_API : FACE_PUBLIC | FACE_PAGE;
            str param[ROUTE_PARAMS_MAX] = {0};
            if ((r->faces & wanted) == 0 || !fits(r->pattern, local, param)) continue;
            int more = best == NULL ? 1 : says_more(r->pattern, best);
            if (more < 0) continue;
            if (more > 0) {
                best = r->pattern;
                m = (struct route_match){.path_known = true};
                allow.len = 0;
            }
            if (m.route != NULL) continue;
            if (!str_eq(str_of(r->method), method)) {
                allow_add(&allow, str_of(r->method));
                continue;
            }
            m.route = r;
            m.face = api ? FACE_API : (r->faces & FACE_PUBLIC) != 0 ? FACE_PUBLIC : FACE_PAGE;
            for (int k = 0; k < ROUTE_PARAMS_MAX; k++) m.param[k] = param[k];
            if (param[0].ptr == NULL) return m; /* nothing says more than the path itself */
        }
    }
    m.allow = buf_str(&allow);
    return m;
}

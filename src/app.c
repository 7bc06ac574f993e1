#include "app.h"

#include "base/clock.h"
#include "edge/live.h"

#include <arpa/inet.h>
#include <string.h>

struct ctx app_ctx(struct app *app, arena *a, enum actor_kind kind)
{
    return (struct ctx){.a = a,
                        .db = app->db,
                        .keys = app->keys,
                        .ids = &app->ids,
                        .texts = &app->texts,
                        .app = app,
                        .now_ms = clock_now_ms(),
                        .request_id = atomic_fetch_add(&app->next_request_id, 1) + 1,
                        .actor = {.kind = kind}};
}

void app_changed(struct app *app, int64_t workspace_id)
{
    if (app != NULL && app->live != NULL) live_changed(app->live, workspace_id);
}

bool app_is_https(const struct app *app)
{
    return str_starts(app->config.public_url, S("https://"));
}

/* IPv4 as ::ffff:a.b.c.d, so that one comparison serves both. */
static bool address_parse(str text, uint8_t out[16], bool *v4)
{
    char line[64];
    if (text.len <= 0 || text.len >= (ptrdiff_t)sizeof line) return false;
    memcpy(line, text.ptr, (size_t)text.len);
    line[text.len] = 0;
    struct in_addr four;
    *v4 = inet_pton(AF_INET, line, &four) == 1;
    if (*v4) {
        memset(out, 0, 10);
        out[10] = out[11] = 0xff;
        memcpy(out + 12, &four, 4);
        return true;
    }
    return inet_pton(AF_INET6, line, out) == 1;
}

bool cidr_parse(str text, struct cidr *out, int max, int *count)
{
    *count = 0;
    for (str rest = text; rest.ptr != NULL && rest.len > 0;) {
        str part = str_trim(str_cut(rest, ',', &rest)), bits_text;
        str address = str_cut(part, '/', &bits_text);
        bool v4;
        if (part.len == 0) continue;
        if (*count == max || !address_parse(address, out[*count].address, &v4)) return false;
        int64_t bits = v4 ? 32 : 128;
        if (bits_text.ptr != NULL &&
            (!str_to_i64(bits_text, &bits) || bits < 0 || bits > (v4 ? 32 : 128)))
            return false;
        out[(*count)++].bits = (int)bits + (v4 ? 96 : 0);
    }
    return true;
}

bool cidr_contains(const struct cidr *list, int count, str address)
{
    uint8_t a[16];
    bool v4;
    if (count == 0 || !address_parse(address, a, &v4)) return false;
    for (int i = 0; i < count; i++) {
        int bytes = list[i].bits / 8, rest = list[i].bits % 8;
        if (memcmp(a, list[i].address, (size_t)bytes) != 0) continue;
        if (rest == 0 || ((a[bytes] ^ list[i].address[bytes]) >> (8 - rest)) == 0) return true;
    }
    return false;
}

/* fill: a data folder full of leads, through the program's own library.
 *
 *   fill --data DIR COUNT
 *
 * Names, companies and sources repeat as they do in life; every address is its own. The folder is
 * one that no server is running on. Prints one line of JSON.
 */
#include "base/clock.h"
#include "cmd/start.h"
#include "lead/lead.h"
#include "lead/lead_types.h"
#include "workspace/workspace.h"

#include <stdio.h>
#include <stdlib.h>

enum { BATCH = 250, MEMORY_BYTES = 256 << 20 };

static const char *const first[] = {"Anna", "Jonas",  "Mia",   "Ben",    "Emma", "Lukas", "Lena",
                                    "Paul", "Leonie", "Felix", "Hannah", "Tim",  "Jörg"};
static const char *const last[] = {"Müller",   "Schmidt", "Schneider", "Fischer",   "Weber",
                                   "Meyer",    "Wagner",  "Becker",    "Schulz",    "Hoffmann",
                                   "Koch",     "Bauer",   "Richter",   "Klein",     "Wolf",
                                   "Schröder", "Neumann", "Braun",     "Zimmermann"};
static const char *const firm[] = {"Maschinenbau", "Logistik", "Energie", "Software",
                                   "Medizin",      "Holzbau",  "Druck"};
static const char *const source[] = {"Google / cpc", "Direkt", "LinkedIn / social", "Messe",
                                     "Newsletter / email"};

struct batch {
    int from, to;
};

static str pick(const char *const *list, ptrdiff_t count, int n)
{
    return str_of(list[n % (int)count]);
}

static bool add(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct batch *b = arg;
    for (int n = b->from; n < b->to; n++) {
        int64_t id;
        bool taken;
        struct lead_new lead = {
            .email = str_printf(cx->a, "person%d@example%d.de", n, n % 9973),
            .lang = S("de"),
            .source = pick(source, COUNTOF(source), n),
            .first_contact = S("{\"reason\":\"import\"}"),
        };
        lead.text[SLOT_FIRST_NAME] = pick(first, COUNTOF(first), n * 7);
        lead.text[SLOT_LAST_NAME] = pick(last, COUNTOF(last), n * 11);
        lead.text[SLOT_COMPANY] =
            str_printf(cx->a, "%.*s %d GmbH", STR_ARG(pick(firm, COUNTOF(firm), n)), n % 4999);
        if (!lead_create(cx, tx, &lead, &id, &taken)) return false;
    }
    return true;
}

static bool first_workspace(struct ctx *cx, struct tx *tx, void *arg)
{
    struct workspace w;
    if (!workspace_by_host(cx, tx, S(""), &w)) return false;
    *(int64_t *)arg = w.id;
    return true;
}

/* A moment's leads come at moments of their own, so that sorting by time has something to do. */
static bool fill(struct app *app, arena a, int64_t count)
{
    int64_t workspace_id, began_ms = clock_now_ms();
    struct ctx cx = app_ctx(app, &a, ACTOR_SYSTEM);
    if (!db_read(&cx, first_workspace, &workspace_id)) return false;
    arena start = a;
    for (int from = 0; from < (int)count; from += BATCH) {
        a = start;
        cx = app_ctx(app, &a, ACTOR_SYSTEM);
        cx.workspace_id = workspace_id;
        struct batch b = {from, from + BATCH < (int)count ? from + BATCH : (int)count};
        if (!db_write(&cx, DB_BULK, add, &b)) {
            fprintf(stderr, "fill: %.*s\n", STR_ARG(operator_sentence(&cx)));
            return false;
        }
    }
    double seconds = (double)(clock_now_ms() - began_ms) / 1000;
    printf("{\"leads\":%lld,\"seconds\":%.2f,\"per_s\":%.0f}\n", (long long)count, seconds,
           (double)count / seconds);
    return true;
}

int main(int argc, char **argv)
{
    static struct app app;
    char *memory = malloc(MEMORY_BYTES);
    if (memory == NULL) return 1;
    arena a = {memory, memory + MEMORY_BYTES, NULL};
    struct options options;
    str why;
    int64_t count = 0;
    if (!options_read(&a, argc, argv, 1, &options, &why) || options.positional_count != 1 ||
        !str_to_i64(options.positional[0], &count) || count < 1 || count > 10000000) {
        fprintf(stderr, "usage: fill --data DIR COUNT\n");
        return 2;
    }
    if (!app_open(&app, &a, &options, &why)) {
        fprintf(stderr, "fill: %.*s\n", STR_ARG(why));
        return 1;
    }
    bool done = fill(&app, a, count);
    app_close(&app);
    return done ? 0 : 1;
}

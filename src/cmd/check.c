/* zulauf check: does everything that must hold still hold? One line each. */
#include "audit/audit.h"
#include "cmd/command.h"
#include "cmd/command_line.h"
#include "cmd/restore.h"
#include "cmd/start.h"
#include "consent/consent.h"
#include "jobs/jobs.h"
#include "keys/keys.h"
#include "node/node.h"
#include "tally/tally.h"
#include "workspace/workspace.h"

static const char usage[] = "zulauf check --data DIR [--recount], or zulauf check BACKUP";

static bool line(struct ctx *cx, struct command_out *out, const char *what, bool holds, str text)
{
    if (!holds) out->found_faults = true;
    return command_write(
        cx, out,
        str_printf(cx->a, "%-14s %-5s %.*s\n", what, holds ? "ok" : "FAULT", STR_ARG(text)));
}

static bool check_configuration(struct ctx *cx, struct command_out *out)
{
    const struct config *c = &cx->app->config;
    return line(cx, out, "configuration", true,
                str_printf(cx->a, "data folder %.*s, public address %.*s", STR_ARG(c->data_dir),
                           STR_ARG(c->public_url)));
}

/* The file as it stands now against the ring in use, which opened with the database's mark. */
static bool check_keys(struct ctx *cx, struct command_out *out)
{
    str dir = cx->app->config.data_dir;
    struct key_ring *ring;
    if (!key_ring_load(cx, str_printf(cx->a, "%.*s/keys.json", STR_ARG(dir)), &ring)) {
        str why = operator_sentence(cx);
        err_clear(cx);
        return line(cx, out, "key ring", false, why);
    }
    if (!str_eq(key_ring_mark(cx->a, ring), key_ring_mark(cx->a, cx->keys)))
        return line(cx, out, "key ring", false,
                    S("keys.json belongs to another installation; put the right one back."));
    int keys = 0;
    for (int i = 0; i < KEY_USE__COUNT; i++) keys += ring->use[i].count;
    return line(cx, out, "key ring", true,
                str_printf(cx->a, "%d keys for %d uses; keep a copy, backups have none", keys,
                           (int)KEY_USE__COUNT));
}

static bool nodes_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return node_list(cx, tx, arg);
}

/* Who works on the database at present, this process among them. */
static bool check_nodes(struct ctx *cx, struct command_out *out)
{
    struct node_infos nodes;
    if (!db_read(cx, nodes_read, &nodes)) return false;
    for (ptrdiff_t i = 0; i < nodes.count; i++) {
        const struct node_info *n = &nodes.row[i];
        bool own = cx->app->node != NULL && n->node_no == node_number(cx->app->node);
        str text = str_printf(cx->a, "number %lld is %.*s, for %lld min%s", (long long)n->node_no,
                              STR_ARG(n->name), (long long)((cx->now_ms - n->started_ms) / 60000),
                              own ? ", and answers here" : "");
        if (!line(cx, out, "node", true, text)) return false;
    }
    return true;
}

static bool check_database(struct ctx *cx, struct command_out *out)
{
    str what, rest;
    if (!db_check(cx, &what)) return false;
    if (what.ptr == NULL)
        return line(cx, out, "database", true, S("pages, indexes and references hold"));
    for (rest = what; rest.ptr != NULL && rest.len > 0;)
        if (!line(cx, out, "database", false, str_cut(rest, '\n', &rest))) return false;
    return true;
}

static bool check_consents(struct ctx *cx, str name, struct command_out *out)
{
    int64_t blocks, events, bad;
    if (!consent_chain_check(cx, &blocks, &events, &bad)) return false;
    str text = bad == 0
                   ? str_printf(cx->a, "%.*s: %lld events in %lld blocks", STR_ARG(name),
                                (long long)events, (long long)blocks)
                   : str_printf(cx->a, "%.*s: block %lld was altered; compare it with a backup",
                                STR_ARG(name), (long long)bad);
    return line(cx, out, "consent chain", bad == 0, text);
}

static bool check_audit(struct ctx *cx, str name, struct command_out *out)
{
    int64_t entries, bad;
    str last;
    if (!audit_check(cx, &entries, &bad, &last)) return false;
    str text =
        bad == 0 ? str_printf(cx->a, "%.*s: %lld entries%s%.*s", STR_ARG(name), (long long)entries,
                              entries > 0 ? ", the last one " : "", STR_ARG(last))
                 : str_printf(cx->a, "%.*s: entry %lld was altered; compare it with a backup",
                              STR_ARG(name), (long long)bad);
    return line(cx, out, "audit chain", bad == 0, text);
}

static bool check_quarantine(struct ctx *cx, struct command_out *out)
{
    str text;
    if (!restore_quarantine_text(cx, &text)) return false;
    return text.len == 0 || line(cx, out, "quarantine", false, text);
}

struct numbers {
    bool again, counted;
    int64_t wrong;
};

static bool numbers_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct numbers *n = arg;
    return tally_check(cx, tx, &n->wrong, &n->counted);
}

/* The numbers of forms and campaigns against what they count. */
static bool check_numbers(struct ctx *cx, str name, bool again, struct command_out *out)
{
    struct numbers n;
    if (again && !tally_recount(cx)) return false;
    if (!db_read_long(cx, numbers_read, &n)) return false;
    if (!n.counted)
        return line(cx, out, "numbers", true,
                    str_printf(cx->a, "%.*s: not counted yet; the server does so when it runs",
                               STR_ARG(name)));
    return line(cx, out, "numbers", n.wrong == 0,
                n.wrong == 0
                    ? str_printf(cx->a, "%.*s: forms and campaigns have what they say%s",
                                 STR_ARG(name), again ? ", counted anew" : "")
                    : str_printf(cx->a,
                                 "%.*s: %lld numbers of forms and campaigns are not what they "
                                 "count; zulauf check --recount counts anew",
                                 STR_ARG(name), (long long)n.wrong));
}

static bool left_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return job_dead_count(cx, tx, arg);
}

/* What was given up is no fault: somebody decides about it. Nothing to say where there is none. */
static bool check_left(struct ctx *cx, str name, struct command_out *out)
{
    int64_t count = 0;
    if (!db_read(cx, left_read, &count)) return false;
    if (count == 0) return true;
    return command_write(
        cx, out,
        str_printf(cx->a,
                   "%-14s %-5s %.*s: %lld%s dead letter%s; an administrator tries again or discards "
                   "(Settings, Left undone)\n",
                   "jobs", "hint", STR_ARG(name), (long long)count,
                   count >= JOB_DEAD_MANY ? " or more" : "", count == 1 ? "" : "s"));
}

static bool workspaces_read(struct ctx *cx, struct tx *tx, void *arg)
{
    return workspace_list(cx, tx, arg);
}

bool run_check(struct ctx *cx, struct value args, struct command_out *out)
{
    struct workspaces list;
    /* In a backup that is being looked through, a quarantine is part of what it holds. */
    bool again = value_get(args, S("recount")).type == VALUE_BOOL;
    bool staged = value_get(args, S("staged")).type == VALUE_BOOL;
    if (!check_configuration(cx, out) || !check_keys(cx, out) || !check_database(cx, out) ||
        !check_nodes(cx, out) || (!staged && !check_quarantine(cx, out)) ||
        !db_read(cx, workspaces_read, &list))
        return false;
    for (ptrdiff_t i = 0; i < list.count; i++) {
        cx->workspace_id = list.row[i].id;
        if (!check_consents(cx, list.row[i].name, out) ||
            !check_audit(cx, list.row[i].name, out) ||
            !check_numbers(cx, list.row[i].name, again, out) ||
            !check_left(cx, list.row[i].name, out))
            return false;
    }
    return true;
}

int cmd_check(const struct options *o)
{
    if (o->positional_count == 1) return check_backup(o);
    if (!command_word(o, NULL, usage)) return EXIT_USAGE;
    arena a;
    if (!command_arena(&a)) return EXIT_FAILED;
    struct value args = value_map(&a);
    if (o->recount) value_set_bool(args, "recount", true);
    return command_anywhere(o, &a, S("check"), args, false);
}

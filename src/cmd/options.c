#include "cmd/options.h"

#include "base/url.h"
#include "net/dns_mx.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NODE_NAME_MAX_BYTES = 64 };

enum option {
    OPTION_DATA,
    OPTION_LISTEN,
    OPTION_PUBLIC_URL,
    OPTION_MAIL,
    OPTION_DNS,
    OPTION_DB,
    OPTION_DB_POOL,
    OPTION_DB_PREPARE,
    OPTION_MEMORY,
    OPTION_UNLIMITED_FROM,
    OPTION_TRUSTED_PROXIES,
    OPTION_WORKERS,
    OPTION_NODE_NAME,
    OPTION_BACKUP_DIR,
    OPTION_SEAL_TO,
    OPTION_KEY,
    OPTION_ERASURES,
    OPTION_ERASURES_UNKNOWN,
    OPTION_CONFIRM_NO_ERASURES,
    OPTION_DRY_RUN,
    OPTION_RELEASE,
    OPTION_RECOUNT,
    OPTION_EMAIL,
    OPTION_NAME,
    OPTION_ROLE,
    OPTION_LANGUAGE,
    OPTION_FORMAT,
    OPTION_WORKSPACE,
    OPTION_MAP,
    OPTION_KNOWN,
    OPTION_WRONG,
    OPTION_CAMPAIGN,
    OPTION_SOURCE,
    OPTION_LEADS,
    OPTION_EVENTS,
    OPTION_SEED,
    OPTION_NOW,
    OPTION_FROM,
    OPTION_TO,
    OPTION_PASSWORD_STDIN,
    OPTION_HELP,
    OPTION_COMMIT_DELAY,
    OPTION__COUNT
};

static const struct {
    const char *flag, *variable; /* NULL: none */
    bool takes_value;
    const char *fallback;
} known[OPTION__COUNT] = {
    [OPTION_DATA] = {"--data", "ZULAUF_DATA", true, "./data"},
    [OPTION_LISTEN] = {"--listen", "ZULAUF_LISTEN", true, "127.0.0.1:8080"},
    [OPTION_PUBLIC_URL] = {"--public-url", "ZULAUF_PUBLIC_URL", true, NULL},
    [OPTION_MAIL] = {"--mail", "ZULAUF_MAIL", true, NULL},
    [OPTION_DNS] = {"--dns", "ZULAUF_DNS", true, ""},
    [OPTION_DB] = {"--db", "ZULAUF_DB", true, ""},
    [OPTION_DB_POOL] = {"--db-pool", "ZULAUF_DB_POOL", true, "16"},
    [OPTION_DB_PREPARE] = {"--db-prepare", "ZULAUF_DB_PREPARE", true, "on"},
    [OPTION_MEMORY] = {"--memory", "ZULAUF_MEMORY", true, "100"},
    [OPTION_UNLIMITED_FROM] = {"--unlimited-from", "ZULAUF_UNLIMITED_FROM", true, ""},
    [OPTION_TRUSTED_PROXIES] = {"--trusted-proxies", "ZULAUF_TRUSTED_PROXIES", true, ""},
    [OPTION_WORKERS] = {"--workers", "ZULAUF_WORKERS", true, "32"},
    [OPTION_NODE_NAME] = {"--node-name", "ZULAUF_NODE_NAME", true, NULL},
    [OPTION_BACKUP_DIR] = {"--backup-dir", "ZULAUF_BACKUP_DIR", true, NULL},
    [OPTION_SEAL_TO] = {"--seal-to", NULL, true, NULL},
    [OPTION_KEY] = {"--key", NULL, true, NULL},
    [OPTION_ERASURES] = {"--erasures", NULL, true, NULL},
    [OPTION_ERASURES_UNKNOWN] = {"--erasures-unknown", NULL, false, NULL},
    [OPTION_CONFIRM_NO_ERASURES] = {"--confirm-no-erasures", NULL, false, NULL},
    [OPTION_DRY_RUN] = {"--dry-run", NULL, false, NULL},
    [OPTION_RELEASE] = {"--release", NULL, false, NULL},
    [OPTION_RECOUNT] = {"--recount", NULL, false, NULL},
    [OPTION_EMAIL] = {"--email", NULL, true, NULL},
    [OPTION_NAME] = {"--name", NULL, true, NULL},
    [OPTION_ROLE] = {"--role", NULL, true, NULL},
    [OPTION_LANGUAGE] = {"--language", NULL, true, NULL},
    [OPTION_FORMAT] = {"--format", NULL, true, NULL},
    [OPTION_WORKSPACE] = {"--workspace", NULL, true, NULL},
    [OPTION_MAP] = {"--map", NULL, true, NULL},
    [OPTION_KNOWN] = {"--known", NULL, true, NULL},
    [OPTION_WRONG] = {"--wrong", NULL, true, NULL},
    [OPTION_CAMPAIGN] = {"--campaign", NULL, true, NULL},
    [OPTION_SOURCE] = {"--source", NULL, true, NULL},
    [OPTION_LEADS] = {"--leads", NULL, true, NULL},
    [OPTION_EVENTS] = {"--events", NULL, true, NULL},
    [OPTION_SEED] = {"--seed", NULL, true, NULL},
    [OPTION_NOW] = {"--now", NULL, true, NULL},
    [OPTION_FROM] = {"--from", NULL, true, NULL},
    [OPTION_TO] = {"--to", NULL, true, NULL},
    [OPTION_PASSWORD_STDIN] = {"--password-stdin", NULL, false, NULL},
    [OPTION_HELP] = {"--help", NULL, false, NULL},
    [OPTION_COMMIT_DELAY] = {NULL, "ZULAUF_TEST_COMMIT_DELAY_MS", true, "0"},
};

/* Levenshtein's distance, of names short enough. */
static int distance(str a, str b)
{
    enum { MAX = 48 };
    int row[MAX + 1];
    if (a.len > MAX || b.len > MAX) return MAX;
    for (int j = 0; j <= (int)b.len; j++) row[j] = j;
    for (int i = 1; i <= (int)a.len; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= (int)b.len; j++) {
            int above = row[j], same = corner + (a.ptr[i - 1] != b.ptr[j - 1]);
            int least = above < row[j - 1] ? above + 1 : row[j - 1] + 1;
            row[j] = same < least ? same : least;
            corner = above;
        }
    }
    return row[b.len];
}

static bool unknown_name(arena *a, str name, bool variable, str *why)
{
    const char *nearest = NULL;
    int best = INT_MAX;
    for (int i = 0; i < OPTION__COUNT; i++) {
        const char *candidate = variable ? known[i].variable : known[i].flag;
        if (candidate == NULL) continue;
        int d = distance(name, str_of(candidate));
        if (d < best) {
            best = d;
            nearest = candidate;
        }
    }
    *why = str_printf(a, "%.*s is not known; did you mean %s? See --help.", STR_ARG(name), nearest);
    return false;
}

static enum option option_find(str name, bool variable)
{
    for (int i = 0; i < OPTION__COUNT; i++) {
        const char *candidate = variable ? known[i].variable : known[i].flag;
        if (candidate != NULL && str_eq(name, str_of(candidate))) return (enum option)i;
    }
    return OPTION__COUNT;
}

static bool read_environment(arena *a, str value[OPTION__COUNT], str *why)
{
    for (char **e = environ; *e != NULL; e++) {
        str text = str_of(*e), v, name = str_cut(text, '=', &v);
        if (!str_starts(name, S("ZULAUF_"))) continue;
        enum option o = option_find(name, true);
        if (o != OPTION__COUNT)
            value[o] = v;
        else if (!str_starts(name, S("ZULAUF_TEST_")))
            return unknown_name(a, name, true, why);
    }
    return true;
}

/* Flags that may come several times: each node keeps a journal of its own, a file has columns. */
static bool add_erasures(struct options *out, str path, str *why)
{
    if (out->erasures_count == OPTIONS_ERASURES_MAX) {
        *why = S("There are too many --erasures; put the journals into one file.");
        return false;
    }
    out->erasures[out->erasures_count++] = path;
    return true;
}

static bool add_map(struct options *out, str map, str *why)
{
    if (out->maps_count == OPTIONS_MAPS_MAX) {
        *why = S("There are too many --map; a file has at most 200 columns.");
        return false;
    }
    out->maps[out->maps_count++] = map;
    return true;
}

static bool read_flags(arena *a, int argc, char **argv, int from, str value[OPTION__COUNT],
                       struct options *out, str *why)
{
    for (int i = from; i < argc; i++) {
        str text = str_of(argv[i]), v, name = str_cut(text, '=', &v);
        if (!str_starts(text, S("--"))) {
            if (out->positional_count == POSITIONALS_MAX) {
                *why = S("There are too many words on the command line; see --help.");
                return false;
            }
            out->positional[out->positional_count++] = text;
            continue;
        }
        enum option o = option_find(name, false);
        if (o == OPTION__COUNT) return unknown_name(a, name, false, why);
        if (known[o].takes_value && v.ptr == NULL) {
            if (i + 1 == argc) {
                *why = str_printf(a, "%s needs a value after it; see --help.", known[o].flag);
                return false;
            }
            v = str_of(argv[++i]);
        }
        value[o] = v.ptr == NULL ? S("yes") : v;
        if (o == OPTION_ERASURES && !add_erasures(out, v, why)) return false;
        if (o == OPTION_MAP && !add_map(out, v, why)) return false;
    }
    return true;
}

static bool read_listen(arena *a, str text, struct config *c, str *why)
{
    ptrdiff_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') colon--;
    int64_t port;
    if (colon <= 1 || !str_to_i64(str_slice(text, colon, text.len), &port) || port < 0 ||
        port > 65535) {
        *why = str_printf(a, "--listen takes HOST:PORT, for example 127.0.0.1:8080, not \"%.*s\".",
                          STR_ARG(text));
        return false;
    }
    c->host = str_slice(text, 0, colon - 1);
    c->port = (int)port;
    return true;
}

static bool read_public_url(arena *a, str text, struct config *c, str *why)
{
    struct url u;
    if (text.ptr == NULL) {
        bool any =
            str_eq(c->host, S("0.0.0.0")) || str_eq(c->host, S("::")) || str_eq(c->host, S("[::]"));
        text = str_printf(a, "http://%.*s:%d", STR_ARG(any ? S("127.0.0.1") : c->host), c->port);
    }
    while (text.len > 0 && text.ptr[text.len - 1] == '/') text.len--;
    if (!url_parse(text, &u) || u.path.len > 0 || u.query.ptr != NULL || u.fragment.ptr != NULL) {
        *why = str_printf(a,
                          "--public-url takes the address people see, without a path: "
                          "https://leads.example.org, not \"%.*s\".",
                          STR_ARG(text));
        return false;
    }
    c->public_url = text;
    return true;
}

static bool read_number(arena *a, str text, const char *flag, int64_t least, int64_t most,
                        int64_t *out, str *why)
{
    if (str_to_i64(text, out) && *out >= least && *out <= most) return true;
    *why = str_printf(a, "%s takes a whole number from %lld to %lld, not \"%.*s\".", flag,
                      (long long)least, (long long)most, STR_ARG(text));
    return false;
}

static bool read_networks(arena *a, str text, const char *flag, struct cidr *list, int *count,
                          str *why)
{
    if (cidr_parse(text, list, CONFIG_CIDRS_MAX, count)) return true;
    *why = str_printf(a, "%s takes networks such as 127.0.0.0/8,::1, not \"%.*s\".", flag,
                      STR_ARG(text));
    return false;
}

str options_absolute(arena *a, str path)
{
    char here[PATH_MAX];
    if (str_starts(path, S("/")) || getcwd(here, sizeof here) == NULL) return path;
    if (str_starts(path, S("./"))) path = str_slice(path, 2, path.len);
    return str_printf(a, "%s/%.*s", here, STR_ARG(path));
}

static bool read_database(arena *a, const str value[OPTION__COUNT], struct config *c, str *why)
{
    str url = value[OPTION_DB], prepare = value[OPTION_DB_PREPARE];
    int64_t pool;
    bool postgres = str_starts(url, S("postgresql://")) || str_starts(url, S("postgres://"));
    if (url.len > 0 && !postgres) {
        *why = S("--db takes postgresql://user@host/database; without it the database is the file "
                 "zulauf.db in the data folder.");
        return false;
    }
    if (!str_eq(prepare, S("on")) && !str_eq(prepare, S("off"))) {
        *why = S("--db-prepare takes on, or off behind a pgbouncer in transaction mode.");
        return false;
    }
    c->db_url = url;
    c->db_unprepared = str_eq(prepare, S("off"));
    if (!read_number(a, value[OPTION_DB_POOL], "--db-pool", 2, 200, &pool, why)) return false;
    c->db_pool = (int)pool;
    return true;
}

/* The machine's, unless told otherwise. It stands in logs and lists: nothing in it may surprise. */
static bool read_node_name(arena *a, str text, struct config *c, str *why)
{
    char host[NODE_NAME_MAX_BYTES + 1] = "";
    bool given = text.ptr != NULL;
    if (!given && gethostname(host, sizeof host - 1) == 0) text = str_dup(a, str_of(host));
    bool good = text.len > 0 && text.len <= NODE_NAME_MAX_BYTES;
    for (ptrdiff_t i = 0; i < text.len && good; i++) good = text.ptr[i] > 32 && text.ptr[i] < 127;
    c->node_name = good ? text : S("node");
    if (good || !given) return true;
    *why = str_printf(a, "--node-name takes one word of up to %d letters, digits or signs.",
                      NODE_NAME_MAX_BYTES);
    return false;
}

static bool read_config(arena *a, const str value[OPTION__COUNT], struct config *c, str *why)
{
    int64_t memory, workers, delay;
    bool given = value[OPTION_MAIL].ptr != NULL;
    str mail = given ? value[OPTION_MAIL] : S("outbox:");
    bool scheme = str_starts(mail, S("outbox:")) || str_starts(mail, S("smtp://")) ||
                  str_starts(mail, S("smtps://"));
    if (!scheme) {
        *why = S("--mail takes outbox:, smtp://user@host:587 or smtps://user@host:465.");
        return false;
    }
    c->dns = value[OPTION_DNS];
    if (c->dns.len > 0 && !str_eq(c->dns, S("off")) && !dns_server_is(c->dns)) {
        *why = S("--dns takes the IPv4 address and port of a name server, 192.0.2.53:53, or off.");
        return false;
    }
    c->mail = mail;
    c->mail_given = given;
    c->data_dir = options_absolute(a, value[OPTION_DATA]);
    c->backup_dir = value[OPTION_BACKUP_DIR].ptr != NULL
                        ? options_absolute(a, value[OPTION_BACKUP_DIR])
                        : str_printf(a, "%.*s/backups", STR_ARG(c->data_dir));
    if (!read_listen(a, value[OPTION_LISTEN], c, why) ||
        !read_public_url(a, value[OPTION_PUBLIC_URL], c, why) || !read_database(a, value, c, why) ||
        !read_number(a, value[OPTION_MEMORY], "--memory", 20, 1 << 20, &memory, why) ||
        !read_number(a, value[OPTION_WORKERS], "--workers", 1, 64, &workers, why) ||
        !read_node_name(a, value[OPTION_NODE_NAME], c, why) ||
        !read_number(a, value[OPTION_COMMIT_DELAY], "ZULAUF_TEST_COMMIT_DELAY_MS", 0, 10000, &delay,
                     why) ||
        !read_networks(a, value[OPTION_UNLIMITED_FROM], "--unlimited-from", c->unlimited_from,
                       &c->unlimited_from_count, why) ||
        !read_networks(a, value[OPTION_TRUSTED_PROXIES], "--trusted-proxies", c->trusted_proxy,
                       &c->trusted_proxy_count, why))
        return false;
    c->memory_bytes = memory << 20;
    c->workers = (int)workers;
    c->commit_delay_ms = (int)delay;
    return true;
}

bool options_read(arena *a, int argc, char **argv, int from, struct options *out, str *why)
{
    str value[OPTION__COUNT];
    *out = (struct options){0};
    for (int i = 0; i < OPTION__COUNT; i++) value[i] = str_of(known[i].fallback);
    if (!read_environment(a, value, why) || !read_flags(a, argc, argv, from, value, out, why))
        return false;
    out->email = value[OPTION_EMAIL];
    out->name = value[OPTION_NAME];
    out->role = value[OPTION_ROLE];
    out->language = value[OPTION_LANGUAGE];
    out->format = value[OPTION_FORMAT];
    out->workspace = value[OPTION_WORKSPACE];
    out->known = value[OPTION_KNOWN];
    out->wrong = value[OPTION_WRONG];
    out->campaign = value[OPTION_CAMPAIGN];
    out->source = value[OPTION_SOURCE];
    out->leads = value[OPTION_LEADS];
    out->events = value[OPTION_EVENTS];
    out->seed = value[OPTION_SEED];
    out->now = value[OPTION_NOW];
    out->from = value[OPTION_FROM];
    out->to = value[OPTION_TO];
    out->data_given = value[OPTION_DATA].ptr != known[OPTION_DATA].fallback;
    out->password_stdin = value[OPTION_PASSWORD_STDIN].ptr != NULL;
    out->seal_to = value[OPTION_SEAL_TO];
    out->key = value[OPTION_KEY];
    out->erasures_unknown = value[OPTION_ERASURES_UNKNOWN].ptr != NULL;
    out->confirm_no_erasures = value[OPTION_CONFIRM_NO_ERASURES].ptr != NULL;
    out->dry_run = value[OPTION_DRY_RUN].ptr != NULL;
    out->release = value[OPTION_RELEASE].ptr != NULL;
    out->recount = value[OPTION_RECOUNT].ptr != NULL;
    out->help = value[OPTION_HELP].ptr != NULL;
    return out->help || read_config(a, value, &out->config, why);
}

str options_help(void)
{
    return S(
        "Options that every command takes (a flag wins over its variable):\n"
        "  --data DIR               data folder (ZULAUF_DATA, ./data)\n"
        "  --db URL                 postgresql://user@host/database instead of the file in the\n"
        "                           data folder (ZULAUF_DB, which keeps a password out of ps)\n"
        "  --db-pool N              connections to PostgreSQL at most (ZULAUF_DB_POOL, 16)\n"
        "  --db-prepare on|off      off behind a pgbouncer in transaction mode\n"
        "                           (ZULAUF_DB_PREPARE, on)\n"
        "  --memory MB              memory for the database's caches (ZULAUF_MEMORY, 100)\n"
        "  --help                   this text\n");
}

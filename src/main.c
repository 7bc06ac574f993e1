/* zulauf: picks the command. */
#include "cmd/command_line.h"
#include "cmd/options.h"
#include "cmd/serve.h"

#include <stdio.h>

static const struct {
    const char *name;
    int (*run)(const struct options *options);
    const char *help;
} commands[] = {
    {"serve", cmd_serve, "start the server"},
    {"user", cmd_user,
     "user add --email E --name N --role administrator --password-stdin | user reset-totp"},
    {"token", cmd_token, "token create --email E --name N: prints an API token, once"},
    {"export", cmd_export, "export leads --format csv|jsonl | export workspace"},
    {"import", cmd_import,
     "import leads FILE [--map COLUMN=FIELD]… [--known fill|overwrite|leave] [--dry-run]"},
    {"db", cmd_db,
     "db migrate [--dry-run]: the schema; db plan-distribution: the SQL that distributes it "
     "(Citus)"},
    {"demo", cmd_demo, "demo --leads N --seed N: invented leads, to look at and measure"},
    {"copy", cmd_copy, "copy --from sqlite:FILE --to postgresql://…: move to another database"},
    {"check", cmd_check,
     "verify database, consent chain, audit chain, keys and configuration; check FILE: a backup"},
    {"backup", cmd_backup, "backup FILE: everything but keys.json, while the server runs or not"},
    {"backup-key", cmd_backup_key, "backup-key new FILE: a pair of keys for sealed backups"},
    {"restore", cmd_restore, "restore FILE --data DIR --erasures JOURNAL, into an empty folder"},
};

static const char serve_help[] =
    "\nOptions of serve:\n"
    "  --listen HOST:PORT       where to listen (ZULAUF_LISTEN, 127.0.0.1:8080)\n"
    "  --public-url URL         the address people see (ZULAUF_PUBLIC_URL, http://HOST:PORT)\n"
    "  --mail URL               outbox: (nothing leaves), smtp://user:password@host:587 or\n"
    "                           smtps://user:password@host:465 (ZULAUF_MAIL; else as set up in "
    "the admin)\n"
    "  --trusted-proxies CIDRS  proxies whose X-Forwarded-For is believed "
    "(ZULAUF_TRUSTED_PROXIES)\n"
    "  --unlimited-from CIDRS   addresses that are not rate-limited (ZULAUF_UNLIMITED_FROM)\n"
    "  --dns ADDRESS:PORT|off   name server asked whether a domain takes mail (ZULAUF_DNS, the "
    "system's)\n"
    "  --workers N              worker threads (ZULAUF_WORKERS, 32)\n"
    "  --node-name NAME         what others on the database see (ZULAUF_NODE_NAME, host name)\n";

static const char backup_help[] =
    "\nOptions of backup, check FILE and restore:\n"
    "  --backup-dir DIR         where planned backups go (ZULAUF_BACKUP_DIR, DATA/backups)\n"
    "  --seal-to KEY|FILE       seal the backup to this public key\n"
    "  --key FILE               the private key that opens a sealed backup\n"
    "  --dry-run                restore: only say what is inside and whether it is whole\n"
    "  --erasures FILE          restore: journal of erasures to be applied; several times\n"
    "  --erasures-unknown       restore: without one, in quarantine: no mail, no export\n"
    "  --release                restore: lift the quarantine, with --erasures FILE or …\n"
    "  --confirm-no-erasures    … if nobody was erased after the backup\n";

static int help(FILE *to, int code)
{
    fprintf(to, "Zulauf %s: lead generation and lead management with proof of consent.\n\n",
            ZULAUF_VERSION);
    for (ptrdiff_t i = 0; i < COUNTOF(commands); i++)
        fprintf(to, "  zulauf %-10s %s\n", commands[i].name, commands[i].help);
    fprintf(to, "\n%.*s%s%s", STR_ARG(options_help()), serve_help, backup_help);
    return code;
}

int main(int argc, char **argv)
{
    static char memory[64 << 10];
    arena a = {memory, memory + sizeof memory, NULL};
    struct options options;
    str why, name = argc > 1 ? str_of(argv[1]) : S("--help");
    if (str_eq(name, S("--help")) || str_eq(name, S("help"))) return help(stdout, argc > 1 ? 0 : 2);
    if (str_eq(name, S("--version"))) return printf("zulauf %s\n", ZULAUF_VERSION) < 0;
    for (ptrdiff_t i = 0; i < COUNTOF(commands); i++) {
        if (!str_eq(name, str_of(commands[i].name))) continue;
        if (!options_read(&a, argc, argv, 2, &options, &why)) {
            fprintf(stderr, "zulauf: %.*s\n", STR_ARG(why));
            return 2;
        }
        return options.help ? help(stdout, 0) : commands[i].run(&options);
    }
    fprintf(stderr, "zulauf: there is no command %.*s; see zulauf --help.\n", STR_ARG(name));
    return 2;
}

#include "cmd/distribution.h"

#include "base/buf.h"

enum { PLAN_MAX_BYTES = 64 << 10, SHARDS = 32 };

/* tests/unit/test_schema.py reads these rows: one table, then its reason, as they stand here. */
static const struct distribution tables[] = {
    {"workspace", PLACE_REFERENCE, "", "",
     "few rows, hardly ever written; jobs join it to find the workspaces with work"},
    {"app_user", PLACE_REFERENCE, "", "",
     "names stand beside notes, audit and tokens of every workspace; written at sign-in only"},
    {"membership", PLACE_REFERENCE, "", "",
     "few rows, hardly ever written; asked with session and app_user at each request, which then "
     "needs the coordinator alone"},

    {"lead", PLACE_DISTRIBUTED, "workspace_id", "", "what everything else is co-located with"},
    {"lead_key", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"identity", PLACE_DISTRIBUTED, "workspace_id", "",
     "of a lead; unique within its workspace, which is what may be asked of one shard"},
    {"field_def", PLACE_DISTRIBUTED, "workspace_id", "", "a workspace's own fields; few rows"},
    {"lead_word", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead; found in the lead list"},
    {"touchpoint", PLACE_DISTRIBUTED, "workspace_id", "at_ms",
     "of a lead; the most rows, hence by months as well: old ones leave by dropping a partition"},
    {"lead_note", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"field_history", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"phase_event", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"handover", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"lead_task", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"lead_notice", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"form_handling", PLACE_DISTRIBUTED, "workspace_id", "", "asked with each submission"},
    {"owner_rule", PLACE_DISTRIBUTED, "workspace_id", "", "asked with each submission"},
    {"absence", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace; few"},
    {"sales_policy", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace"},
    {"bell", PLACE_DISTRIBUTED, "workspace_id", "", "joined with leads; written with what it tells"},
    {"bell_choice", PLACE_DISTRIBUTED, "workspace_id", "", "asked wherever somebody is told"},
    {"submission", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"logo_draft", PLACE_DISTRIBUTED, "workspace_id", "", "of a member of the workspace; few"},
    {"correction", PLACE_DISTRIBUTED, "workspace_id", "", "written with the submission"},
    {"suspect", PLACE_DISTRIBUTED, "workspace_id", "", "of a form"},
    {"form_refused", PLACE_DISTRIBUTED, "workspace_id", "", "of a form; few"},
    {"form_day", PLACE_DISTRIBUTED, "workspace_id", "", "of a form; a row a day"},
    {"tally", PLACE_DISTRIBUTED, "workspace_id", "", "of forms and campaigns; a row a day"},
    {"tally_change", PLACE_DISTRIBUTED, "workspace_id", "",
     "written in the transaction of what is counted; gone a second later"},
    {"tally_clock", PLACE_DISTRIBUTED, "workspace_id", "", "one a workspace"},
    {"form_left", PLACE_DISTRIBUTED, "workspace_id", "", "of a form; a row a field"},
    {"confirmation", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"consent", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"consent_event", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"consent_block", PLACE_DISTRIBUTED, "workspace_id", "", "one chain a workspace"},
    {"suppression", PLACE_DISTRIBUTED, "workspace_id", "", "asked with each mail of a workspace"},
    {"mail", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead or a member of the workspace"},
    {"mail_attempt", PLACE_DISTRIBUTED, "workspace_id", "", "of a mail"},
    {"purpose", PLACE_DISTRIBUTED, "workspace_id", "", "joined with consents"},
    {"wording", PLACE_DISTRIBUTED, "workspace_id", "", "joined with consents"},
    {"form", PLACE_DISTRIBUTED, "workspace_id", "", "joined with submissions"},
    {"form_version", PLACE_DISTRIBUTED, "workspace_id", "", "joined with submissions"},
    {"kiosk", PLACE_DISTRIBUTED, "workspace_id", "", "joined with forms; few"},
    {"kiosk_entry", PLACE_DISTRIBUTED, "workspace_id", "",
     "written in the transaction of the submission it remembers"},
    {"file", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace"},
    {"lead_file", PLACE_DISTRIBUTED, "workspace_id", "", "of a lead"},
    {"lead_file_part", PLACE_DISTRIBUTED, "workspace_id", "", "bytes of a lead's files"},
    {"blob", PLACE_DISTRIBUTED, "workspace_id", "", "bytes of a workspace's files"},
    {"campaign", PLACE_DISTRIBUTED, "workspace_id", "", "joined with leads"},
    {"campaign_channel", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace; few"},
    {"campaign_cost", PLACE_DISTRIBUTED, "workspace_id", "", "of a campaign"},
    {"campaign_form", PLACE_DISTRIBUTED, "workspace_id", "", "asked with each submission"},
    {"campaign_link", PLACE_DISTRIBUTED, "workspace_id", "", "asked with each click"},
    {"campaign_click", PLACE_DISTRIBUTED, "workspace_id", "",
     "written with each click, in several rows a day"},
    {"lead_import", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace; few"},
    {"lead_import_part", PLACE_DISTRIBUTED, "workspace_id", "", "bytes of an import's file"},
    {"lead_import_erased", PLACE_DISTRIBUTED, "workspace_id", "", "who is erased while a file waits"},
    {"lead_import_refused", PLACE_DISTRIBUTED, "workspace_id", "",
     "written in the transaction of the leads beside it"},
    {"setting", PLACE_DISTRIBUTED, "workspace_id", "", "of a workspace"},
    {"logo", PLACE_DISTRIBUTED, "workspace_id", "", "one a workspace"},
    {"audit", PLACE_DISTRIBUTED, "workspace_id", "",
     "one chain a workspace, written in the transaction of what it tells"},
    {"api_token", PLACE_DISTRIBUTED, "workspace_id", "",
     "asked with its workspace; used_ms is written often"},
    {"idempotency", PLACE_DISTRIBUTED, "workspace_id", "",
     "written in the transaction of the request it remembers"},
    {"receipt", PLACE_DISTRIBUTED, "workspace_id", "",
     "written in the transaction it vouches for: on the same shard that stays a commit of one "
     "node"},

    {"session", PLACE_LOCAL, "", "",
     "written each minute of somebody's work, hence no reference table; found by its secret before "
     "a workspace is known; joined with reference tables alone"},
    {"user_totp", PLACE_LOCAL, "", "", "written at each sign-in; joined with app_user alone"},
    {"recovery_code", PLACE_LOCAL, "", "", "few, and asked when a phone is lost"},
    {"one_time_link", PLACE_LOCAL, "", "", "found by its secret; few"},
    {"sign_in_throttle", PLACE_LOCAL, "", "", "exact and written at each failure; found by a hash"},
    {"installation", PLACE_LOCAL, "", "", "a handful of rows"},
    {"schema_migration", PLACE_LOCAL, "", "", "a handful of rows, made by the program itself"},
    {"job", PLACE_LOCAL, "slot", "",
     "few rows, claimed often: one node that says whose turn it is. Its keys begin with the slot; "
     "job_next must lose its recursion before it could be distributed"},
    {"node", PLACE_LOCAL, "", "", "64 rows at most; leases have to be decided in one place"},
    {"news", PLACE_LOCAL, "", "", "small, and asked every moment by every node for all workspaces"},
};

const struct distribution *distribution_at(int number)
{
    return number >= 0 && number < COUNTOF(tables) ? &tables[number] : NULL;
}

static void statement(struct buf *b, const struct distribution *t, const char *with)
{
    buf_printf(b, "-- %s%s\n", t->why,
               t->partition[0] == 0 ? "" : " (give the parent, its partitions follow)");
    if (t->place == PLACE_REFERENCE)
        buf_printf(b, "SELECT create_reference_table('%s')", t->table);
    else if (with == NULL)
        buf_printf(b,
                   "SELECT create_distributed_table('%s', '%s', colocate_with => 'none', "
                   "shard_count => %d)",
                   t->table, t->column, SHARDS);
    else
        buf_printf(b, "SELECT create_distributed_table('%s', '%s', colocate_with => '%s')",
                   t->table, t->column, with);
    buf_printf(b,
               "\n  WHERE NOT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = "
               "'%s'::regclass);\n",
               t->table);
}

static void of_place(struct buf *b, enum place place)
{
    const char *with = NULL; /* the first is the one that the others are co-located with */
    for (ptrdiff_t i = 0; i < COUNTOF(tables); i++) {
        const struct distribution *t = &tables[i];
        if (t->place != place) continue;
        if (place == PLACE_LOCAL) {
            buf_printf(b, "--   %s: %s\n", t->table, t->why);
            continue;
        }
        statement(b, t, with);
        if (with == NULL) with = t->table;
    }
}

static const char beginning[] =
    "-- Zulauf " ZULAUF_VERSION " on Citus (11.2 or later), distributed by workspace.\n"
    "-- For the coordinator, once the schema stands and while no server of Zulauf is running:\n"
    "--   zulauf db plan-distribution | psql -v ON_ERROR_STOP=1 DATABASE\n"
    "-- Tables that are distributed already are left alone: run it again after an upgrade.\n"
    "-- The project checks these statements by lint; it has not run them on a cluster.\n"
    "--\n"
    "-- Before it, once, with your own names:\n"
    "--   CREATE EXTENSION citus;                         -- on every node\n"
    "--   SELECT citus_set_coordinator_host('coordinator.example.org', 5432);\n"
    "--   SELECT citus_add_node('worker-1.example.org', 5432);\n"
    "-- The coordinator must know itself as a node: local tables are joined with reference "
    "tables.\n";

static const char ending[] =
    "\n-- What came of it: one colocation_id for all distributed tables.\n"
    "SELECT table_name, citus_table_type, distribution_column, colocation_id, shard_count\n"
    "  FROM citus_tables ORDER BY citus_table_type, table_name;\n"
    "-- Data that was there before still takes room on the coordinator; free it, table by table:\n"
    "--   SELECT truncate_local_data_after_distributing_table('lead');\n"
    "-- A worker added later gets its share by: SELECT citus_rebalance_start();\n";

str distribution_plan(arena *a)
{
    struct buf b = buf_new(a, PLAN_MAX_BYTES);
    buf_put(&b, str_of(beginning));
    buf_put(&b, S("\n-- Reference tables: a copy on every node. They come first, because "
                  "distributed tables are\n-- joined with them.\n"));
    of_place(&b, PLACE_REFERENCE);
    buf_printf(&b,
               "\n-- Distributed tables, all alike: %d shards, which cannot be changed without "
               "moving all rows.\n-- Choose the number of cores that all workers may have one day; "
               "touchpoint has it once a month.\n",
               SHARDS);
    of_place(&b, PLACE_DISTRIBUTED);
    buf_put(&b, S("\n-- Local tables stay as they are, on the coordinator:\n"));
    of_place(&b, PLACE_LOCAL);
    buf_put(&b, str_of(ending));
    return buf_str(&b);
}

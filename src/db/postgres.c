/* One connection: open it, send and wait with a deadline, tell faults apart. */
#include "db/postgres.h"

#include "base/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- faults --- */

static enum pg_fault fault_of_state(const char *state)
{
    static const struct {
        const char *prefix;
        enum pg_fault fault;
    } known[] = {
        {"23505", PG_CONFLICT}, {"40001", PG_AGAIN},     {"40P01", PG_AGAIN},  {"40003", PG_LOST},
        {"57P", PG_LOST},       {"08", PG_LOST},         {"25006", PG_LOST},   {"0A000", PG_LOST},
        {"26000", PG_LOST},     {"25P03", PG_LOST},      {"57014", PG_BUSY},   {"55P03", PG_BUSY},
        {"53300", PG_BUSY},     {"53100", PG_DISK_FULL}, {"53", PG_STORAGE},   {"58", PG_STORAGE},
        {"XX001", PG_STORAGE},  {"XX002", PG_STORAGE},   {"54", PG_TOO_LARGE}, {"42501", PG_DENIED},
    };
    if (state == NULL) return PG_LOST; /* libpq's own: the server has said nothing */
    for (ptrdiff_t i = 0; i < COUNTOF(known); i++)
        if (strncmp(state, known[i].prefix, strlen(known[i].prefix)) == 0) return known[i].fault;
    return PG_OURS;
}

bool pg_refuse(struct ctx *cx, enum pg_fault fault, const char *name, str message)
{
    switch (fault) {
    case PG_CONFLICT:
        return fail_detail(cx, ERR_CONFLICT, "error.conflict", "%s: %.*s", name, STR_ARG(message));
    case PG_AGAIN:
    case PG_BUSY:
    case PG_LOST:
        fail_detail(cx, ERR_UNAVAILABLE, "error.busy", "%s: %.*s", name, STR_ARG(message));
        cx->err.retry_after_s = 1;
        return false;
    case PG_DISK_FULL:
    case PG_STORAGE:
        fail_detail(cx, ERR_STORAGE, fault == PG_STORAGE ? "error.storage" : "error.disk_full",
                    "%s: %.*s", name, STR_ARG(message));
        cx->err.retry_after_s = DB_STORAGE_WAIT_S;
        return false;
    case PG_TOO_LARGE:
        return fail_detail(cx, ERR_TOO_LARGE, "error.too_large", "%s: %.*s", name,
                           STR_ARG(message));
    case PG_DENIED:
        return fail_detail(cx, ERR_INTERNAL, "error.internal",
                           "%s: %.*s. Zulauf's role at PostgreSQL needs the right to make and "
                           "change tables: ALTER DATABASE name OWNER TO role, or GRANT CREATE ON "
                           "SCHEMA public TO role; what another role has made, give to it, too.",
                           name, STR_ARG(message));
    case PG_FINE:
    case PG_OURS:
        break;
    }
    return fail_detail(cx, ERR_INTERNAL, "error.internal", "%s: %.*s", name, STR_ARG(message));
}

/* The server's sentence without its DETAIL, which quotes values. */
static str sentence_of(struct pg_conn *c, const PGresult *r)
{
    const char *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (text == NULL)
        text = PQstatus(c->pg) == CONNECTION_BAD ? "the connection was lost" : "no answer";
    snprintf(c->said, sizeof c->said, "%s", text);
    return str_of(c->said);
}

/* --- waiting --- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Wait until the socket has something to read (or can take what is to be written); false after
 * the deadline, when the socket fails, or when nobody is at the other end any more: a statement
 * may take long, but a server that is cut off is found out sooner. */
static bool wait_for(const struct pg_conn *c, bool writing, int64_t until_ms)
{
    struct pollfd p = {.fd = PQsocket(c->pg),
                       .events = (short)(writing ? POLLIN | POLLOUT : POLLIN)};
    int64_t since_ms = clock_mono_ms(), now_ms = since_ms;
    if (p.fd < 0) return false;
    while (now_ms < until_ms) {
        int n = poll(&p, 1, (int)least(until_ms - now_ms, PG_SILENCE_MS));
        if (n > 0 || (n < 0 && errno == EINTR)) return true;
        if (n < 0) return false;
        now_ms = clock_mono_ms();
        if (now_ms < until_ms && !pg_is_there(c->db, since_ms)) return false;
    }
    return false;
}

static bool flush(const struct pg_conn *c, int64_t until_ms)
{
    for (;;) {
        int state = PQflush(c->pg);
        if (state <= 0) return state == 0;
        /* The server may want to be read before it takes more. */
        if (!wait_for(c, true, until_ms) || PQconsumeInput(c->pg) == 0) return false;
    }
}

/* The next result, NULL at the end of a statement; *lost if it will not come. */
static PGresult *next_result(const struct pg_conn *c, int64_t until_ms, bool *lost)
{
    while (PQisBusy(c->pg)) {
        if (wait_for(c, false, until_ms) && PQconsumeInput(c->pg) != 0) continue;
        *lost = true;
        return NULL;
    }
    return PQgetResult(c->pg);
}

/* --- an exchange --- */

void pg_clear(PGresult *result[], int count)
{
    for (int i = 0; i < count; i++) PQclear(result[i]); /* NULL is fine */
}

/* All results of one statement; *out the last that is no error, or the error. */
static enum pg_fault take_statement(struct pg_conn *c, int64_t until_ms, PGresult **out,
                                    str *message)
{
    enum pg_fault fault = PG_FINE;
    bool lost = false;
    *out = NULL;
    for (PGresult *r; !lost && (r = next_result(c, until_ms, &lost)) != NULL;) {
        ExecStatusType status = PQresultStatus(r);
        if (status == PGRES_FATAL_ERROR && fault == PG_FINE) {
            fault = fault_of_state(PQresultErrorField(r, PG_DIAG_SQLSTATE));
            *message = sentence_of(c, r);
        }
        PQclear(*out);
        *out = r;
        if (PQstatus(c->pg) == CONNECTION_BAD) lost = true;
    }
    if (lost || PQstatus(c->pg) == CONNECTION_BAD) {
        if (message->ptr == NULL) *message = S("the connection was lost");
        return PG_LOST;
    }
    return fault;
}

/* Read up to and with the next sync; PG_LOST if it does not come, or an error before it: of a
 * ROLLBACK, or of the commit that a sync is where no transaction was begun. */
static enum pg_fault take_sync(struct pg_conn *c, int64_t until_ms)
{
    bool lost = false, failed = false;
    /* NULLs stand between the statements of an exchange that nobody cares for: a few, not more. */
    for (int nothing = 0; !lost && nothing <= 2 * PG_EXCHANGE;) {
        PGresult *r = next_result(c, until_ms, &lost);
        bool sync = r != NULL && PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        nothing = r == NULL ? nothing + 1 : nothing;
        failed |= r != NULL && PQresultStatus(r) == PGRES_FATAL_ERROR;
        PQclear(r);
        if (sync) return failed ? PG_LOST : PG_FINE;
        if (PQstatus(c->pg) == CONNECTION_BAD) break;
    }
    return PG_LOST;
}

enum pg_fault pg_finish(struct pg_conn *c, int count, PGresult *result[], str *message)
{
    int64_t until_ms = clock_mono_ms() + PG_ANSWER_MS;
    enum pg_fault fault = PG_FINE;
    for (int i = 0; i < count; i++) result[i] = NULL;
    *message = (str){0};
    if (PQpipelineSync(c->pg) == 0 || !flush(c, until_ms)) {
        *message = S("the connection was lost");
        return PG_LOST;
    }
    for (; c->owed > 0; c->owed--)
        if (take_sync(c, until_ms) != PG_FINE) return PG_LOST;
    for (int i = 0; i < count && fault != PG_LOST; i++) {
        enum pg_fault one = take_statement(c, until_ms, &result[i], message);
        if (one != PG_FINE && (fault == PG_FINE || one == PG_LOST)) fault = one;
    }
    if (fault == PG_LOST || take_sync(c, until_ms) != PG_FINE) return PG_LOST;
    c->db->pool.heard_ms = clock_mono_ms();
    return fault;
}

bool pg_post(struct pg_conn *c, const char *text)
{
    bool good = PQsendQueryParams(c->pg, text, 0, NULL, NULL, NULL, NULL, 1) != 0 &&
                PQpipelineSync(c->pg) != 0 && flush(c, clock_mono_ms() + PG_ANSWER_MS);
    if (good) c->owed++;
    return good;
}

enum pg_fault pg_script(struct pg_conn *c, const char *text, str *message)
{
    int64_t until_ms = clock_mono_ms() + INT64_C(24) * 3600 * 1000; /* a migration may take long */
    *message = (str){0};
    for (; c->owed > 0; c->owed--)
        if (take_sync(c, until_ms) != PG_FINE) return PG_LOST;
    if (PQexitPipelineMode(c->pg) == 0 || PQsendQuery(c->pg, text) == 0 || !flush(c, until_ms))
        return PG_LOST;
    PGresult *last;
    enum pg_fault fault = take_statement(c, until_ms, &last, message);
    PQclear(last);
    return PQenterPipelineMode(c->pg) == 0 ? PG_LOST : fault;
}

/* --- open and close --- */

const char *pg_url_fault(const char *url)
{
    char *said = NULL;
    PQconninfoOption *list = PQconninfoParse(url, &said);
    bool good = list != NULL;
    for (const PQconninfoOption *o = list; good && o->keyword != NULL; o++) {
        if (o->val == NULL) continue;
        if (strcmp(o->keyword, "port") == 0) good = o->val[strspn(o->val, "0123456789,")] == 0;
        if (strcmp(o->keyword, "host") == 0 || strcmp(o->keyword, "dbname") == 0)
            good = strchr(o->val, '@') == NULL;
    }
    PQconninfoFree(list);
    PQfreemem(said);
    return good ? NULL
                : "The URL cannot be read. Its form is postgresql://user:password@host/database; "
                  "in user and password write @ as %40, / as %2F, : as %3A and % as %25. "
                  "After a ? stand options of libpq alone, such as sslmode=verify-full.";
}

static PGconn *connect_within(const struct pg_db *db)
{
    char seconds[16], unacked[16], options[200];
    snprintf(seconds, sizeof seconds, "%d", PG_CONNECT_S);
    snprintf(unacked, sizeof unacked, "%d", PG_UNACKED_MS);
    snprintf(options, sizeof options,
             "-c statement_timeout=%d -c lock_timeout=%d -c idle_in_transaction_session_timeout=%d",
             PG_STATEMENT_MS, PG_LOCK_MS, PG_IDLE_TX_MS);
    /* What stands in the URL comes later and wins. */
    const char *key[] = {
        "connect_timeout", "application_name", "keepalives_idle", "tcp_user_timeout",
        "client_encoding", "options",          "dbname",          NULL};
    const char *value[] = {seconds, "zulauf", "30",
                           unacked, "UTF8",   db->db.options.unprepared ? "" : options,
                           db->url, NULL};
    return PQconnectdbParams(key, value, 1);
}

bool pg_ping(const struct pg_db *db)
{
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", PG_PING_S);
    const char *key[] = {"dbname", "connect_timeout", NULL};
    const char *value[] = {db->url, seconds, NULL};
    /* One that refuses (it starts, or is full) is there: what it does to us it will say itself. */
    PGPing found = PQpingParams(key, value, 1);
    return found == PQPING_OK || found == PQPING_REJECT;
}

/* "relation exists already, skipping" is nobody's news. */
static void hear_nothing(void *arg, const char *message)
{
    (void)arg;
    (void)message;
}

struct pg_conn *pg_connect(struct pg_db *db, char *why)
{
    struct pg_conn *c = calloc(1, sizeof *c);
    bool *prepared = calloc((size_t)db->db.options.text_count * 2 + 1, sizeof *prepared);
    PGconn *pg = c == NULL || prepared == NULL ? NULL : connect_within(db);
    if (pg != NULL && PQstatus(pg) == CONNECTION_OK && PQsetnonblocking(pg, 1) == 0 &&
        PQenterPipelineMode(pg) != 0) {
        PQsetNoticeProcessor(pg, hear_nothing, NULL);
        *c = (struct pg_conn){.pg = pg, .db = db, .prepared = prepared};
        return c;
    }
    str text = str_trim(str_of(pg == NULL ? "There is no memory left." : PQerrorMessage(pg)));
    snprintf(why, PG_SAID_BYTES, "%.*s", STR_ARG(text));
    PQfinish(pg);
    free(prepared);
    free(c);
    return NULL;
}

void pg_disconnect(struct pg_conn *c)
{
    PQfinish(c->pg);
    free(c->prepared);
    free(c);
}

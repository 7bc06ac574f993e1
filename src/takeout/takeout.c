#include "takeout/takeout.h"

#include "app.h"
#include "audit/audit.h"
#include "backup/quarantine.h"
#include "base/buf.h"
#include "base/crypto.h"
#include "base/id.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/tz.h"
#include "file/lead_file.h"
#include "spam/suspect.h"
#include "takeout/takeout_inner.h"
#include "workspace/workspace.h"

enum { LEADS = 10 };

/* Entries beside the files of leads: tables and what is about all; and how many files at most. */
enum { BESIDE = 256, FILES_MAX = 100000 };

static const char readme[] =
    "Alles zu diesem Mandanten, wie es in Zulauf steht.\r\n"
    "\r\n"
    "dossiers.jsonl      je Zeile ein Lead: Kennungen, Einwilligungen mit Nachweis, "
    "Einsendungen,\r\n"
    "                    Notizen, Aufgaben, Phasen, geänderte Felder und Verlauf\r\n"
    "quarantine.jsonl    je Zeile eine Einsendung, die zurückgehalten wird\r\n"
    "mails.jsonl         je Zeile eine E-Mail mit Quelltext und Zustellversuchen; ohne "
    "Quelltext\r\n"
    "                    sind E-Mails an Kolleginnen und Kollegen und solche, deren Link noch\r\n"
    "                    bestätigt\r\n"
    "log.jsonl           je Zeile ein Eintrag des Protokolls mit seinen Einzelheiten\r\n"
    "files/LEAD/…        was Leads mit einem Formular geschickt haben\r\n"
    "tables/NAME.jsonl   je Zeile ein Datensatz der Tabelle NAME, Bytes in Base64. Versiegelte "
    "Werte\r\n"
    "                    bleiben es; geöffnet stehen sie in den Dateien darüber. Von gelöschten "
    "Leads\r\n"
    "                    öffnet sich nichts mehr.\r\n"
    "\r\n"
    "Zeitpunkte überall nach RFC 3339 in UTC, auf die Millisekunde.\r\n"
    "\r\n"
    "Everything of this workspace, as Zulauf has it: dossiers.jsonl has a line for each lead, "
    "opened;\r\n"
    "quarantine.jsonl has one for each submission that is held back; mails.jsonl one for each "
    "mail,\r\n"
    "with source and attempts (no source: mails to colleagues, and those whose link still "
    "confirms);\r\n"
    "log.jsonl one for each entry of the audit log, with its details; files/LEAD/… holds what "
    "leads\r\n"
    "sent in with forms; tables/NAME.jsonl the rows of each table, bytes in base64, sealed "
    "values\r\n"
    "as they are. Of erased leads nothing opens any more. Times are RFC 3339 in UTC, to the "
    "millisecond.\r\n";

/* --- what is in quarantine: of no lead yet --- */

struct some_suspects {
    struct takeout_part part;
    int64_t before_id;
    bool more;
};

static bool suspects_read(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some_suspects *s = arg;
    struct suspects rows;
    if (!suspect_page(cx, tx, 0, s->before_id, LEADS, &rows)) return false;
    s->more = rows.count == LEADS;
    for (ptrdiff_t i = 0; i < rows.count; i++) {
        const struct suspect *one = &rows.row[i];
        struct value line = value_map(cx->a), body;
        struct json_err err;
        if (takeout_part_is_full(cx, &s->part)) {
            s->more = true;
            break;
        }
        s->before_id = one->id;
        value_set_text(line, "id", id_text(cx->a, ID_SUBMISSION, one->id));
        value_set_text(line, "form", id_text(cx->a, ID_FORM, one->form_id));
        value_set(line, "at", instant_value(cx->a, one->at_ms));
        value_set_int(line, "reasons", one->reasons);
        if (one->body.len > 0 && json_parse(cx->a, one->body, &body, &err))
            value_set(line, "sent", body);
        takeout_part_add(cx, &s->part, line);
    }
    return true;
}

static bool some_suspects(struct takeout *t, void *arg, bool *more)
{
    struct some_suspects *s = arg;
    s->part = takeout_part_new(t->cx, LEADS);
    if (!db_read(t->cx, suspects_read, s)) return false;
    *more = s->more;
    return takeout_part_write(t, &s->part);
}

static bool suspects_put(struct takeout *t)
{
    struct some_suspects s = {.before_id = 0};
    zip_begin(t->zip, S("quarantine.jsonl"));
    return takeout_parts_run(t, some_suspects, &s);
}

/* --- files that people sent in --- */

struct some_files {
    int64_t lead_id, id; /* the last one that was read */
    struct lead_file file;
    str bytes;
    bool found, open; /* open: its key is there */
};

/* A name that is one on every disk: what is not letter, digit, dot or hyphen is "_". */
static str disk_name(arena *a, str name)
{
    char *to = NEW(a, char, name.len + 1);
    for (ptrdiff_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool plain = (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
                     (c & 0x80) != 0 || c == '.' || c == '-';
        to[i] = plain ? c : '_';
    }
    return (str){to, name.len};
}

static bool next_file(struct ctx *cx, struct tx *tx, void *arg)
{
    struct some_files *s = arg;
    struct lead_file_refs next;
    if (!lead_file_page(cx, tx, s->lead_id, s->id, 1, &next)) return false;
    s->found = next.count == 1;
    s->open = false;
    if (!s->found) return true;
    s->lead_id = next.row[0].lead_id;
    s->id = next.row[0].id;
    s->open = lead_file_read(cx, tx, s->lead_id, s->id, &s->file, &s->bytes);
    if (s->open) return true;
    bool shut = cx->err.code == ERR_NOT_FOUND; /* its key is gone */
    if (shut) err_clear(cx);
    return shut;
}

/* One at a time. What came since the room for names was made is not of this archive. */
static bool one_file(struct takeout *t, void *arg, bool *more)
{
    struct ctx *cx = t->cx;
    struct some_files *s = arg;
    *more = t->zip->count + BESIDE < t->zip->cap;
    if (!*more) return true;
    if (!db_read(cx, next_file, s)) return false;
    *more = s->found;
    if (!s->open) return true;
    zip_begin(t->zip, str_printf(cx->a, "files/%.*s/%.*s-%.*s",
                                 STR_ARG(id_text(cx->a, ID_LEAD, s->lead_id)),
                                 STR_ARG(id_text(cx->a, ID_LEAD_FILE, s->id)),
                                 STR_ARG(disk_name(cx->a, s->file.name))));
    zip_put(t->zip, s->bytes);
    return !t->zip->failed || takeout_nobody_takes(cx);
}

static bool files_put(struct takeout *t)
{
    struct some_files s = {.found = false};
    return takeout_parts_run(t, one_file, &s);
}

/* --- the archive --- */

static bool audit_run(struct ctx *cx, struct tx *tx, void *arg)
{
    const struct takeout *t = arg;
    struct value detail = value_map(cx->a);
    value_set_int(detail, "leads", t->leads);
    value_set_int(detail, "rows", t->rows);
    return audit_write(cx, tx, "workspace.export", "workspace", cx->workspace_id, 0, detail);
}

static bool files_count(struct ctx *cx, struct tx *tx, void *arg)
{
    return lead_file_count(cx, tx, arg);
}

bool takeout_run(struct ctx *cx, bytes_out *write, void *to)
{
    struct takeout t = {.cx = cx, .zip = NEW(cx->a, struct zip, 1)};
    int64_t files = 0;
    if (!quarantine_allows_export(cx) || !db_read(cx, files_count, &files)) return false;
    if (files > FILES_MAX) return fail(cx, ERR_TOO_LARGE, "takeout.too_large");
    *t.zip = (struct zip){.write = write, .to = to, .cap = (int)files + 2 * BESIDE};
    t.zip->entry = NEW(cx->a, struct zip_entry, t.zip->cap);
    zip_begin(t.zip, S("README.txt"));
    zip_put(t.zip, str_of(readme));
    bool ok = takeout_dossiers(&t) && suspects_put(&t) && takeout_mails(&t) && takeout_log(&t) &&
              files_put(&t) && takeout_tables(&t);
    if (ok && !zip_end(t.zip)) ok = takeout_nobody_takes(cx);
    struct err err = cx->err;
    err_clear(cx);
    /* Whoever got something is in the log, also where it broke off. */
    if (!db_write(cx, DB_INTERACTIVE, audit_run, &t)) return false;
    cx->err = err;
    return ok;
}

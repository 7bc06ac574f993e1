/* importer/import_types.h -- an import of leads: a file, what its columns mean, what became of it.
 *
 * Terms: import, refused row (docs/GLOSSARY.md). The numbers stand in the database: never renumber.
 */
#pragma once

#include "base/ctx.h"
#include "base/value.h"
#include "field/field.h"

enum import_state {
    IMPORT_TAKING = 0,   /* the file is still being stored */
    IMPORT_NEW = 1,      /* nobody has said yet what the columns mean */
    IMPORT_CHECKING = 2, /* a job reads the file; nothing is written */
    IMPORT_CHECKED = 3,
    IMPORT_RUNNING = 4,
    IMPORT_DONE = 5,
    IMPORT_STOPPED = 6, /* somebody stopped it half-way */
    IMPORT_FAILED = 7,  /* it could not go on */
    IMPORT_STATE__COUNT
};

/* What becomes of a row whose e-mail address a lead has already. */
enum import_known { KNOWN_FILL = 0, KNOWN_OVERWRITE = 1, KNOWN_LEAVE = 2, KNOWN__COUNT };

/* What becomes of a row with a value that its field does not take, the e-mail address apart: that
 * is refused with its row in any case. */
enum import_wrong { WRONG_REFUSE = 0, WRONG_EMPTY = 1, WRONG__COUNT };

enum import_charset { CHARSET_UTF8, CHARSET_WINDOWS_1252, CHARSET_UTF16, CHARSET__COUNT };

enum {
    IMPORT_COLUMNS_MAX = 200,
    IMPORT_ROWS_MAX = 500000,
    IMPORT_CHUNK_BYTES = 256 << 10, /* of a stored file: each has so many but the last */
    IMPORT_ROW_BYTES = 64 << 10,    /* a longer one is a quote that was left open */
    IMPORT_SOURCE_BYTES = 100,
    IMPORT_WAITS_MS = 24 * 3600000,  /* a file that nobody imports is deleted */
    IMPORT_KEPT_DAYS = 30,           /* refused rows, for whoever mends them */
    IMPORT_OPEN_MAX = 20, /* files of a workspace that wait: half a gigabyte */
    IMPORT_SHOWN = 50,               /* refused rows on the page */
};

/* What a column holds: a field, a whole name, or nothing that is wanted. */
enum column_use { COLUMN_IGNORED, COLUMN_EMAIL, COLUMN_SLOT, COLUMN_NAME };

struct import_column {
    enum column_use use;
    enum field_slot slot;
    enum field_type type;
    int max_bytes;
    str key; /* "first_name", "free_interest"; "name" of COLUMN_NAME; empty: ignored */
};

struct import_plan {
    struct import_column *column;
    ptrdiff_t count;
    enum import_wrong wrong;
};

/* A value that its field does not take. */
struct import_fault {
    const char *reason; /* i18n key */
    ptrdiff_t column;
    int max; /* of a text that is too long */
};

/* A row as it would be stored. */
struct import_row {
    int64_t line;
    const str *cell; /* as they stand in the file */
    ptrdiff_t cell_count;
    str email; /* normalised; empty: none */
    str text[SLOT__COUNT];
    const char *refused; /* i18n key of the reason; NULL: it is fine */
    ptrdiff_t column;    /* which cell is at fault; -1: the whole row */
    int max;             /* of a text that is too long */
    /* Wrong values, the address's apart; those of a row that is fine are left out. */
    struct import_fault *wrong;
    ptrdiff_t wrong_count;
    bool mendable; /* refused for these alone */
};

/* What a check has found. */
struct import_check {
    int64_t rows, new_rows, known, refused;
    int64_t twice; /* of the known: their address stands further up in the file */
    int64_t wrong; /* refused for a wrong value alone, or taken without it */
    int64_t blocked; /* of the new: erased once, so that nobody may write to them */
};

/* What the run has done so far; left: known, and not to be touched. */
struct import_done {
    int64_t created, changed, same, left, refused;
    int64_t emptied; /* written without a value that was wrong */
    int64_t erased;  /* of the refused: erased since the file came */
};

struct import {
    int64_t id;
    enum import_state state;
    struct actor actor; /* who brought it; the job acts as he */
    str user_name;
    enum lang lang;
    str file_name;
    int64_t size_bytes, text_bytes;
    enum import_charset charset;
    char separator;
    str head;    /* JSON list of the columns' names; absent: forgotten */
    str mapping; /* JSON list of field keys, a column each */
    enum import_known known;
    enum import_wrong wrong;
    str source; /* empty: "import" */
    int64_t campaign_id, owner_id;
    str campaign_name, owner_name;
    struct import_check check;
    struct import_done done;
    str report;             /* JSON list of what a check refused: {line, reason, column, max} */
    str fault;              /* i18n key: why the file cannot be read to its end; empty: it can */
    int64_t fault_line;
    int64_t at_bytes, at_line; /* how far the run is */
    int64_t created_ms, started_ms, moved_ms, ended_ms;
    str key_wrapped; /* opens file, head and refused rows */
    bool kept;       /* refused rows and names of columns are still there */
};

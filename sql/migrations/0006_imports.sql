-- Imports: leads from a file of rows, checked first, then written in batches.

CREATE TABLE lead_import (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    import_state BIGINT NOT NULL,  -- enum import_state
    user_id BIGINT NOT NULL,       -- who brought it, and what he might do then: the job does no more
    actor_kind BIGINT NOT NULL,
    permissions_n BIGINT NOT NULL,
    lang TEXT NOT NULL,
    file_name TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    text_bytes BIGINT NOT NULL,    -- as UTF-8
    charset_kind BIGINT NOT NULL,  -- enum import_charset
    separator TEXT NOT NULL,
    head BYTEA NOT NULL,           -- the columns' names as JSON, sealed
    mapping TEXT NOT NULL,         -- JSON: the field of each column
    known_kind BIGINT NOT NULL,    -- enum import_known
    wrong_kind BIGINT NOT NULL,    -- enum import_wrong
    source TEXT NOT NULL,
    campaign_id BIGINT NOT NULL,
    owner_user_id BIGINT NOT NULL,
    check_rows_n BIGINT NOT NULL,
    check_new_n BIGINT NOT NULL,
    check_known_n BIGINT NOT NULL,
    check_twice_n BIGINT NOT NULL,
    check_refused_n BIGINT NOT NULL,
    check_wrong_n BIGINT NOT NULL,   -- rows with a wrong value that could do without it
    check_blocked_n BIGINT NOT NULL, -- new ones that were erased once
    report TEXT NOT NULL,          -- JSON: lines and reasons, no values
    fault TEXT NOT NULL,
    fault_line_no BIGINT NOT NULL,
    at_bytes BIGINT NOT NULL,      -- the run goes on here: moved with the rows it has written
    at_line_no BIGINT NOT NULL,
    created_n BIGINT NOT NULL,
    changed_n BIGINT NOT NULL,
    same_n BIGINT NOT NULL,
    left_n BIGINT NOT NULL,
    refused_n BIGINT NOT NULL,
    emptied_n BIGINT NOT NULL,     -- of the created and changed: without a value that was wrong
    erased_n BIGINT NOT NULL,      -- of the refused: erased after the file had come
    data_key BYTEA NOT NULL,       -- opens head, file and refused rows; wrapped
    is_kept BIGINT NOT NULL,       -- 0: refused rows and key are gone
    created_ms BIGINT NOT NULL,
    started_ms BIGINT NOT NULL,
    moved_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
-- One at a time: two at once would only be slower.
CREATE UNIQUE INDEX lead_import_running ON lead_import (workspace_id) WHERE import_state = 4;

-- The file as UTF-8, sealed; deleted when the import is over.
CREATE TABLE lead_import_part (
    workspace_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    chunk_no BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, import_id, chunk_no)
);

-- Addresses that were erased while a file waited or ran: it does not bring them back.
CREATE TABLE lead_import_erased (
    workspace_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    value_hash BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, import_id, value_hash)
);

-- Rows that were not taken over, or not whole, sealed, for whoever mends them.
CREATE TABLE lead_import_refused (
    workspace_id BIGINT NOT NULL,
    import_id BIGINT NOT NULL,
    line_no BIGINT NOT NULL,
    value_hash BIGINT NOT NULL,    -- of its address or its lead, so that it goes with that; 0: none
    body BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, import_id, line_no)
);
CREATE INDEX lead_import_refused_of ON lead_import_refused (workspace_id, value_hash)
    WHERE value_hash <> 0;

-- What is counted as it changes, so that a number costs its row and not its leads (tally/tally.h).

-- Counted, as of the changes that are folded in.
CREATE TABLE tally (
    workspace_id BIGINT NOT NULL,
    tally_kind BIGINT NOT NULL,    -- enum tally_kind: of what, and whether whole, by day or by source
    about_id BIGINT NOT NULL,      -- form, campaign
    day_n BIGINT NOT NULL,         -- days since 1970 on the workspace's clock; 0: not by day
    label TEXT NOT NULL,           -- source; '': not by source
    all_n BIGINT NOT NULL,
    confirmed_n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, tally_kind, about_id, day_n, label)
)
-- Little beside its key: SQLite keeps it in one tree instead of two.
-- only: sqlite
WITHOUT ROWID
-- all engines
;

-- What has changed since: rows of their own, so that many who change one number at once do not meet.
CREATE TABLE tally_change (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    tally_kind BIGINT NOT NULL,    -- TALLY_FORM, TALLY_CAMPAIGN
    about_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,         -- of what was counted: its day
    label TEXT NOT NULL,
    all_n BIGINT NOT NULL,         -- below 0: fewer
    confirmed_n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- On which clock the days were counted; without a row nothing was.
CREATE TABLE tally_clock (
    workspace_id BIGINT NOT NULL,
    zone TEXT NOT NULL,
    PRIMARY KEY (workspace_id)
);

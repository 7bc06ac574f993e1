-- What several nodes on one database share, and what settles a COMMIT whose answer was lost.

-- One row a write, in its own transaction (PostgreSQL), or one row in all that names the newest
-- batch (SQLite: workspace 0, id 0). Ids begin with the time: old ones are purged by range.
CREATE TABLE receipt (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    batch_no BIGINT NOT NULL DEFAULT 0, -- PostgreSQL: the writing process's mark
    PRIMARY KEY (workspace_id, id)
);

-- Who makes ids under which node number, and until when.
CREATE TABLE node (
    node_no BIGINT NOT NULL PRIMARY KEY, -- 0..63
    lease_token BIGINT NOT NULL,         -- grows with each holder
    lease_until_ms BIGINT NOT NULL,
    high_id BIGINT NOT NULL,             -- no id above it was given out under this number
    name TEXT NOT NULL,                  -- the holder's own, for the operator
    started_ms BIGINT NOT NULL,
    first_id BIGINT NOT NULL DEFAULT 0   -- the holder's ids are above it, those of former ones not
);

-- What changed, told by each node for the others' open pages: coalesced, a row a node and workspace.
CREATE TABLE news (
    node_no BIGINT NOT NULL,
    of_workspace_id BIGINT NOT NULL, -- 0: any of them may have changed
    version_no BIGINT NOT NULL,      -- an id of that node: it grows within the number
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (node_no, of_workspace_id)
);
CREATE INDEX news_version ON news (node_no, version_no);

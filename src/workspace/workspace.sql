-- name: workspace_add
-- scope: system
-- in: id, ws_name, host, now_ms
INSERT INTO workspace (id, name, host, created_ms) VALUES (:id, :ws_name, :host, :now_ms);

-- name: workspace_by_host
-- The workspace of a public host, else the default one (host ''): at most two seeks, at each request.
-- The host of one that is going is nobody's: nothing answers there.
-- scope: system
-- in: host
-- one: id, ws_name, host
SELECT id, name, host FROM workspace
WHERE id = COALESCE((SELECT id FROM workspace WHERE host = :host),
    (SELECT id FROM workspace WHERE host = '')) AND archived_ms = 0;

-- name: workspace_list
-- scope: system
-- many: id, ws_name, host, created_ms
SELECT id, name, host, created_ms FROM workspace WHERE archived_ms = 0 ORDER BY id;

-- name: workspace_all
-- Archived ones, too: for housekeeping.
-- scope: system
-- many: id
SELECT id FROM workspace ORDER BY id;

-- name: workspace_get
-- scope: system
-- in: id
-- one: id, ws_name, host
SELECT id, name, host FROM workspace WHERE id = :id AND archived_ms = 0;

-- name: workspace_update
-- scope: system
-- in: id, ws_name, host
UPDATE workspace SET name = :ws_name, host = :host WHERE id = :id;

-- name: workspace_turn
-- Nothing changes but the row's version: of two transactions at once the second begins again.
-- scope: system
-- in: id
UPDATE workspace SET created_ms = created_ms WHERE id = :id;

-- name: workspace_going_list
-- Those that are to be deleted.
-- scope: system
-- many: id, ws_name, host, archived_ms
SELECT id, name, host, archived_ms FROM workspace WHERE archived_ms <> 0 ORDER BY id;

-- name: workspace_archive
-- No row changed: none, the default one, or going already.
-- scope: system
-- in: id, now_ms
UPDATE workspace SET archived_ms = :now_ms WHERE id = :id AND archived_ms = 0 AND host <> '';

-- name: workspace_take_back
-- No row changed: it is not going, or gone too far.
-- scope: system
-- in: id, after_ms
UPDATE workspace SET archived_ms = 0 WHERE id = :id AND archived_ms > :after_ms;

-- name: workspace_delete
-- scope: system
-- in: id
DELETE FROM workspace WHERE id = :id AND archived_ms <> 0;

-- name: workspace_overdue
-- scope: system
-- in: id
UPDATE workspace SET archived_ms = 1 WHERE id = :id AND host <> '';

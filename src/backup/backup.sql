-- name: backup_note_get
-- What the installation has noted under a name: plan, last backup, trouble, quarantine.
-- scope: system
-- in: name
-- one: value
SELECT value FROM installation WHERE name = :name;

-- name: backup_note_put
-- scope: system
-- in: name, value
INSERT INTO installation (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: backup_facts
-- What a manifest says of the contents.
-- scope: system
-- one: leads_n, workspaces_n
SELECT l.n, w.n FROM (SELECT COUNT(*) AS n FROM lead) l,
    (SELECT COUNT(*) AS n FROM workspace) w;

-- name: installation_get
-- scope: system
-- in: name
-- one: value
SELECT value FROM installation WHERE name = :name;

-- name: installation_put
-- scope: system
-- in: name, value
INSERT INTO installation (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: relay_get
-- What the installation has noted under a name.
-- scope: system
-- in: name
-- one: value
SELECT value FROM installation WHERE name = :name;

-- name: relay_put
-- scope: system
-- in: name, value
INSERT INTO installation (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: relay_drop
-- scope: system
-- in: name
DELETE FROM installation WHERE name = :name;

-- name: relay_person
-- Whoever asks for a test mail gets it.
-- scope: system
-- in: id
-- one: name, email
SELECT name, email FROM app_user WHERE id = :id;

-- name: form_add
-- in: id, slug, form_name, draft, now_ms
INSERT INTO form (workspace_id, id, slug, name, form_state, version_id, draft, created_ms, updated_ms)
VALUES (:workspace_id, :id, :slug, :form_name, 0, 0, :draft, :now_ms, :now_ms);

-- name: form_save
-- in: id, slug, form_name, draft, now_ms
UPDATE form SET slug = :slug, name = :form_name, draft = :draft, updated_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_set_version
-- in: id, version_id, state, now_ms
UPDATE form SET version_id = :version_id, form_state = :state, updated_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_get
-- in: id
-- one: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins FROM form
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_by_slug
-- in: slug
-- one: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins FROM form
WHERE workspace_id = :workspace_id AND slug = :slug;

-- name: form_take
-- One of so many places; no row is changed where none is left.
-- in: id, places_n
UPDATE form SET taken_n = taken_n + 1
WHERE workspace_id = :workspace_id AND id = :id AND taken_n < :places_n;

-- name: form_guard_set
-- in: id, proof_n, counts_n
UPDATE form SET proof_n = :proof_n, counts_n = :counts_n WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_set_taken
-- in: id, taken_n
UPDATE form SET taken_n = :taken_n WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_set_origins
-- in: id, origins
UPDATE form SET origins = :origins WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_versions
-- Newest first.
-- in: form_id, limit
-- many: version_no, user_name, published_ms
SELECT v.version_no, COALESCE(u.name, ''), v.published_ms FROM form_version v
LEFT JOIN app_user u ON u.id = v.user_id
WHERE v.workspace_id = :workspace_id AND v.form_id = :form_id
ORDER BY v.version_no DESC LIMIT :limit;

-- name: form_list
-- Newest first, without archived ones.
-- in: before_id, limit
-- many: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins FROM form
WHERE workspace_id = :workspace_id AND form_state <> 2 AND (:before_id = 0 OR id < :before_id)
ORDER BY id DESC LIMIT :limit;

-- name: form_names
-- As form_list, to choose from: nothing of what they ask.
-- in: limit
-- many: id, slug, form_name, state, version_id
SELECT id, slug, name, form_state, version_id FROM form
WHERE workspace_id = :workspace_id AND form_state <> 2 ORDER BY id DESC LIMIT :limit;

-- name: form_list_archived
-- Newest first.
-- in: limit
-- many: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n, proof_n, counts_n, origins FROM form
WHERE workspace_id = :workspace_id AND form_state = 2 ORDER BY id DESC LIMIT :limit;

-- name: form_version_add
-- in: id, form_id, version_no, definition, sha256:blob, user_id, now_ms
INSERT INTO form_version (workspace_id, id, form_id, version_no, definition, sha256, user_id, published_ms)
VALUES (:workspace_id, :id, :form_id, :version_no, :definition, :sha256, :user_id, :now_ms);

-- name: form_version_get
-- in: id
-- one: id, form_id, version_no, definition, sha256:blob, published_ms
SELECT id, form_id, version_no, definition, sha256, published_ms FROM form_version
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_version_of
-- in: form_id, version_no
-- one: definition, published_ms
SELECT definition, published_ms FROM form_version
WHERE workspace_id = :workspace_id AND form_id = :form_id AND version_no = :version_no;

-- name: form_version_any
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM form_version WHERE workspace_id = :workspace_id LIMIT 1) t;

-- name: form_version_newest
-- in: form_id
-- one: version_no
SELECT COALESCE(MAX(version_no), 0) FROM form_version
WHERE workspace_id = :workspace_id AND form_id = :form_id;

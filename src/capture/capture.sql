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
-- one: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n FROM form
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_by_slug
-- in: slug
-- one: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n FROM form
WHERE workspace_id = :workspace_id AND slug = :slug;

-- name: form_take
-- One of so many places; no row is changed where none is left.
-- in: id, places_n
UPDATE form SET taken_n = taken_n + 1
WHERE workspace_id = :workspace_id AND id = :id AND taken_n < :places_n;

-- name: form_set_taken
-- in: id, taken_n
UPDATE form SET taken_n = :taken_n WHERE workspace_id = :workspace_id AND id = :id;

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
-- many: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n FROM form
WHERE workspace_id = :workspace_id AND form_state <> 2 AND (:before_id = 0 OR id < :before_id)
ORDER BY id DESC LIMIT :limit;

-- name: form_list_archived
-- Newest first.
-- in: limit
-- many: id, slug, form_name, state, version_id, draft, created_ms, updated_ms, taken_n
SELECT id, slug, name, form_state, version_id, draft, created_ms, updated_ms, taken_n FROM form
WHERE workspace_id = :workspace_id AND form_state = 2 ORDER BY id DESC LIMIT :limit;

-- name: form_counts
-- How many submissions a form has, and how many of them are confirmed.
-- in: form_id
-- many: state, n
SELECT submission_state, COUNT(*) FROM submission
WHERE workspace_id = :workspace_id AND form_id = :form_id AND is_test = 0 GROUP BY submission_state;

-- name: form_version_add
-- in: id, form_id, version_no, definition, sha256:blob, user_id, now_ms
INSERT INTO form_version (workspace_id, id, form_id, version_no, definition, sha256, user_id, published_ms)
VALUES (:workspace_id, :id, :form_id, :version_no, :definition, :sha256, :user_id, :now_ms);

-- name: form_version_get
-- in: id
-- one: id, form_id, version_no, definition, sha256:blob, published_ms
SELECT id, form_id, version_no, definition, sha256, published_ms FROM form_version
WHERE workspace_id = :workspace_id AND id = :id;

-- name: form_version_newest
-- in: form_id
-- one: version_no
SELECT COALESCE(MAX(version_no), 0) FROM form_version
WHERE workspace_id = :workspace_id AND form_id = :form_id;

-- name: submission_add
-- in: id, form_id, form_version_id, lead_id, at_ms, state, answers:blob, is_test:i64
INSERT INTO submission (workspace_id, id, form_id, form_version_id, lead_id, at_ms, submission_state, answers,
    is_test)
VALUES (:workspace_id, :id, :form_id, :form_version_id, :lead_id, :at_ms, :state, :answers, :is_test);

-- name: submission_test_drop
-- What colleagues tried with addresses of leads that are none of theirs.
DELETE FROM submission WHERE workspace_id = :workspace_id AND is_test = 1;

-- name: submission_test_any
-- one: n
SELECT COUNT(*) FROM (SELECT id FROM submission
    WHERE workspace_id = :workspace_id AND is_test = 1 LIMIT 1) t;

-- name: submission_get
-- in: id
-- one: id, form_id, form_version_id, lead_id, at_ms, state, answers:blob, is_test:i64
SELECT id, form_id, form_version_id, lead_id, at_ms, submission_state, answers, is_test FROM submission
WHERE workspace_id = :workspace_id AND id = :id;

-- name: submission_set_state
-- in: id, state
UPDATE submission SET submission_state = :state WHERE workspace_id = :workspace_id AND id = :id;

-- name: submission_last
-- The newest submissions with their lead and form, for the dashboard.
-- State 3: nobody can confirm it any more (refused, expired, replaced by a newer request).
-- in: limit
-- many: id, at_ms, state, lead_id, display_name, email, company, form_id, form_name
SELECT s.id, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.lead_id, l.display_name, l.email, l.text_11, s.form_id, f.name
FROM submission s
JOIN lead l ON l.workspace_id = s.workspace_id AND l.id = s.lead_id
JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
WHERE s.workspace_id = :workspace_id AND l.lead_state <> 2 AND s.is_test = 0 ORDER BY s.id DESC LIMIT :limit;

-- name: submission_count_since
-- Ids grow with time: those made since a moment stand behind the first id of it.
-- in: first_id
-- one: n
SELECT COUNT(*) FROM submission
WHERE workspace_id = :workspace_id AND id >= :first_id AND is_test = 0;

-- name: submission_of_lead
-- in: lead_id, limit
-- many: id, form_id, form_name, form_version_no, at_ms, state, answers:blob
SELECT s.id, s.form_id, f.name, v.version_no, s.at_ms,
    CASE WHEN s.submission_state = 1 AND NOT EXISTS (SELECT 1 FROM confirmation c
        WHERE c.workspace_id = :workspace_id AND c.lead_id = s.lead_id AND c.submission_id = s.id
            AND c.confirmation_state = 0) THEN 3 ELSE s.submission_state END,
    s.answers
FROM submission s
JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
JOIN form_version v ON v.workspace_id = s.workspace_id AND v.id = s.form_version_id
WHERE s.workspace_id = :workspace_id AND s.lead_id = :lead_id ORDER BY s.id DESC LIMIT :limit;

-- name: submission_delete_of_lead
-- in: lead_id
DELETE FROM submission WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: confirmation_newest_of_lead
-- in: lead_id
-- one: id
SELECT id FROM confirmation WHERE workspace_id = :workspace_id AND lead_id = :lead_id
ORDER BY id DESC LIMIT 1;

-- name: file_add
-- in: id, file_name, media_type, size_bytes, sha256:blob, user_id, now_ms
INSERT INTO file (workspace_id, id, name, media_type, size_bytes, sha256, user_id, created_ms)
VALUES (:workspace_id, :id, :file_name, :media_type, :size_bytes, :sha256, :user_id, :now_ms);

-- name: file_get
-- in: id
-- one: id, file_name, media_type, size_bytes, sha256:blob, created_ms
SELECT id, name, media_type, size_bytes, sha256, created_ms FROM file
WHERE workspace_id = :workspace_id AND id = :id;

-- name: file_list
-- in: limit
-- many: id, file_name, media_type, size_bytes, created_ms
SELECT id, name, media_type, size_bytes, created_ms FROM file
WHERE workspace_id = :workspace_id ORDER BY id DESC LIMIT :limit;

-- name: blob_add
-- in: sha256:blob, chunk_no, bytes:blob
INSERT INTO blob (workspace_id, sha256, chunk_no, bytes)
VALUES (:workspace_id, :sha256, :chunk_no, :bytes) ON CONFLICT DO NOTHING;

-- name: blob_get
-- in: sha256:blob, chunk_no
-- one: bytes:blob
SELECT bytes FROM blob WHERE workspace_id = :workspace_id AND sha256 = :sha256 AND chunk_no = :chunk_no;

-- name: form_day_add
-- in: form_id, day_n, views_n, starts_n
INSERT INTO form_day (workspace_id, form_id, day_n, views_n, starts_n)
VALUES (:workspace_id, :form_id, :day_n, :views_n, :starts_n)
ON CONFLICT (workspace_id, form_id, day_n) DO UPDATE SET views_n = form_day.views_n + excluded.views_n,
    starts_n = form_day.starts_n + excluded.starts_n;

-- name: form_left_add
-- in: form_id, version_no, field_key, left_n
INSERT INTO form_left (workspace_id, form_id, version_no, field_key, left_n)
VALUES (:workspace_id, :form_id, :version_no, :field_key, :left_n)
ON CONFLICT (workspace_id, form_id, version_no, field_key) DO UPDATE SET
    left_n = form_left.left_n + excluded.left_n;

-- name: form_days
-- in: form_id, from_n
-- many: day_n, views_n, starts_n
SELECT day_n, views_n, starts_n FROM form_day
WHERE workspace_id = :workspace_id AND form_id = :form_id AND day_n >= :from_n ORDER BY day_n DESC LIMIT 400;

-- name: form_left_list
-- in: form_id, version_no
-- many: field_key, left_n
SELECT field_key, left_n FROM form_left
WHERE workspace_id = :workspace_id AND form_id = :form_id AND version_no = :version_no LIMIT 200;

-- name: kiosk_add
-- in: id, form_id, stand, staff, campaign, from_day, to_day, idle_s:i64, signature:i64, secret:blob, user_id, now_ms
INSERT INTO kiosk (workspace_id, id, form_id, stand, staff, campaign, from_day, to_day, idle_s,
    signature_kind, secret, user_id, created_ms, seen_ms, revoked_ms)
VALUES (:workspace_id, :id, :form_id, :stand, :staff, :campaign, :from_day, :to_day, :idle_s,
    :signature, :secret, :user_id, :now_ms, 0, 0);

-- name: kiosk_get
-- in: id
-- one: id, form_id, stand, staff, campaign, from_day, to_day, idle_s:i64, signature:i64, secret:blob, created_ms, seen_ms, revoked_ms
SELECT id, form_id, stand, staff, campaign, from_day, to_day, idle_s, signature_kind, secret,
    created_ms, seen_ms, revoked_ms
FROM kiosk WHERE workspace_id = :workspace_id AND id = :id;

-- name: kiosk_running
-- How many of a form take something, or may yet.
-- in: form_id, from_day
-- one: n
SELECT COUNT(*) FROM kiosk WHERE workspace_id = :workspace_id AND form_id = :form_id
    AND revoked_ms = 0 AND to_day >= :from_day;

-- name: kiosk_list
-- First those that take something, or may yet: none of them falls off the list.
-- in: form_id, from_day, limit
-- many: id, form_id, stand, staff, campaign, from_day, to_day, idle_s:i64, signature:i64, created_ms, seen_ms, revoked_ms
SELECT id, form_id, stand, staff, campaign, from_day, to_day, idle_s, signature_kind, created_ms,
    seen_ms, revoked_ms
FROM kiosk WHERE workspace_id = :workspace_id AND form_id = :form_id
ORDER BY CASE WHEN revoked_ms = 0 AND to_day >= :from_day THEN 0 ELSE 1 END, id DESC LIMIT :limit;

-- name: kiosk_going
-- Those of all forms that take something, or may yet; the next to come first.
-- in: from_day, limit
-- many: id, form_id, stand
SELECT id, form_id, stand FROM kiosk
WHERE workspace_id = :workspace_id AND revoked_ms = 0 AND to_day >= :from_day
ORDER BY from_day, id LIMIT :limit;

-- name: kiosk_entries
-- How many came from a tablet, and when the last.
-- in: kiosk_id
-- one: n, last_ms
SELECT COUNT(*), COALESCE(MAX(at_ms), 0) FROM kiosk_entry
WHERE workspace_id = :workspace_id AND kiosk_id = :kiosk_id;

-- name: kiosk_revoke
-- in: id, now_ms
UPDATE kiosk SET revoked_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND revoked_ms = 0;

-- name: kiosk_seen
-- in: id, now_ms, before_ms
UPDATE kiosk SET seen_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND seen_ms < :before_ms;

-- name: kiosk_entry_add
-- No row changes where the entry has come before.
-- in: kiosk_id, entry_key, submission_id, now_ms, claimed_ms
INSERT INTO kiosk_entry (workspace_id, kiosk_id, entry_key, submission_id, at_ms, claimed_ms)
VALUES (:workspace_id, :kiosk_id, :entry_key, :submission_id, :now_ms, :claimed_ms)
ON CONFLICT DO NOTHING;

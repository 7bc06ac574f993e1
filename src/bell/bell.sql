-- What people are told inside the admin.

-- name: bell_put
-- in: user_id, kind, lead_id, about_id, id, by_user_id
INSERT INTO bell (workspace_id, user_id, bell_kind, lead_id, about_id, id, by_user_id, seen_ms)
VALUES (:workspace_id, :user_id, :kind, :lead_id, :about_id, :id, :by_user_id, 0)
ON CONFLICT DO NOTHING;

-- name: bell_unread
-- Nothing about leads beyond reach (base/reach.h).
-- in: user_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, kind, lead_id, lead_name, form_name, by_name
SELECT b.id, b.bell_kind, b.lead_id, COALESCE(l.display_name, ''), COALESCE(f.name, ''),
    COALESCE(u.name, '')
FROM bell b LEFT JOIN lead l ON l.workspace_id = b.workspace_id AND l.id = b.lead_id
    LEFT JOIN submission s ON s.workspace_id = b.workspace_id AND s.id = b.about_id
        AND b.bell_kind = 1
    LEFT JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
    LEFT JOIN app_user u ON u.id = b.by_user_id
WHERE b.workspace_id = :workspace_id AND b.user_id = :user_id AND b.seen_ms = 0
    AND (b.lead_id = 0 OR (l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine
        OR l.owner_user_id = :mine_too)) OR (l.lead_state = 4 AND :applicants = 1))
ORDER BY b.id DESC LIMIT :limit;

-- name: bell_seen
-- As bell_unread.
-- in: user_id, before_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- many: id, kind, lead_id, seen_ms, lead_name, form_name, by_name
SELECT b.id, b.bell_kind, b.lead_id, b.seen_ms, COALESCE(l.display_name, ''),
    COALESCE(f.name, ''), COALESCE(u.name, '')
FROM bell b LEFT JOIN lead l ON l.workspace_id = b.workspace_id AND l.id = b.lead_id
    LEFT JOIN submission s ON s.workspace_id = b.workspace_id AND s.id = b.about_id
        AND b.bell_kind = 1
    LEFT JOIN form f ON f.workspace_id = s.workspace_id AND f.id = s.form_id
    LEFT JOIN app_user u ON u.id = b.by_user_id
WHERE b.workspace_id = :workspace_id AND b.user_id = :user_id AND b.seen_ms > 0
    AND b.id < :before_id AND (b.lead_id = 0 OR (l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine
        OR l.owner_user_id = :mine_too)) OR (l.lead_state = 4 AND :applicants = 1))
ORDER BY b.id DESC LIMIT :limit;

-- name: bell_count
-- Counted to a hundred; of those that bell_unread gives.
-- in: user_id, any:i64, mine:i64, mine_too:i64, applicants:i64, limit
-- one: n
SELECT COUNT(*) FROM (SELECT b.id FROM bell b
    LEFT JOIN lead l ON l.workspace_id = b.workspace_id AND l.id = b.lead_id
    WHERE b.workspace_id = :workspace_id AND b.user_id = :user_id AND b.seen_ms = 0
        AND (b.lead_id = 0 OR (l.lead_state <> 4 AND (:any = 1 OR l.owner_user_id = :mine
        OR l.owner_user_id = :mine_too)) OR (l.lead_state = 4 AND :applicants = 1))
    LIMIT :limit) AS counted;

-- name: bell_get
-- in: user_id, id
-- one: kind, lead_id, seen_ms
SELECT bell_kind, lead_id, seen_ms FROM bell
WHERE workspace_id = :workspace_id AND user_id = :user_id AND id = :id;

-- name: bell_look
-- in: user_id, id, now_ms
UPDATE bell SET seen_ms = :now_ms
WHERE workspace_id = :workspace_id AND user_id = :user_id AND id = :id AND seen_ms = 0;

-- name: bell_look_all
-- in: user_id, id, now_ms
UPDATE bell SET seen_ms = :now_ms
WHERE workspace_id = :workspace_id AND user_id = :user_id AND id <= :id AND seen_ms = 0;

-- name: bell_erase
-- in: lead_id
DELETE FROM bell WHERE workspace_id = :workspace_id AND lead_id = :lead_id;

-- name: bell_forget
-- Older than anybody looks back.
-- scope: system
-- in: before_id
DELETE FROM bell WHERE id < :before_id;

-- name: bell_choice_get
-- in: user_id
-- one: here_off:i64, mail_off:i64
SELECT here_off, mail_off FROM bell_choice
WHERE workspace_id = :workspace_id AND user_id = :user_id;

-- name: bell_choice_put
-- in: user_id, here_off:i64, mail_off:i64
INSERT INTO bell_choice (workspace_id, user_id, here_off, mail_off)
VALUES (:workspace_id, :user_id, :here_off, :mail_off)
ON CONFLICT (workspace_id, user_id) DO UPDATE SET here_off = excluded.here_off,
    mail_off = excluded.mail_off;

-- Numbers kept as they change (tally.h).

-- name: tally_note
-- in: id, kind, about_id, at_ms, label, all_n, confirmed_n
INSERT INTO tally_change (workspace_id, id, tally_kind, about_id, at_ms, label, all_n, confirmed_n)
VALUES (:workspace_id, :id, :kind, :about_id, :at_ms, :label, :all_n, :confirmed_n);

-- name: tally_one
-- The number, and what has changed since.
-- in: kind, about_id
-- one: all_n, confirmed_n
SELECT CAST(COALESCE(SUM(x.all_n), 0) AS BIGINT), CAST(COALESCE(SUM(x.confirmed_n), 0) AS BIGINT)
FROM (SELECT all_n, confirmed_n FROM tally WHERE workspace_id = :workspace_id
        AND tally_kind = :kind AND about_id = :about_id
    UNION ALL SELECT all_n, confirmed_n FROM tally_change WHERE workspace_id = :workspace_id
        AND tally_kind = :kind AND about_id = :about_id) AS x;

-- name: tally_list
-- in: kind, limit
-- many: about_id, all_n, confirmed_n
SELECT x.about_id, CAST(SUM(x.all_n) AS BIGINT), CAST(SUM(x.confirmed_n) AS BIGINT)
FROM (SELECT about_id, all_n, confirmed_n FROM tally WHERE workspace_id = :workspace_id
        AND tally_kind = :kind
    UNION ALL SELECT about_id, all_n, confirmed_n FROM tally_change
        WHERE workspace_id = :workspace_id AND tally_kind = :kind) AS x
GROUP BY x.about_id ORDER BY x.about_id LIMIT :limit;

-- name: tally_days
-- in: kind, about_id, from_day, limit
-- many: day_n, all_n, confirmed_n
SELECT day_n, all_n, confirmed_n FROM tally WHERE workspace_id = :workspace_id
    AND tally_kind = :kind AND about_id = :about_id AND day_n >= :from_day
ORDER BY day_n LIMIT :limit;

-- name: tally_pending_days
-- What has changed since, by the quarter of an hour: which day that was is the clock's to say.
-- in: kind, about_id, limit
-- many: quarter_n, all_n, confirmed_n
SELECT at_ms / 900000, CAST(SUM(all_n) AS BIGINT), CAST(SUM(confirmed_n) AS BIGINT)
FROM tally_change WHERE workspace_id = :workspace_id AND tally_kind = :kind AND about_id = :about_id
GROUP BY 1 ORDER BY 1 LIMIT :limit;

-- name: tally_labels
-- in: kind, of_kind:i64, about_id, limit
-- many: label, all_n, confirmed_n
SELECT x.label, CAST(SUM(x.all_n) AS BIGINT) AS n, CAST(SUM(x.confirmed_n) AS BIGINT)
FROM (SELECT label, all_n, confirmed_n FROM tally WHERE workspace_id = :workspace_id
        AND tally_kind = :kind AND about_id = :about_id
    UNION ALL SELECT label, all_n, confirmed_n FROM tally_change
        WHERE workspace_id = :workspace_id AND tally_kind = :of_kind AND about_id = :about_id) AS x
GROUP BY x.label HAVING SUM(x.all_n) > 0 ORDER BY n DESC, x.label LIMIT :limit;

-- name: tally_change_some
-- in: after_id, limit
-- many: id, kind, about_id, at_ms, label, all_n, confirmed_n
SELECT id, tally_kind, about_id, at_ms, label, all_n, confirmed_n FROM tally_change
WHERE workspace_id = :workspace_id AND id > :after_id ORDER BY id LIMIT :limit;

-- name: tally_change_drop
-- Of these only what this snapshot has read: a later one may have a smaller id.
-- in: last_id
DELETE FROM tally_change WHERE workspace_id = :workspace_id AND id <= :last_id;

-- name: tally_add
-- in: kind, about_id, day_n, label, all_n, confirmed_n
INSERT INTO tally (workspace_id, tally_kind, about_id, day_n, label, all_n, confirmed_n)
VALUES (:workspace_id, :kind, :about_id, :day_n, :label, :all_n, :confirmed_n)
ON CONFLICT (workspace_id, tally_kind, about_id, day_n, label) DO UPDATE SET
    all_n = tally.all_n + excluded.all_n, confirmed_n = tally.confirmed_n + excluded.confirmed_n;

-- name: tally_drop_empty
-- in: kind, about_id, day_n, label
DELETE FROM tally WHERE workspace_id = :workspace_id AND tally_kind = :kind
    AND about_id = :about_id AND day_n = :day_n AND label = :label AND all_n = 0 AND confirmed_n = 0;

-- name: tally_changed_workspaces
-- scope: system
-- in: limit
-- many: of_workspace_id
SELECT DISTINCT workspace_id FROM tally_change ORDER BY workspace_id LIMIT :limit;

-- name: tally_clocks
-- On which clock each workspace was counted, and which it has; '': the one that goes without saying.
-- scope: system
-- in: limit
-- many: of_workspace_id, zone, wanted
SELECT k.workspace_id, k.zone, COALESCE(s.value, '') FROM tally_clock k
LEFT JOIN setting s ON s.workspace_id = k.workspace_id AND s.name = 'time_zone'
ORDER BY k.workspace_id LIMIT :limit;

-- name: tally_clock_get
-- one: zone
SELECT zone FROM tally_clock WHERE workspace_id = :workspace_id;

-- name: tally_clock_set
-- in: zone
INSERT INTO tally_clock (workspace_id, zone) VALUES (:workspace_id, :zone)
ON CONFLICT (workspace_id) DO UPDATE SET zone = excluded.zone;

-- name: tally_clock_hold
-- Changes nothing, and meets whoever else does so.
-- in: zone
UPDATE tally_clock SET zone = :zone WHERE workspace_id = :workspace_id AND zone = :zone;

-- name: tally_clock_touch
UPDATE tally_clock SET zone = zone WHERE workspace_id = :workspace_id;

-- name: tally_zone_set
-- one: changed_ms
SELECT COALESCE(MAX(changed_ms), 0) FROM setting
WHERE workspace_id = :workspace_id AND name = 'time_zone';

-- name: tally_going
-- scope: system
-- in: id
-- one: n
SELECT COUNT(*) FROM workspace WHERE id = :id AND archived_ms <> 0;

-- name: tally_leads
-- In the order of the key, whatever else there is an index of.
-- in: after_id, limit
-- many: id, campaign_id, created_ms, source, confirmed_n
SELECT id, campaign_id, created_ms, source, CASE WHEN email_state = 1 THEN 1 ELSE 0 END
FROM lead WHERE workspace_id = :workspace_id AND id > :after_id AND campaign_id <> 0
    AND +lead_state IN (0, 1)
ORDER BY id LIMIT :limit;

-- name: tally_submissions
-- in: after_id, limit
-- many: id, form_id, at_ms, confirmed_n
SELECT id, form_id, at_ms, CASE WHEN submission_state = 2 THEN 1 ELSE 0 END
FROM submission WHERE workspace_id = :workspace_id AND id > :after_id AND is_test = 0
ORDER BY id LIMIT :limit;

-- name: tally_page
-- in: kind, about_id, day_n, label, limit
-- many: kind, about_id, day_n, label, all_n, confirmed_n
SELECT tally_kind, about_id, day_n, label, all_n, confirmed_n FROM tally
WHERE workspace_id = :workspace_id
    AND (tally_kind, about_id, day_n, label) > (:kind, :about_id, :day_n, :label)
ORDER BY tally_kind, about_id, day_n, label LIMIT :limit;

-- name: tally_drop_empties
DELETE FROM tally WHERE workspace_id = :workspace_id AND all_n = 0 AND confirmed_n = 0;

-- name: tally_wrong_forms
-- one: n
SELECT COUNT(*) FROM (SELECT x.about_id FROM (
    SELECT about_id, all_n, confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind = 0
    UNION ALL SELECT about_id, all_n, confirmed_n FROM tally_change
        WHERE workspace_id = :workspace_id AND tally_kind = 0
    UNION ALL SELECT form_id, -1, CASE WHEN submission_state = 2 THEN -1 ELSE 0 END
        FROM submission WHERE workspace_id = :workspace_id AND is_test = 0) AS x
    GROUP BY x.about_id HAVING SUM(x.all_n) <> 0 OR SUM(x.confirmed_n) <> 0) AS y;

-- name: tally_wrong_campaigns
-- one: n
SELECT COUNT(*) FROM (SELECT x.about_id FROM (
    SELECT about_id, all_n, confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind = 2
    UNION ALL SELECT about_id, all_n, confirmed_n FROM tally_change
        WHERE workspace_id = :workspace_id AND tally_kind = 2
    UNION ALL SELECT campaign_id, -1, CASE WHEN email_state = 1 THEN -1 ELSE 0 END
        FROM lead WHERE workspace_id = :workspace_id AND campaign_id <> 0
        AND lead_state IN (0, 1)) AS x
    GROUP BY x.about_id HAVING SUM(x.all_n) <> 0 OR SUM(x.confirmed_n) <> 0) AS y;

-- name: tally_wrong_parts
-- Whose days or sources are together not the whole.
-- one: n
SELECT COUNT(*) FROM (SELECT x.kind_n, x.about_id FROM (
    SELECT tally_kind AS kind_n, about_id, all_n, confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind IN (1, 3, 4)
    UNION ALL SELECT 1, about_id, -all_n, -confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind = 0
    UNION ALL SELECT 3, about_id, -all_n, -confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind = 2
    UNION ALL SELECT 4, about_id, -all_n, -confirmed_n FROM tally
        WHERE workspace_id = :workspace_id AND tally_kind = 2) AS x
    GROUP BY x.kind_n, x.about_id HAVING SUM(x.all_n) <> 0 OR SUM(x.confirmed_n) <> 0) AS y;

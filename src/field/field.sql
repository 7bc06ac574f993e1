-- name: field_def_list
-- many: field_key, slot_no, type, label, options
SELECT field_key, slot_no, type, label, options FROM field_def
WHERE workspace_id = :workspace_id ORDER BY slot_no;

-- name: field_def_add
-- in: field_key, slot_no, type, label, options, now_ms
INSERT INTO field_def (workspace_id, field_key, slot_no, type, label, options, created_ms)
VALUES (:workspace_id, :field_key, :slot_no, :type, :label, :options, :now_ms);

-- name: field_def_set
-- in: field_key, label, options
UPDATE field_def SET label = :label, options = :options
WHERE workspace_id = :workspace_id AND field_key = :field_key;

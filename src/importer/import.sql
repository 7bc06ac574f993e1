-- name: import_add
-- Its file is not there yet.
-- in: id, user_id, actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head:blob, mapping, campaign_id, owner_user_id, source, data_key:blob, now_ms
INSERT INTO lead_import (workspace_id, id, import_state, user_id, actor_kind, permissions_n, lang,
    file_name, size_bytes, text_bytes, charset_kind, separator, head, mapping, known_kind, wrong_kind, source,
    campaign_id, owner_user_id, check_rows_n, check_new_n, check_known_n, check_twice_n,
    check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no,
    created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n, data_key, is_kept, created_ms, started_ms, moved_ms, ended_ms)
VALUES (:workspace_id, :id, 0, :user_id, :actor_kind, :permissions_n, :lang,
    :file_name, :size_bytes, :text_bytes, :charset_kind, :separator, :head, :mapping, 0, 0, :source,
    :campaign_id, :owner_user_id, 0, 0, 0, 0, 0, 0, 0, '[]', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, :data_key, 1,
    :now_ms, 0, 0, 0);

-- name: import_part_add
-- in: import_id, chunk_no, bytes:blob
INSERT INTO lead_import_part (workspace_id, import_id, chunk_no, bytes)
VALUES (:workspace_id, :import_id, :chunk_no, :bytes) ON CONFLICT DO NOTHING;

-- name: import_part_get
-- in: import_id, chunk_no
-- one: bytes:blob
SELECT bytes FROM lead_import_part
WHERE workspace_id = :workspace_id AND import_id = :import_id AND chunk_no = :chunk_no;

-- name: import_parts_delete
-- in: import_id
DELETE FROM lead_import_part WHERE workspace_id = :workspace_id AND import_id = :import_id;

-- name: import_taken
-- in: id, text_bytes
UPDATE lead_import SET import_state = 1, text_bytes = :text_bytes
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 0;

-- name: import_get
-- in: id
-- one: id, import_state, user_id, user_name, actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head:blob, mapping, known_kind, wrong_kind, source, campaign_id, campaign_name, owner_user_id, owner_name, check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no, created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n, data_key:blob, is_kept_n, created_ms, started_ms, moved_ms, ended_ms
SELECT id, import_state, user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = user_id), ''),
    actor_kind, permissions_n, lang, file_name, size_bytes, text_bytes, charset_kind, separator, head,
    mapping, known_kind, wrong_kind, source, campaign_id,
    COALESCE((SELECT c.name FROM campaign c WHERE c.workspace_id = :workspace_id
        AND c.id = lead_import.campaign_id), ''),
    owner_user_id,
    COALESCE((SELECT u.name FROM app_user u WHERE u.id = owner_user_id), ''),
    check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n,
    check_blocked_n, report, fault, fault_line_no, at_bytes, at_line_no, created_n, changed_n, same_n,
    left_n, refused_n, emptied_n, erased_n, data_key, is_kept, created_ms, started_ms, moved_ms, ended_ms
FROM lead_import WHERE workspace_id = :workspace_id AND id = :id AND import_state <> 0;

-- name: import_page
-- Newest first, older than an id.
-- in: before_id, limit
-- many: id
SELECT id FROM lead_import WHERE workspace_id = :workspace_id AND id < :before_id
    AND import_state <> 0 ORDER BY id DESC LIMIT :limit;

-- name: import_map
-- What the columns mean and what is wanted; only while nothing runs.
-- in: id, mapping, known_kind, wrong_kind, source, campaign_id, owner_user_id
UPDATE lead_import SET import_state = 2, mapping = :mapping, known_kind = :known_kind,
    wrong_kind = :wrong_kind, source = :source, campaign_id = :campaign_id, owner_user_id = :owner_user_id,
    check_rows_n = 0, check_new_n = 0, check_known_n = 0, check_twice_n = 0, check_refused_n = 0,
    check_wrong_n = 0, check_blocked_n = 0, report = '[]', fault = '', fault_line_no = 0
WHERE workspace_id = :workspace_id AND id = :id AND import_state IN (1, 2, 3);

-- name: import_checked
-- in: id, mapping, known_kind, wrong_kind, check_rows_n, check_new_n, check_known_n, check_twice_n, check_refused_n, check_wrong_n, check_blocked_n, report, fault, fault_line_no
UPDATE lead_import SET import_state = 3, check_rows_n = :check_rows_n, check_new_n = :check_new_n,
    check_known_n = :check_known_n, check_twice_n = :check_twice_n,
    check_refused_n = :check_refused_n, check_wrong_n = :check_wrong_n,
    check_blocked_n = :check_blocked_n, report = :report, fault = :fault,
    fault_line_no = :fault_line_no
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 2 AND mapping = :mapping
    AND known_kind = :known_kind AND wrong_kind = :wrong_kind;

-- name: import_begin
-- in: id, user_id, actor_kind, permissions_n, lang, now_ms
UPDATE lead_import SET import_state = 4, user_id = :user_id, actor_kind = :actor_kind,
    permissions_n = :permissions_n, lang = :lang, started_ms = :now_ms, moved_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 3 AND fault = '';

-- name: import_running
-- one: id
SELECT id FROM lead_import WHERE workspace_id = :workspace_id AND import_state = 4;

-- name: import_open
-- How many wait with their file, or run.
-- one: n
SELECT COUNT(*) FROM lead_import WHERE workspace_id = :workspace_id AND import_state < 5;

-- name: import_advance
-- From one place in the file to the next, once: who comes second changes no row.
-- in: id, from_bytes, at_bytes, at_line_no, now_ms
UPDATE lead_import SET at_bytes = :at_bytes, at_line_no = :at_line_no, moved_ms = :now_ms,
    fault = ''
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 4 AND at_bytes = :from_bytes;

-- name: import_count
-- in: id, created_n, changed_n, same_n, left_n, refused_n, emptied_n, erased_n
UPDATE lead_import SET created_n = created_n + :created_n, changed_n = changed_n + :changed_n,
    same_n = same_n + :same_n, left_n = left_n + :left_n, refused_n = refused_n + :refused_n,
    emptied_n = emptied_n + :emptied_n, erased_n = erased_n + :erased_n
WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_end
-- in: id, from_state, to_state, fault, now_ms
UPDATE lead_import SET import_state = :to_state, fault = :fault, ended_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = :from_state;

-- name: import_push
-- A run that stands still gets one more job; no row changes where it had one and has not moved since.
-- in: id, fault, now_ms
UPDATE lead_import SET fault = :fault, moved_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND import_state = 4 AND fault = '';

-- name: import_forget
-- in: id, nothing:blob
UPDATE lead_import SET is_kept = 0, head = :nothing, data_key = :nothing
WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_delete
-- in: id
DELETE FROM lead_import WHERE workspace_id = :workspace_id AND id = :id;

-- name: import_due
-- What its time is over for: files that nobody imported, runs that stand still, refused rows.
-- in: taken_ms, waits_ms, moved_ms, ended_ms, limit
-- many: id, import_state
SELECT id, import_state FROM lead_import WHERE workspace_id = :workspace_id
    AND ((import_state = 0 AND created_ms < :taken_ms)
        OR (import_state IN (1, 2, 3) AND created_ms < :waits_ms)
        OR (import_state = 4 AND moved_ms < :moved_ms)
        OR (import_state > 4 AND is_kept = 1 AND ended_ms < :ended_ms))
ORDER BY id LIMIT :limit;

-- name: import_refused_add
-- append:
-- in: import_id, line_no, value_hash:i64, body:blob
INSERT INTO lead_import_refused (workspace_id, import_id, line_no, value_hash, body)
VALUES (:workspace_id, :import_id, :line_no, :value_hash, :body) ON CONFLICT DO NOTHING;

-- name: import_refused_page
-- in: import_id, after_no, limit
-- many: line_no, body:blob
SELECT line_no, body FROM lead_import_refused
WHERE workspace_id = :workspace_id AND import_id = :import_id AND line_no > :after_no
ORDER BY line_no LIMIT :limit;

-- name: import_refused_clear
-- in: import_id, up_to_no
DELETE FROM lead_import_refused
WHERE workspace_id = :workspace_id AND import_id = :import_id AND line_no <= :up_to_no;

-- name: import_refused_erase
-- in: value_hash:i64
DELETE FROM lead_import_refused WHERE workspace_id = :workspace_id AND value_hash = :value_hash;

-- name: import_erased_add
-- For every file that is there and not yet written to its end.
-- in: value_hash:i64
INSERT INTO lead_import_erased (workspace_id, import_id, value_hash)
SELECT :workspace_id, id, :value_hash FROM lead_import
WHERE workspace_id = :workspace_id AND import_state < 5
ON CONFLICT DO NOTHING;

-- name: import_turn
-- A batch that is being written meets whoever erases: of the two the second begins again.
UPDATE lead_import SET moved_ms = moved_ms WHERE workspace_id = :workspace_id AND import_state = 4;

-- name: import_erased_any
-- in: import_id
-- one: n
SELECT COUNT(*) FROM (SELECT 1 AS x FROM lead_import_erased WHERE workspace_id = :workspace_id
    AND import_id = :import_id LIMIT 1) AS counted;

-- name: import_erased_of
-- Which of up to 80 addresses.
-- in: import_id, hash_01..hash_80:i64
-- many: value_hash:i64
SELECT value_hash FROM lead_import_erased
WHERE workspace_id = :workspace_id AND import_id = :import_id AND value_hash IN (:hash_01..hash_80);

-- name: import_erased_delete
-- in: import_id
DELETE FROM lead_import_erased WHERE workspace_id = :workspace_id AND import_id = :import_id;

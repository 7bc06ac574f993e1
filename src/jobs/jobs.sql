-- name: job_insert
-- A row that is there already (a periodic one) stays as it is.
-- scope: system
-- in: slot:i64, id, of_workspace_id, queue, run_at_ms, payload
INSERT INTO job (slot, id, of_workspace_id, queue, job_state, run_at_ms, lease_until_ms,
    lease_token, attempts_n, payload, last_error)
VALUES (:slot, :id, :of_workspace_id, :queue, 0, :run_at_ms, 0, 0, 0, :payload, '')
ON CONFLICT DO NOTHING;

-- name: job_bring_forward
-- A period that became shorter counts from now on.
-- scope: system
-- in: slot:i64, id, run_at_ms
UPDATE job SET run_at_ms = :run_at_ms
WHERE slot = :slot AND id = :id AND job_state = 0 AND run_at_ms > :run_at_ms;

-- name: job_void_leases
-- scope: system
UPDATE job SET job_state = 0 WHERE job_state = 1;

-- name: job_next
-- Where and when the next job of a kind is due: one seek a slot.
-- scope: system
-- in: queue
-- one: slot:i64, run_at_ms
WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 63)
SELECT d.slot, d.run_at_ms FROM (
    SELECT s.n AS slot, (SELECT MIN(j.run_at_ms) FROM job j
                         WHERE j.slot = s.n AND j.queue = :queue AND j.job_state = 0) AS run_at_ms
    FROM s) d
WHERE d.run_at_ms IS NOT NULL ORDER BY d.run_at_ms LIMIT 1;

-- name: job_claim
-- scope: system
-- in: slot:i64, queue, now_ms, lease_until_ms, lease_token:i64
-- one: id, of_workspace_id, attempts_n, payload
UPDATE job SET job_state = 1, lease_until_ms = :lease_until_ms, lease_token = :lease_token,
    attempts_n = attempts_n + 1
WHERE slot = :slot AND job_state = 0 AND id IN (
    SELECT id FROM job WHERE slot = :slot AND queue = :queue AND job_state = 0
        AND run_at_ms <= :now_ms ORDER BY run_at_ms LIMIT 1)
RETURNING id, of_workspace_id, attempts_n, payload;

-- name: job_claim
-- One that another node is just taking is passed over, and nobody waits.
-- only: postgres
-- scope: system
UPDATE job SET job_state = 1, lease_until_ms = :lease_until_ms, lease_token = :lease_token,
    attempts_n = attempts_n + 1
WHERE slot = :slot AND job_state = 0 AND id = (
    SELECT id FROM job WHERE slot = :slot AND queue = :queue AND job_state = 0
        AND run_at_ms <= :now_ms ORDER BY run_at_ms LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id, of_workspace_id, attempts_n, payload;

-- name: job_leased
-- What is in hand of a kind.
-- scope: system
-- in: queue
-- many: slot:i64, id, lease_token:i64, lease_until_ms
WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < 63)
SELECT j.slot, j.id, j.lease_token, j.lease_until_ms FROM s JOIN job j ON j.slot = s.n
WHERE j.queue = :queue AND j.job_state = 1 LIMIT 1000;

-- name: job_release
-- Unless it was renewed since somebody looked.
-- scope: system
-- in: slot:i64, id, lease_token:i64, lease_until_ms
UPDATE job SET job_state = 0
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token
    AND lease_until_ms = :lease_until_ms;

-- name: job_lease_extend
-- scope: system
-- in: slot:i64, id, lease_token:i64, lease_until_ms
UPDATE job SET lease_until_ms = :lease_until_ms
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token;

-- name: job_lease_holds
-- scope: system
-- in: slot:i64, id, lease_token:i64
-- one: id
SELECT id FROM job
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token;

-- name: job_lease_holds
-- And nobody takes it away before this transaction is over.
-- only: postgres
-- scope: system
SELECT id FROM job
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token FOR UPDATE;

-- name: job_delete
-- Done; unless the lease went to somebody else meanwhile.
-- scope: system
-- in: slot:i64, id, lease_token:i64
DELETE FROM job
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token;

-- name: job_settle
-- It comes back, or is a dead letter (state 2); run_at_ms is then when it was given up.
-- scope: system
-- in: slot:i64, id, lease_token:i64, state, run_at_ms, attempts_n, last_error
UPDATE job SET job_state = :state, run_at_ms = :run_at_ms, attempts_n = :attempts_n,
    last_error = :last_error
WHERE slot = :slot AND id = :id AND job_state = 1 AND lease_token = :lease_token;

-- name: job_dead_letters
-- scope: system
-- in: of_workspace_id
-- many: id, queue, run_at_ms, attempts_n, last_error
SELECT id, queue, run_at_ms, attempts_n, last_error FROM job
WHERE of_workspace_id = :of_workspace_id AND job_state = 2 ORDER BY id LIMIT 200;

-- name: job_dead_letter
-- scope: system
-- in: slot:i64, id, of_workspace_id
-- one: queue, run_at_ms, attempts_n, last_error
SELECT queue, run_at_ms, attempts_n, last_error FROM job
WHERE slot = :slot AND id = :id AND of_workspace_id = :of_workspace_id AND job_state = 2;

-- name: job_dead_letter_count
-- Above every page, hence not of more than anybody wants to know.
-- scope: system
-- in: of_workspace_id
-- one: n
SELECT COUNT(*) AS n FROM (SELECT id FROM job
    WHERE of_workspace_id = :of_workspace_id AND job_state = 2 LIMIT 200) d;

-- name: job_discard
-- scope: system
-- in: slot:i64, id, of_workspace_id
DELETE FROM job
WHERE slot = :slot AND id = :id AND of_workspace_id = :of_workspace_id AND job_state = 2;

-- name: job_dead_letters_forget
-- scope: system
-- in: of_workspace_id, until_ms
DELETE FROM job
WHERE of_workspace_id = :of_workspace_id AND job_state = 2 AND run_at_ms <= :until_ms;

-- name: job_dead_letters_of_kind_delete
-- scope: system
-- in: of_workspace_id, queue
DELETE FROM job
WHERE of_workspace_id = :of_workspace_id AND job_state = 2 AND queue = :queue;

-- name: job_revive
-- scope: system
-- in: slot:i64, id, of_workspace_id, now_ms
UPDATE job SET job_state = 0, run_at_ms = :now_ms, attempts_n = 0
WHERE slot = :slot AND id = :id AND of_workspace_id = :of_workspace_id AND job_state = 2;

-- People, their memberships, sessions, tokens and links. app_user, session, one_time_link and
-- sign_in_throttle belong to the installation, membership and api_token to a workspace.

-- name: user_count
-- People who can sign in: the demo's colleagues cannot.
-- one: n
-- scope: system
SELECT COUNT(*) FROM app_user WHERE password_hash <> '';

-- name: user_add
-- scope: system
-- in: id, email, user_name, password_hash, lang, now_ms, last_sign_in_ms
INSERT INTO app_user (id, email, name, password_hash, lang, theme, created_ms, last_sign_in_ms)
VALUES (:id, :email, :user_name, :password_hash, :lang, '', :now_ms, :last_sign_in_ms);

-- name: user_seat
-- An administrator of this workspace who cannot sign in: the demo keeps the seat free.
-- in: role_kind
-- one: id
SELECT u.id FROM membership m JOIN app_user u ON u.id = m.user_id AND u.password_hash = ''
WHERE m.workspace_id = :workspace_id AND m.role_kind = :role_kind AND m.disabled_ms = 0
ORDER BY u.id LIMIT 1;

-- name: user_take_seat
-- scope: system
-- in: id, email, user_name, password_hash, lang, last_sign_in_ms
UPDATE app_user SET email = :email, name = :user_name, password_hash = :password_hash, lang = :lang,
    last_sign_in_ms = :last_sign_in_ms
WHERE id = :id AND password_hash = '';

-- name: user_by_email
-- With the membership in this workspace, role_kind 0 if there is none; totp_ms: when the second step
-- was switched on, 0 if it was not.
-- in: email
-- one: id, user_name, password_hash, lang, role_kind, disabled_ms, rights:i64, totp_ms
SELECT u.id, u.name, u.password_hash, u.lang, COALESCE(m.role_kind, 0), COALESCE(m.disabled_ms, 0),
    COALESCE(m.rights, 0), COALESCE(t.enabled_ms, 0)
FROM app_user u LEFT JOIN membership m ON m.workspace_id = :workspace_id AND m.user_id = u.id
    LEFT JOIN user_totp t ON t.user_id = u.id
WHERE u.email = :email;

-- name: user_get
-- in: id
-- one: id, email, user_name, password_hash, lang, theme, role_kind, disabled_ms, rights:i64, totp_ms
SELECT u.id, u.email, u.name, u.password_hash, u.lang, u.theme, COALESCE(m.role_kind, 0),
    COALESCE(m.disabled_ms, 0), COALESCE(m.rights, 0), COALESCE(t.enabled_ms, 0)
FROM app_user u LEFT JOIN membership m ON m.workspace_id = :workspace_id AND m.user_id = u.id
    LEFT JOIN user_totp t ON t.user_id = u.id
WHERE u.id = :id;

-- name: user_update
-- scope: system
-- in: id, user_name, lang, theme
UPDATE app_user SET name = :user_name, lang = :lang, theme = :theme WHERE id = :id;

-- name: user_change_password
-- No row changed: the password was changed since it was checked.
-- scope: system
-- in: id, password_hash, old_hash
UPDATE app_user SET password_hash = :password_hash WHERE id = :id AND password_hash = :old_hash;

-- name: user_set_password
-- scope: system
-- in: id, password_hash
UPDATE app_user SET password_hash = :password_hash WHERE id = :id;

-- name: user_signed_in
-- No row changed: the password was changed since it was checked.
-- scope: system
-- in: id, password_hash, old_hash, now_ms
UPDATE app_user SET last_sign_in_ms = :now_ms, password_hash = :password_hash
WHERE id = :id AND password_hash = :old_hash;

-- name: member_list
-- Everybody of this workspace, by name.
-- many: id, email, user_name, role_kind, created_ms, disabled_ms, last_sign_in_ms, rights:i64, totp_ms, seen_ms
SELECT u.id, u.email, u.name, m.role_kind, m.created_ms, m.disabled_ms, u.last_sign_in_ms, m.rights,
    COALESCE(t.enabled_ms, 0), COALESCE((SELECT MAX(s.seen_ms) FROM session s
        WHERE s.user_id = u.id AND s.of_workspace_id = :workspace_id), 0)
FROM membership m JOIN app_user u ON u.id = m.user_id LEFT JOIN user_totp t ON t.user_id = u.id
WHERE m.workspace_id = :workspace_id ORDER BY u.name, u.id LIMIT 1000;

-- name: member_put
-- scope: system
-- in: of_workspace_id, user_id, role_kind, now_ms
INSERT INTO membership (workspace_id, user_id, role_kind, created_ms, disabled_ms)
VALUES (:of_workspace_id, :user_id, :role_kind, :now_ms, 0)
ON CONFLICT (workspace_id, user_id) DO UPDATE SET role_kind = excluded.role_kind;

-- name: member_role
-- scope: system
-- in: of_workspace_id, user_id
-- one: role_kind, disabled_ms, rights:i64
SELECT role_kind, disabled_ms, rights
FROM membership
WHERE workspace_id = :of_workspace_id AND user_id = :user_id;

-- name: member_turn
-- Nothing changes but the row's version: whoever is shut out at the same moment gets nothing new.
-- No row changed: no member, or disabled.
-- in: user_id
UPDATE membership SET created_ms = created_ms
WHERE workspace_id = :workspace_id AND user_id = :user_id AND disabled_ms = 0;

-- name: member_set_disabled
-- in: user_id, disabled_ms
UPDATE membership SET disabled_ms = :disabled_ms
WHERE workspace_id = :workspace_id AND user_id = :user_id;

-- name: member_set_rights
-- in: user_id, rights:i64
UPDATE membership SET rights = :rights WHERE workspace_id = :workspace_id AND user_id = :user_id;

-- name: member_elsewhere
-- In how many workspaces somebody works that another does not administer.
-- scope: system
-- in: user_id, administrator_id, role_kind
-- one: n
SELECT COUNT(*) FROM membership m WHERE m.user_id = :user_id AND m.disabled_ms = 0
    AND NOT EXISTS (SELECT 1 FROM membership a WHERE a.workspace_id = m.workspace_id
        AND a.user_id = :administrator_id AND a.role_kind = :role_kind AND a.disabled_ms = 0);

-- name: member_delete
-- in: user_id
DELETE FROM membership WHERE workspace_id = :workspace_id AND user_id = :user_id;

-- name: administrators_besides
-- in: user_id, role_kind
-- one: n
SELECT COUNT(*) FROM membership WHERE workspace_id = :workspace_id AND role_kind = :role_kind
    AND disabled_ms = 0 AND user_id <> :user_id;

-- name: session_add
-- scope: system
-- in: secret_hash:blob, id, user_id, of_workspace_id, now_ms, idle_ms, expires_ms, csrf, user_agent
INSERT INTO session (secret_hash, id, user_id, of_workspace_id, created_ms, seen_ms, idle_ms,
    expires_ms, csrf, user_agent, proved_ms)
VALUES (:secret_hash, :id, :user_id, :of_workspace_id, :now_ms, :now_ms, :idle_ms, :expires_ms,
    :csrf, :user_agent, :now_ms);

-- name: session_find
-- A session that still holds, of a member of this workspace who is not disabled.
-- in: secret_hash:blob, now_ms
-- one: id, user_id, seen_ms, proved_ms, csrf, user_name, email, lang, theme, role_kind, rights:i64, tour_n, keys_n, news_seen
SELECT s.id, s.user_id, s.seen_ms, s.proved_ms, s.csrf, u.name, u.email, u.lang, u.theme,
    m.role_kind, m.rights, u.tour_n, u.keys_n, u.news_seen
FROM session s JOIN app_user u ON u.id = s.user_id
    JOIN membership m ON m.workspace_id = :workspace_id AND m.user_id = s.user_id
WHERE s.secret_hash = :secret_hash AND s.expires_ms > :now_ms AND s.seen_ms + s.idle_ms > :now_ms
    AND m.disabled_ms = 0;

-- name: session_seen
-- scope: system
-- in: id, user_id, now_ms
UPDATE session SET seen_ms = :now_ms
WHERE user_id = :user_id AND id = :id AND seen_ms < :now_ms;

-- name: session_proved
-- scope: system
-- in: id, user_id, now_ms
UPDATE session SET proved_ms = :now_ms WHERE user_id = :user_id AND id = :id;

-- name: session_list
-- Somebody's sessions that still hold, the last used first.
-- scope: system
-- in: user_id, now_ms
-- many: id, created_ms, seen_ms, expires_ms, user_agent
SELECT id, created_ms, seen_ms, expires_ms, user_agent FROM session
WHERE user_id = :user_id AND expires_ms > :now_ms AND seen_ms + idle_ms > :now_ms
ORDER BY seen_ms DESC, id DESC LIMIT 100;

-- name: session_end
-- scope: system
-- in: id, user_id
DELETE FROM session WHERE user_id = :user_id AND id = :id;

-- name: session_end_others
-- scope: system
-- in: user_id, id
DELETE FROM session WHERE user_id = :user_id AND id <> :id;

-- name: session_end_here
-- What somebody signed in to in one workspace.
-- scope: system
-- in: user_id, of_workspace_id
DELETE FROM session WHERE user_id = :user_id AND of_workspace_id = :of_workspace_id;

-- name: session_sweep
-- A few of the sessions that ended, so that the table stays small.
-- scope: system
-- in: now_ms, limit
DELETE FROM session WHERE secret_hash IN
    (SELECT secret_hash FROM session WHERE expires_ms <= :now_ms LIMIT :limit);

-- name: session_sweep
-- Those that another transaction sweeps away are passed over.
-- only: postgres
-- scope: system
DELETE FROM session WHERE secret_hash = ANY (ARRAY
    (SELECT secret_hash FROM session WHERE expires_ms <= :now_ms LIMIT :limit
     FOR UPDATE SKIP LOCKED));

-- name: sales_sees
-- Which leads sales see here; a statement of its own, for a session lies elsewhere than settings.
-- one: sees
SELECT value FROM setting WHERE workspace_id = :workspace_id AND name = 'sales_sees';

-- name: token_add
-- in: id, user_id, token_name, secret_hash:blob, scopes:i64, now_ms, expires_ms
INSERT INTO api_token (workspace_id, id, user_id, name, secret_hash, scopes, created_ms,
    expires_ms, used_ms, revoked_ms)
VALUES (:workspace_id, :id, :user_id, :token_name, :secret_hash, :scopes, :now_ms, :expires_ms,
    0, 0);

-- name: token_find
-- A token of this workspace that still holds, of a member who is not disabled.
-- in: secret_hash:blob, now_ms
-- one: id, user_id, scopes:i64, used_ms, user_name, email, lang, theme, role_kind, rights:i64
SELECT t.id, t.user_id, t.scopes, t.used_ms, u.name, u.email, u.lang, u.theme, m.role_kind, m.rights
FROM api_token t JOIN app_user u ON u.id = t.user_id
    JOIN membership m ON m.workspace_id = :workspace_id AND m.user_id = t.user_id
WHERE t.workspace_id = :workspace_id AND t.secret_hash = :secret_hash AND t.revoked_ms = 0
    AND (t.expires_ms = 0 OR t.expires_ms > :now_ms) AND m.disabled_ms = 0;

-- name: token_used
-- in: id, now_ms
UPDATE api_token SET used_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND used_ms < :now_ms;

-- name: token_list
-- in: user_id
-- many: id, token_name, scopes:i64, created_ms, expires_ms, used_ms, revoked_ms
SELECT id, name, scopes, created_ms, expires_ms, used_ms, revoked_ms FROM api_token
WHERE workspace_id = :workspace_id AND user_id = :user_id AND revoked_ms = 0
ORDER BY id DESC LIMIT 200;

-- name: token_revoke
-- in: id, user_id, now_ms
UPDATE api_token SET revoked_ms = :now_ms
WHERE workspace_id = :workspace_id AND id = :id AND user_id = :user_id AND revoked_ms = 0;

-- name: token_revoke_all
-- in: user_id, now_ms
UPDATE api_token SET revoked_ms = :now_ms
WHERE workspace_id = :workspace_id AND user_id = :user_id AND revoked_ms = 0;

-- name: link_add
-- scope: system
-- in: secret_hash:blob, id, link_kind, of_workspace_id, user_id, email, role_kind, now_ms,
--   expires_ms
INSERT INTO one_time_link (secret_hash, id, link_kind, of_workspace_id, user_id, email, role_kind,
    created_ms, expires_ms, used_ms)
VALUES (:secret_hash, :id, :link_kind, :of_workspace_id, :user_id, :email, :role_kind, :now_ms,
    :expires_ms, 0);

-- name: link_find
-- scope: system
-- in: secret_hash:blob, link_kind
-- one: id, of_workspace_id, user_id, email, role_kind, expires_ms, used_ms
SELECT id, of_workspace_id, user_id, email, role_kind, expires_ms, used_ms FROM one_time_link
WHERE secret_hash = :secret_hash AND link_kind = :link_kind;

-- name: link_use
-- One row changed: the link held, and is used up now.
-- scope: system
-- in: secret_hash:blob, link_kind, now_ms
UPDATE one_time_link SET used_ms = :now_ms
WHERE secret_hash = :secret_hash AND link_kind = :link_kind AND used_ms = 0
    AND expires_ms > :now_ms;

-- name: link_void_kind
-- scope: system
-- in: link_kind
DELETE FROM one_time_link WHERE link_kind = :link_kind;

-- name: link_void_of_user
-- scope: system
-- in: link_kind, user_id
DELETE FROM one_time_link WHERE link_kind = :link_kind AND user_id = :user_id AND used_ms = 0;

-- name: link_void_of_email
-- scope: system
-- in: link_kind, of_workspace_id, email
DELETE FROM one_time_link WHERE link_kind = :link_kind AND of_workspace_id = :of_workspace_id
    AND email = :email AND used_ms = 0;

-- name: link_void_of_member
-- scope: system
-- in: link_kind, of_workspace_id, user_id
DELETE FROM one_time_link WHERE link_kind = :link_kind AND of_workspace_id = :of_workspace_id
    AND email = (SELECT email FROM app_user WHERE id = :user_id) AND used_ms = 0;

-- name: link_void
-- scope: system
-- in: link_kind, of_workspace_id, id
DELETE FROM one_time_link WHERE link_kind = :link_kind AND of_workspace_id = :of_workspace_id
    AND id = :id AND used_ms = 0;

-- name: link_pending
-- scope: system
-- in: link_kind, of_workspace_id, now_ms
-- many: id, email, role_kind, created_ms, expires_ms
SELECT id, email, role_kind, created_ms, expires_ms FROM one_time_link
WHERE link_kind = :link_kind AND of_workspace_id = :of_workspace_id AND used_ms = 0
    AND expires_ms > :now_ms
ORDER BY id DESC LIMIT 200;

-- name: link_sweep
-- scope: system
-- in: before_ms, limit
DELETE FROM one_time_link WHERE secret_hash IN
    (SELECT secret_hash FROM one_time_link WHERE expires_ms <= :before_ms LIMIT :limit);

-- name: link_sweep
-- only: postgres
-- scope: system
DELETE FROM one_time_link WHERE secret_hash = ANY (ARRAY
    (SELECT secret_hash FROM one_time_link WHERE expires_ms <= :before_ms LIMIT :limit
     FOR UPDATE SKIP LOCKED));

-- name: throttle_get
-- scope: system
-- in: key_hash:blob
-- one: failures_n, window_ms, blocked_until_ms
SELECT failures_n, window_ms, blocked_until_ms FROM sign_in_throttle WHERE key_hash = :key_hash;

-- name: throttle_put
-- scope: system
-- in: key_hash:blob, failures_n, window_ms, blocked_until_ms
INSERT INTO sign_in_throttle (key_hash, failures_n, window_ms, blocked_until_ms)
VALUES (:key_hash, :failures_n, :window_ms, :blocked_until_ms)
ON CONFLICT (key_hash) DO UPDATE SET failures_n = excluded.failures_n,
    window_ms = excluded.window_ms, blocked_until_ms = excluded.blocked_until_ms;

-- name: throttle_delete
-- scope: system
-- in: key_hash:blob
DELETE FROM sign_in_throttle WHERE key_hash = :key_hash;

-- name: throttle_sweep
-- scope: system
-- in: before_ms, limit
DELETE FROM sign_in_throttle WHERE key_hash IN
    (SELECT key_hash FROM sign_in_throttle
     WHERE window_ms < :before_ms AND blocked_until_ms < :before_ms LIMIT :limit);

-- name: throttle_sweep
-- only: postgres
-- scope: system
DELETE FROM sign_in_throttle WHERE key_hash = ANY (ARRAY
    (SELECT key_hash FROM sign_in_throttle
     WHERE window_ms < :before_ms AND blocked_until_ms < :before_ms LIMIT :limit
     FOR UPDATE SKIP LOCKED));

-- name: totp_get
-- scope: system
-- in: user_id
-- one: secret:blob, enabled_ms, last_step:i64
SELECT secret, enabled_ms, last_step FROM user_totp WHERE user_id = :user_id;

-- name: totp_begin
-- One that is on stays as it is: no row changed.
-- scope: system
-- in: user_id, secret:blob
INSERT INTO user_totp (user_id, secret, enabled_ms, last_step) VALUES (:user_id, :secret, 0, 0)
ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret WHERE user_totp.enabled_ms = 0;

-- name: totp_enable
-- scope: system
-- in: user_id, secret:blob, now_ms, step:i64
UPDATE user_totp SET enabled_ms = :now_ms, last_step = :step
WHERE user_id = :user_id AND secret = :secret AND enabled_ms = 0;

-- name: totp_take
-- No row changed: this step's code, or a later one's, has been used.
-- scope: system
-- in: user_id, step:i64
UPDATE user_totp SET last_step = :step
WHERE user_id = :user_id AND enabled_ms <> 0 AND last_step < :step;

-- name: totp_delete
-- scope: system
-- in: user_id
DELETE FROM user_totp WHERE user_id = :user_id;

-- name: recovery_add
-- scope: system
-- in: user_id, code_hash:blob
INSERT INTO recovery_code (user_id, code_hash) VALUES (:user_id, :code_hash);

-- name: recovery_use
-- scope: system
-- in: user_id, code_hash:blob
DELETE FROM recovery_code WHERE user_id = :user_id AND code_hash = :code_hash;

-- name: recovery_delete
-- scope: system
-- in: user_id
DELETE FROM recovery_code WHERE user_id = :user_id;

-- name: recovery_count
-- scope: system
-- in: user_id
-- one: n
SELECT COUNT(*) FROM recovery_code WHERE user_id = :user_id;

-- name: workspaces_of_user
-- Where somebody works, the default workspace first.
-- scope: system
-- in: user_id
-- many: id, ws_name, host
SELECT w.id, w.name, w.host FROM membership m JOIN workspace w ON w.id = m.workspace_id
WHERE m.user_id = :user_id AND m.disabled_ms = 0 AND w.archived_ms = 0 ORDER BY w.id LIMIT 200;

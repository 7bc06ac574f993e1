-- Workspaces, the people who work in them, and what they did.
-- One text for every engine: BIGINT, TEXT and BYTEA only; booleans are 0/1.

CREATE TABLE workspace (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    host TEXT NOT NULL,            -- public host name; '' for the first, which is the default
    created_ms BIGINT NOT NULL,
    archived_ms BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX workspace_host ON workspace (host);

-- People are global; membership says where they work and as what.
CREATE TABLE app_user (
    id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,   -- Argon2id; made when an invitation is accepted
    lang TEXT NOT NULL,            -- 'de', 'en'
    theme TEXT NOT NULL,           -- '', 'light', 'dark'
    created_ms BIGINT NOT NULL,
    last_sign_in_ms BIGINT NOT NULL DEFAULT 0,
    tour_n BIGINT NOT NULL DEFAULT 0,     -- the tour's step, from 0; -1: over
    keys_n BIGINT NOT NULL DEFAULT 1,     -- 0: no keyboard shortcuts
    news_seen TEXT NOT NULL DEFAULT ''    -- version whose news were looked at
);
CREATE UNIQUE INDEX app_user_email ON app_user (email);

CREATE TABLE membership (
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    role_kind BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    disabled_ms BIGINT NOT NULL DEFAULT 0, -- of one workspace: another's is not its business
    rights BIGINT NOT NULL DEFAULT 0, -- bits of enum permission, beyond the role
    PRIMARY KEY (workspace_id, user_id)
);
CREATE INDEX membership_user ON membership (user_id, workspace_id);

CREATE TABLE session (
    secret_hash BYTEA NOT NULL PRIMARY KEY, -- SHA-256 of the cookie's secret
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    of_workspace_id BIGINT NOT NULL, -- where somebody signed in
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,       -- to a minute
    idle_ms BIGINT NOT NULL,       -- ends that long after it was last seen …
    expires_ms BIGINT NOT NULL,    -- … and then in any case
    csrf TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    proved_ms BIGINT NOT NULL DEFAULT 0 -- when the password was given last
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_expiry ON session (expires_ms);

CREATE TABLE api_token (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    secret_hash BYTEA NOT NULL,
    scopes BIGINT NOT NULL,        -- bits of enum permission
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,    -- 0: never
    used_ms BIGINT NOT NULL,
    revoked_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX api_token_secret ON api_token (secret_hash);

-- Links that work once: first administrator, invitation, reset, second step of a sign-in.
CREATE TABLE one_time_link (
    secret_hash BYTEA NOT NULL PRIMARY KEY,
    id BIGINT NOT NULL,
    link_kind BIGINT NOT NULL,
    of_workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    email TEXT NOT NULL,
    role_kind BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    used_ms BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX one_time_link_workspace ON one_time_link (of_workspace_id, link_kind);

-- The second step of signing in. Written at each of them, hence apart from app_user.
CREATE TABLE user_totp (
    user_id BIGINT NOT NULL PRIMARY KEY,
    secret BYTEA NOT NULL,         -- sealed
    enabled_ms BIGINT NOT NULL,    -- 0: shown, no code came yet
    last_step BIGINT NOT NULL      -- of the last code: none is taken twice
);

CREATE TABLE recovery_code (
    user_id BIGINT NOT NULL,
    code_hash BYTEA NOT NULL,      -- keyed; the row goes when the code is used
    PRIMARY KEY (user_id, code_hash)
);

-- Throttling of sign-ins: exact, therefore rows. The key is a keyed hash of address or network.
CREATE TABLE sign_in_throttle (
    key_hash BYTEA NOT NULL PRIMARY KEY,
    failures_n BIGINT NOT NULL,
    window_ms BIGINT NOT NULL,
    blocked_until_ms BIGINT NOT NULL
);

CREATE TABLE audit (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor_kind BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    action TEXT NOT NULL,          -- 'lead.update'
    object_type TEXT NOT NULL,     -- 'lead'
    object_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,       -- whose key seals the detail; 0: the workspace's secret key
    detail BYTEA,                  -- sealed JSON
    prev_hash BYTEA NOT NULL,      -- of the audit chain
    hash BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, prev_hash) -- one entry follows another: the chain cannot fork
);

CREATE TABLE setting (
    workspace_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_ms BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

-- Logos: of a workspace (the setting "logo" names it) and of forms (their definitions do). An id is
-- another with each, and part of its address.
CREATE TABLE logo (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- A logo that was sent with something that was refused: one a person, for an hour.
CREATE TABLE logo_draft (
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);

-- Settings of the installation.
CREATE TABLE installation (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Answers to POSTs that carried an Idempotency-Key; 24 hours.
CREATE TABLE idempotency (
    workspace_id BIGINT NOT NULL,
    key_hash BYTEA NOT NULL,
    request_hash BYTEA NOT NULL,
    at_ms BIGINT NOT NULL,
    status BIGINT NOT NULL,
    body BYTEA,                    -- sealed
    PRIMARY KEY (workspace_id, key_hash)
);
CREATE INDEX idempotency_age ON idempotency (at_ms);

CREATE TABLE job (
    slot BIGINT NOT NULL,
    id BIGINT NOT NULL,
    of_workspace_id BIGINT NOT NULL,
    queue TEXT NOT NULL,           -- the job kind's name
    job_state BIGINT NOT NULL,     -- 0 ready, 1 leased, 2 dead
    run_at_ms BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    lease_token BIGINT NOT NULL,
    attempts_n BIGINT NOT NULL,
    payload TEXT NOT NULL,
    last_error TEXT NOT NULL,
    PRIMARY KEY (slot, id)
);
CREATE INDEX job_due ON job (slot, queue, job_state, run_at_ms);
CREATE INDEX job_dead ON job (of_workspace_id, id) WHERE job_state = 2;

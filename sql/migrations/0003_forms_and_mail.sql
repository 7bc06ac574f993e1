-- Forms, what arrives through them, files, and the mail that leaves.

CREATE TABLE form (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    form_state BIGINT NOT NULL,    -- enum form_state: draft, published, archived
    version_id BIGINT NOT NULL,    -- the published version; 0: none
    draft TEXT NOT NULL,           -- JSON definition being edited
    taken_n BIGINT NOT NULL DEFAULT 0, -- submissions, where the form closes after so many
    proof_n BIGINT NOT NULL DEFAULT 0, -- 1: the visitor's device proves work
    counts_n BIGINT NOT NULL DEFAULT 1, -- 1: views, starts and last fields are counted
    origins TEXT NOT NULL DEFAULT '', -- websites that may show it, with blanks between
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);

-- What was published. Never changed.
CREATE TABLE form_version (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    version_no BIGINT NOT NULL,
    definition TEXT NOT NULL,      -- JSON, with the ids of its wordings
    sha256 BYTEA NOT NULL,
    user_id BIGINT NOT NULL,
    published_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, form_id, version_no)
);

CREATE TABLE submission (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    form_version_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    submission_state BIGINT NOT NULL, -- enum submission_state: new, waiting, confirmed
    answers BYTEA NOT NULL,        -- sealed JSON: fields, boxes, page, referrer, utm, ip, agent
    is_test BIGINT NOT NULL DEFAULT 0, -- 1: a colleague tried the form; counted nowhere
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX submission_lead ON submission (workspace_id, lead_id, id);
CREATE INDEX submission_form ON submission (workspace_id, form_id, submission_state, is_test, id);
CREATE INDEX submission_test ON submission (workspace_id, is_test, id) WHERE is_test = 1;

CREATE TABLE file (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    user_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE blob (
    workspace_id BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    chunk_no BIGINT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, sha256, chunk_no)
);

CREATE TABLE mail (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,       -- 0: mail to a colleague
    permit_class BIGINT NOT NULL,  -- enum permit_class
    consent_id BIGINT NOT NULL,    -- what advertising rests on; else 0
    confirmation_id BIGINT NOT NULL,
    template TEXT NOT NULL,        -- 'mail/doi'
    message_id TEXT NOT NULL,
    mail_state BIGINT NOT NULL,    -- enum mail_state
    envelope BYTEA NOT NULL,       -- sealed JSON: from, to, subject
    mime BYTEA NOT NULL,           -- sealed bytes as handed over
    mime_sha256 BYTEA NOT NULL,
    created_ms BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,       -- when to try
    attempts_n BIGINT NOT NULL,
    lease_until_ms BIGINT NOT NULL,
    lease_token BIGINT NOT NULL,
    done_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX mail_due ON mail (mail_state, next_ms, workspace_id, id);
CREATE INDEX mail_lead ON mail (workspace_id, lead_id, id);

CREATE TABLE mail_attempt (
    workspace_id BIGINT NOT NULL,
    mail_id BIGINT NOT NULL,
    attempt_no BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    outcome_kind BIGINT NOT NULL,  -- enum mail_outcome
    reply TEXT NOT NULL,           -- the relay's words, addresses masked
    PRIMARY KEY (workspace_id, mail_id, attempt_no)
);

-- What happens with what arrives through a form: who is told, until when somebody acts.
CREATE TABLE form_handling (
    workspace_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    definition TEXT NOT NULL,      -- JSON (sales/sales_rules.h)
    changed_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, form_id)
);

-- Who looks after a new lead: the first rule that fits, by position.
CREATE TABLE owner_rule (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    position_no BIGINT NOT NULL,
    turn_n BIGINT NOT NULL,        -- how often it has named somebody: whose turn it is
    definition TEXT NOT NULL,      -- JSON (sales/sales_rules.h)
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE absence (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    from_day BIGINT NOT NULL,      -- days since 1970, both included
    to_day BIGINT NOT NULL,
    substitute_user_id BIGINT NOT NULL, -- 0: whoever is next
    PRIMARY KEY (workspace_id, id)
);

-- What a workspace has set for the work on leads; one row.
CREATE TABLE sales_policy (
    workspace_id BIGINT NOT NULL,
    fallback_user_id BIGINT NOT NULL, -- where no rule fits; 0: nobody
    due_hours_n BIGINT NOT NULL,      -- to act on a new lead; 0: no such time
    reassign_hours_n BIGINT NOT NULL, -- behind the due time; 0: never
    reassign_user_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id)
);

-- A form on a tablet at a stand.
CREATE TABLE kiosk (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    stand TEXT NOT NULL,           -- 'LogiMAT 2026, Halle 3'
    staff TEXT NOT NULL,           -- JSON list of names
    campaign TEXT NOT NULL,        -- '' where none
    from_day BIGINT NOT NULL,      -- days since 1970 in the workspace's zone, both included
    to_day BIGINT NOT NULL,
    idle_s BIGINT NOT NULL,        -- without a touch, after which everything typed is gone
    signature_kind BIGINT NOT NULL, -- 1: whoever ticks a box may sign for it
    secret BYTEA NOT NULL,         -- opens what the tablet seals; itself sealed by the ring
    user_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,       -- when a tablet was last heard of, to the minute
    revoked_ms BIGINT NOT NULL,    -- 0: it is not
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX kiosk_form ON kiosk (workspace_id, form_id, id);

-- What a tablet has sent: the same entry sent twice is one.
CREATE TABLE kiosk_entry (
    workspace_id BIGINT NOT NULL,
    kiosk_id BIGINT NOT NULL,
    entry_key TEXT NOT NULL,       -- random, made by the tablet
    submission_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    claimed_ms BIGINT NOT NULL,    -- when it was entered, as the tablet says; 0: it does not
    PRIMARY KEY (workspace_id, kiosk_id, entry_key)
);

-- Submissions that are held back: whole, until somebody releases or deletes them.
CREATE TABLE suspect (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,            -- the submission's, once it is released
    form_id BIGINT NOT NULL,
    form_version_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    reasons_n BIGINT NOT NULL,     -- bits of enum suspicion
    email_n BIGINT NOT NULL,       -- keyed hash of the address; 0: none
    body BYTEA NOT NULL,           -- sealed JSON: what was sent, and how it came
    body_key BYTEA NOT NULL,       -- of that alone, wrapped
    mail_id BIGINT NOT NULL DEFAULT 0, -- 0: held back whole; else the submission stands, this mail does not go
    is_applicant BIGINT NOT NULL DEFAULT 0, -- 1: an application; not everybody sees it
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX suspect_form ON suspect (workspace_id, form_id, id);
CREATE INDEX suspect_email ON suspect (workspace_id, email_n);

-- How a form is walked through, counted by day; nothing of it is of a person.
CREATE TABLE form_day (
    workspace_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    day_n BIGINT NOT NULL,         -- days since 1970, UTC
    views_n BIGINT NOT NULL,
    starts_n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, form_id, day_n)
);

-- Where those who began and did not send were last.
CREATE TABLE form_left (
    workspace_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    version_no BIGINT NOT NULL,
    field_key TEXT NOT NULL,
    left_n BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, form_id, version_no, field_key)
);

-- What somebody is told inside the admin. When it was is in its id.
CREATE TABLE bell (
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    bell_kind BIGINT NOT NULL,     -- enum bell_kind
    lead_id BIGINT NOT NULL,       -- 0: not about one
    about_id BIGINT NOT NULL,      -- submission, handover, task, due time, day: told once
    id BIGINT NOT NULL,
    by_user_id BIGINT NOT NULL,    -- 0: the program itself
    seen_ms BIGINT NOT NULL,       -- 0: not yet
    PRIMARY KEY (workspace_id, user_id, bell_kind, lead_id, about_id)
);
CREATE INDEX bell_order ON bell (workspace_id, user_id, id);
CREATE INDEX bell_unread ON bell (workspace_id, user_id, id) WHERE seen_ms = 0;
CREATE INDEX bell_lead ON bell (workspace_id, lead_id);
CREATE INDEX bell_age ON bell (id);

-- What somebody does not want to be told: bits of 1 << enum bell_kind.
CREATE TABLE bell_choice (
    workspace_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    here_off BIGINT NOT NULL,
    mail_off BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, user_id)
);

-- Files that people sent in with a form. Sealed with a key of their own, which the lead's key seals.
CREATE TABLE lead_file (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,       -- 0: taken in, and nobody's yet
    id BIGINT NOT NULL,
    submission_id BIGINT NOT NULL,
    field TEXT NOT NULL,           -- 'free_…'
    name BYTEA NOT NULL,           -- sealed with the lead's key
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    file_key BYTEA NOT NULL,       -- sealed with the lead's key
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, id)
);
CREATE INDEX lead_file_by_id ON lead_file (workspace_id, id, size_bytes);

CREATE TABLE lead_file_part (
    workspace_id BIGINT NOT NULL,
    file_id BIGINT NOT NULL,
    chunk_no BIGINT NOT NULL,
    bytes BYTEA NOT NULL,          -- sealed with the file's key
    PRIMARY KEY (workspace_id, file_id, chunk_no)
);

-- Submissions in whose place another was sent: once each, and a day long what was mailed for them.
CREATE TABLE correction (
    workspace_id BIGINT NOT NULL,
    submission_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    email_n BIGINT NOT NULL,       -- keyed hash of the address that was taken back; 0: none was
    mails_n BIGINT NOT NULL,       -- how often it was asked to confirm
    PRIMARY KEY (workspace_id, submission_id)
);
CREATE INDEX correction_email ON correction (workspace_id, email_n, at_ms);
CREATE INDEX correction_old ON correction (workspace_id, at_ms);

-- Websites that put a form into a frame and are not on its list: few, for some days.
CREATE TABLE form_refused (
    workspace_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    origin TEXT NOT NULL,          -- 'https://www.firma.example'
    at_ms BIGINT NOT NULL,         -- when last
    PRIMARY KEY (workspace_id, form_id, origin)
);

-- Leads, how they are recognised, what happened, and what they consented to.

CREATE TABLE lead (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    canonical_id BIGINT NOT NULL,  -- itself, or the lead it was merged into
    lead_state BIGINT NOT NULL,    -- 0 active, 1 archived, 2 in the trash, 3 a colleague trying a form,
                                   -- 4 applied for a job
    phase_kind BIGINT NOT NULL,    -- enum lead_phase
    display_name TEXT NOT NULL,    -- name, else address, as lists show it
    name_sort TEXT NOT NULL,       -- made in C: sorts alike on every engine
    email TEXT NOT NULL,           -- a copy of the main address for lists; identity decides
    email_state BIGINT NOT NULL,   -- enum email_state, a copy as well
    permit_state BIGINT NOT NULL,  -- enum permit_summary: what lists show under "may e-mail"
    permit_purpose TEXT NOT NULL,
    lang TEXT NOT NULL,
    source TEXT NOT NULL,          -- where the lead came from, as lists show and filter it
    first_contact TEXT NOT NULL,   -- JSON: at, reason, form, page, referrer, utm, click id, device
    created_ms BIGINT NOT NULL,
    updated_ms BIGINT NOT NULL,
    last_ms BIGINT NOT NULL,       -- of the newest touchpoint
    trashed_ms BIGINT NOT NULL,
    version_no BIGINT NOT NULL,    -- grows with each change: edits in two windows collide visibly
    owner_user_id BIGINT NOT NULL DEFAULT 0,  -- who looks after the lead; 0: nobody
    handling_state BIGINT NOT NULL DEFAULT 0, -- enum lead_handling: new, in work, done
    due_ms BIGINT NOT NULL DEFAULT 0,         -- until when somebody should have acted; 0: no such time
    due_stage_n BIGINT NOT NULL DEFAULT 0,    -- of due_ms: 0, 1 reminded, 2 handed over or given up
    campaign_id BIGINT NOT NULL DEFAULT 0,    -- through which the lead came first; 0: none
    rejected_ms BIGINT NOT NULL DEFAULT 0,    -- when an application was turned down; 0: it was not
    text_01 TEXT,
    text_02 TEXT,
    text_03 TEXT,
    text_04 TEXT,
    text_05 TEXT,
    text_06 TEXT,
    text_07 TEXT,
    text_08 TEXT,
    text_09 TEXT,
    text_10 TEXT,
    text_11 TEXT,
    text_12 TEXT,
    text_13 TEXT,
    text_14 TEXT,
    text_15 TEXT,
    text_16 TEXT,
    text_17 TEXT,
    text_18 TEXT,
    text_19 TEXT,
    text_20 TEXT,
    text_21 TEXT,
    text_22 TEXT,
    text_23 TEXT,
    text_24 TEXT,
    text_25 TEXT,
    text_26 TEXT,
    text_27 TEXT,
    text_28 TEXT,
    text_29 TEXT,
    text_30 TEXT,
    text_31 TEXT,
    text_32 TEXT,
    text_33 TEXT,
    text_34 TEXT,
    text_35 TEXT,
    text_36 TEXT,
    text_37 TEXT,
    text_38 TEXT,
    text_39 TEXT,
    text_40 TEXT,
    extra TEXT,                    -- JSON of fields beyond the slots
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX lead_by_created ON lead (workspace_id, lead_state, created_ms, id);
CREATE INDEX lead_by_last ON lead (workspace_id, lead_state, last_ms, id);
CREATE INDEX lead_by_name ON lead (workspace_id, lead_state, name_sort, id);
CREATE INDEX lead_by_source ON lead (workspace_id, lead_state, source, created_ms, id);
-- A filter that few leads pass: a new lead stands in neither, and costs nothing.
CREATE INDEX lead_by_phase ON lead (workspace_id, lead_state, phase_kind, id)
    WHERE lead_state = 0 AND phase_kind <> 0;
CREATE INDEX lead_by_permit ON lead (workspace_id, lead_state, permit_state, id)
    WHERE lead_state = 0 AND permit_state <> 0;
CREATE INDEX lead_by_owner ON lead (workspace_id, owner_user_id, handling_state, due_ms, id)
    WHERE lead_state = 0 AND owner_user_id <> 0;
CREATE INDEX lead_by_due ON lead (workspace_id, due_stage_n, due_ms, id)
    WHERE lead_state = 0 AND due_ms <> 0 AND handling_state <> 2;
-- A campaign's numbers are counted in this index alone.
CREATE INDEX lead_by_campaign
    ON lead (workspace_id, campaign_id, lead_state, email_state, created_ms, source)
    WHERE campaign_id <> 0;

-- The key that seals this lead's values in histories; deleting the row erases them.
CREATE TABLE lead_key (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    wrapped BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, lead_id)
)
-- Little beside its key: SQLite keeps it in one tree instead of two.
-- only: sqlite
WITHOUT ROWID
-- all engines
;

CREATE TABLE identity (
    workspace_id BIGINT NOT NULL,
    identity_kind BIGINT NOT NULL, -- enum identity_kind: e-mail, phone …
    value_hash BIGINT NOT NULL,    -- spreads the key; value decides
    value TEXT NOT NULL,           -- normalised in C
    lead_id BIGINT NOT NULL,
    identity_state BIGINT NOT NULL, -- enum email_state
    verified_ms BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, identity_kind, value_hash, value)
)
-- Little beside its key: SQLite keeps it in one tree instead of two.
-- only: sqlite
WITHOUT ROWID
-- all engines
;
CREATE INDEX identity_lead ON identity (workspace_id, lead_id);

-- Search: one row a folded word of a lead's name, company and address.
CREATE TABLE lead_word (
    workspace_id BIGINT NOT NULL,
    word TEXT NOT NULL,
    lead_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, word, lead_id)
)
-- Little beside its key: SQLite keeps it in one tree instead of two.
-- only: sqlite
WITHOUT ROWID
-- all engines
;
CREATE INDEX lead_word_lead ON lead_word (workspace_id, lead_id);

CREATE TABLE touchpoint (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    id BIGINT NOT NULL,
    touchpoint_kind BIGINT NOT NULL, -- enum touchpoint_kind
    object_id BIGINT NOT NULL,     -- submission, mail, consent …
    props TEXT NOT NULL,           -- JSON, nothing personal
    PRIMARY KEY (workspace_id, lead_id, at_ms, id)
)
-- The most rows there are: by months, so that old ones leave as whole partitions (db/partition.h).
-- only: postgres
PARTITION BY RANGE (at_ms)
-- all engines
;
-- only: postgres
CREATE TABLE touchpoint_other PARTITION OF touchpoint DEFAULT;
-- all engines

CREATE TABLE lead_note (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    body BYTEA NOT NULL,           -- sealed with the lead's key
    PRIMARY KEY (workspace_id, lead_id, id)
);

CREATE TABLE field_history (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor_kind BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    field TEXT NOT NULL,
    old_value BYTEA NOT NULL,      -- sealed with the lead's key
    PRIMARY KEY (workspace_id, lead_id, id)
);

-- How a lead came from phase to phase.
CREATE TABLE phase_event (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    actor_kind BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    from_kind BIGINT NOT NULL,     -- enum lead_phase
    to_kind BIGINT NOT NULL,
    reason TEXT NOT NULL,          -- why it was lost: 'price' …; else ''
    note BYTEA,                    -- sealed with the lead's key
    PRIMARY KEY (workspace_id, lead_id, id)
);

-- Who handed a lead to whom.
CREATE TABLE handover (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    user_id BIGINT NOT NULL,       -- who did it; 0: a rule
    from_user_id BIGINT NOT NULL,
    to_user_id BIGINT NOT NULL,
    cause_kind BIGINT NOT NULL,    -- enum handover_cause
    PRIMARY KEY (workspace_id, lead_id, id)
);

CREATE TABLE lead_task (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    title BYTEA NOT NULL,          -- sealed with the lead's key
    due_ms BIGINT NOT NULL,        -- 0: no such time
    assignee_user_id BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    user_id BIGINT NOT NULL,       -- who set it
    done_ms BIGINT NOT NULL,
    done_user_id BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, lead_id, id)
);
CREATE INDEX lead_task_open ON lead_task (workspace_id, assignee_user_id, due_ms, id)
    WHERE done_ms = 0;
CREATE INDEX lead_task_due ON lead_task (workspace_id, due_ms) WHERE done_ms = 0;

-- Mails to colleagues about a lead: they hold what it wrote, and go with it.
CREATE TABLE lead_notice (
    workspace_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    job_id BIGINT NOT NULL,        -- who wrote them: a job that runs twice writes once
    mail_id BIGINT NOT NULL,       -- 0: the mark of the job itself
    PRIMARY KEY (workspace_id, lead_id, job_id, mail_id)
);

CREATE TABLE purpose (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    slug TEXT NOT NULL,            -- 'newsletter'
    label TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, slug)
);

-- One version of the exact sentence that is consented to. Never changed, but for who approved it.
CREATE TABLE wording (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    purpose_id BIGINT NOT NULL,
    channel_kind BIGINT NOT NULL,
    lang TEXT NOT NULL,
    version_no BIGINT NOT NULL,
    body TEXT NOT NULL,
    sha256 BYTEA NOT NULL,
    user_id BIGINT NOT NULL,       -- who brought it in
    created_ms BIGINT NOT NULL,
    approved_ms BIGINT NOT NULL DEFAULT 0, -- 0: not yet
    approved_user_id BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, purpose_id, channel_kind, lang, version_no)
);

-- The present state of one purpose over one channel for one lead; its events are the proof.
CREATE TABLE consent (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    purpose_id BIGINT NOT NULL,
    channel_kind BIGINT NOT NULL,
    wording_id BIGINT NOT NULL,
    consent_state BIGINT NOT NULL, -- enum consent_state
    requested_ms BIGINT NOT NULL,
    confirmed_ms BIGINT NOT NULL,
    ended_ms BIGINT NOT NULL,      -- withdrawn, expired or refused
    used_ms BIGINT NOT NULL,       -- last mail that rested on it
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, lead_id, purpose_id, channel_kind)
);

-- Append-only. Evidence is sealed with a key of its own, wrapped beside it.
CREATE TABLE consent_event (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    consent_id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    wording_id BIGINT NOT NULL,
    confirmation_id BIGINT NOT NULL, -- the double opt-in it belongs to; 0: none
    event_kind BIGINT NOT NULL,    -- enum consent_event_kind
    at_ms BIGINT NOT NULL,
    evidence BYTEA NOT NULL,       -- sealed JSON
    evidence_key BYTEA,            -- wrapped; NULL once erased
    network BYTEA NOT NULL,        -- sealed JSON: IP address and user agent
    network_key BYTEA,             -- wrapped; NULL once its own time is over
    block_no BIGINT NOT NULL DEFAULT 0, -- 0: not yet sealed into the chain
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX consent_event_lead ON consent_event (workspace_id, lead_id, id);
CREATE INDEX consent_event_block ON consent_event (workspace_id, block_no, id);

CREATE TABLE consent_block (
    workspace_id BIGINT NOT NULL,
    block_no BIGINT NOT NULL,      -- from 1
    sealed_ms BIGINT NOT NULL,
    event_count BIGINT NOT NULL,
    prev_hash BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, block_no)
);

-- A request to confirm an address (and what was asked with it): double opt-in.
CREATE TABLE confirmation (
    workspace_id BIGINT NOT NULL,
    id BIGINT NOT NULL,
    lead_id BIGINT NOT NULL,
    submission_id BIGINT NOT NULL,
    form_id BIGINT NOT NULL,
    email TEXT NOT NULL,           -- the address asked about
    confirmation_state BIGINT NOT NULL, -- enum confirmation_state
    requested_ms BIGINT NOT NULL,
    expires_ms BIGINT NOT NULL,
    answered_ms BIGINT NOT NULL,
    sends_n BIGINT NOT NULL,
    sent_ms BIGINT NOT NULL,       -- of the newest mail
    is_test BIGINT NOT NULL DEFAULT 0, -- 1: a colleague tried the form; counted nowhere
    is_consents BIGINT NOT NULL DEFAULT 0, -- 1: the address had proved itself: asks for consents alone
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX confirmation_lead ON confirmation (workspace_id, lead_id, id);
CREATE INDEX confirmation_open
    ON confirmation (workspace_id, confirmation_state, expires_ms, requested_ms, is_test);

CREATE TABLE suppression (
    workspace_id BIGINT NOT NULL,
    value_hash BYTEA NOT NULL,     -- keyed hash of the address
    channel_kind BIGINT NOT NULL,
    purpose_id BIGINT NOT NULL,    -- 0: every purpose
    cause_kind BIGINT NOT NULL,    -- enum suppression_cause
    at_ms BIGINT NOT NULL,
    lifted_ms BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (workspace_id, value_hash, channel_kind, purpose_id, cause_kind)
);

-- A workspace's own fields: which slot of its leads holds which. Never deleted: the slot has
-- answers in it.
CREATE TABLE field_def (
    workspace_id BIGINT NOT NULL,
    field_key TEXT NOT NULL,       -- 'free_…'
    slot_no BIGINT NOT NULL,       -- enum field_slot, from SLOT__STANDARD on
    type TEXT NOT NULL,            -- 'text', 'choices' … (field_type_name)
    label TEXT NOT NULL,           -- as the form published last asks it
    options TEXT NOT NULL,         -- one a line: of all forms that asked it, the last one's first
    created_ms BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, field_key),
    UNIQUE (workspace_id, slot_no)
);

-- +goose Up
CREATE TYPE role AS ENUM ('STUDENT', 'TEACHER', 'ADMIN');

-- An account is reserved (activated_at is null) until the person's record is
-- made in the graph. attempt names the sign-up that is at it, until its lease ends.
CREATE TABLE credentials (
    id           uuid PRIMARY KEY,
    email        text        NOT NULL,
    password     text        NOT NULL, -- argon2id, in the PHC format
    roles        role[]      NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL,
    activated_at timestamptz,
    attempt      uuid,
    leased_until timestamptz,
    sign_up_key  text
);
CREATE UNIQUE INDEX credentials_email ON credentials (email);
CREATE INDEX credentials_reserved ON credentials (created_at) WHERE activated_at IS NULL;
CREATE INDEX credentials_admin ON credentials (id) WHERE 'ADMIN' = ANY (roles);

CREATE TABLE sessions (
    id           uuid PRIMARY KEY,
    person_id    uuid        NOT NULL REFERENCES credentials ON DELETE CASCADE,
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    user_agent   text        NOT NULL,
    address      text        NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX sessions_person ON sessions (person_id, id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- A used token stays, to be known again when it comes a second time.
CREATE TABLE refresh_tokens (
    hash       bytea PRIMARY KEY, -- SHA-256
    session_id uuid        NOT NULL REFERENCES sessions ON DELETE CASCADE,
    seed       bytea       NOT NULL, -- with the token itself, gives the next one
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

-- Sessions whose access tokens may be about still: what Redis must know, also
-- after it has forgotten.
CREATE TABLE revocations (
    session uuid PRIMARY KEY,
    until   timestamptz NOT NULL,
    told    boolean     NOT NULL DEFAULT false
);

CREATE TABLE password_resets (
    hash       bytea PRIMARY KEY, -- SHA-256
    person_id  uuid        NOT NULL REFERENCES credentials ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);
CREATE INDEX password_resets_person ON password_resets (person_id);

-- Where mail goes as long as nobody sends it.
CREATE TABLE password_mails (
    id         uuid PRIMARY KEY,
    recipient  text        NOT NULL,
    token      text        NOT NULL, -- empty if there is no such account
    created_at timestamptz NOT NULL
);
CREATE INDEX password_mails_recipient ON password_mails (recipient);

CREATE TABLE signing_keys (
    id         text PRIMARY KEY,
    private    bytea       NOT NULL, -- Ed25519 seed, sealed if there is a secret
    sealed     boolean     NOT NULL,
    public     bytea       NOT NULL,
    created_at timestamptz NOT NULL,
    signs_from timestamptz NOT NULL
);

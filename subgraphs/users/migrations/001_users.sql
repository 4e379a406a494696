-- +goose Up
CREATE TABLE users (
    id         uuid PRIMARY KEY,
    username   text        NOT NULL CHECK (char_length(username) BETWEEN 3 AND 30),
    email      text        NOT NULL,
    first_name text        NOT NULL,
    last_name  text        NOT NULL,
    avatar     text        NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    search     text        NOT NULL -- username and names, folded, each word after a space
);

-- Unique whatever the case, and in the order in which search lists people.
CREATE UNIQUE INDEX users_username ON users (lower(username) COLLATE "C");
CREATE UNIQUE INDEX users_email ON users (email);

-- Any part of a name is searched; "% ann%" finds the beginning of a word.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX users_search ON users USING gin (search gin_trgm_ops);

CREATE TABLE user_profiles (
    user_id  uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    bio      text NOT NULL DEFAULT '',
    location text NOT NULL DEFAULT '',
    website  text NOT NULL DEFAULT ''
);

CREATE TYPE theme AS ENUM ('LIGHT', 'DARK', 'SYSTEM');

CREATE TABLE user_preferences (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    theme        theme   NOT NULL,
    language     text    NOT NULL,
    notify_in_app boolean NOT NULL,
    notify_email  boolean NOT NULL,
    notify_sms    boolean NOT NULL,
    notify_push   boolean NOT NULL
);

-- Ids of people who are gone, so that a late or repeated createUser does not
-- bring them back. Nothing else of them is kept.
CREATE TABLE deleted_users (
    id uuid PRIMARY KEY
);

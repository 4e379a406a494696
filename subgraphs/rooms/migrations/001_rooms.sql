-- +goose Up
CREATE TYPE visibility AS ENUM ('OPEN', 'INVITATION');
CREATE TYPE role AS ENUM ('OWNER', 'MODERATOR', 'MEMBER');

-- Ids are UUIDv7: their order is the order of creation.
CREATE TABLE rooms (
    id         uuid PRIMARY KEY,
    title      text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 100),
    visibility visibility  NOT NULL,
    created_at timestamptz NOT NULL
);

-- A title is searched by any part of it.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE INDEX rooms_title ON rooms USING gin (lower(title) gin_trgm_ops);

CREATE TABLE room_participants (
    room_id   uuid        NOT NULL REFERENCES rooms ON DELETE CASCADE,
    user_id   uuid        NOT NULL,
    role      role        NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_participants_user ON room_participants (user_id, room_id);
CREATE INDEX room_participants_joined ON room_participants (room_id, joined_at, user_id);
-- Who is next in line when the owner leaves is found without reading everybody.
CREATE INDEX room_participants_line ON room_participants (room_id, role, joined_at, user_id);
CREATE UNIQUE INDEX room_participants_owner ON room_participants (room_id) WHERE role = 'OWNER';

CREATE TABLE room_invitations (
    room_id    uuid        NOT NULL REFERENCES rooms ON DELETE CASCADE,
    user_id    uuid        NOT NULL,
    invited_by uuid        NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);
CREATE INDEX room_invitations_user ON room_invitations (user_id, created_at, room_id);

-- +goose Up

-- What is written in a room. Each update has a number: one more than the one
-- before, taken under the lock of the document's row in the transaction that
-- keeps the update, so whoever has seen a number has seen all below it.
CREATE TABLE documents (
    room_id    uuid        PRIMARY KEY,
    last       bigint      NOT NULL DEFAULT 0,          -- number of the latest update
    merged     bigint      NOT NULL DEFAULT 0,          -- number of the latest update that is in state
    state      bytea       NOT NULL DEFAULT '\x0000',   -- the updates up to merged, in one
    size       bigint      NOT NULL DEFAULT 2,          -- of state and the updates since, in bytes
    written_at timestamptz,
    written_by uuid,
    due_at     timestamptz,                             -- when it is to be handed over: null if it was
    latest_due timestamptz,                             -- by when, however much is written meanwhile
    closed     boolean     NOT NULL DEFAULT false       -- the room is gone and takes no more updates
);
CREATE INDEX documents_due ON documents (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX documents_written_by ON documents (written_by) WHERE written_by IS NOT NULL;

CREATE TABLE updates (
    room_id   uuid   NOT NULL REFERENCES documents ON DELETE CASCADE,
    number    bigint NOT NULL,
    author_id uuid,
    client_id text   NOT NULL,
    data      bytea  NOT NULL,
    PRIMARY KEY (room_id, number)
);
CREATE INDEX updates_author ON updates (author_id) WHERE author_id IS NOT NULL;

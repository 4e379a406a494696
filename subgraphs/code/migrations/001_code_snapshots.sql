-- +goose Up

-- Snapshots of a room are numbered without gaps: the number is taken under the
-- lock of the room's row, in the transaction that keeps the snapshot.
CREATE TABLE rooms (
    id     uuid    PRIMARY KEY,
    last   int     NOT NULL DEFAULT 0,    -- number of the latest snapshot
    closed boolean NOT NULL DEFAULT false -- the room is gone and takes no more
) WITH (fillfactor = 50); -- so that counting on stays within the page

CREATE TABLE code_snapshots (
    id              uuid        PRIMARY KEY,
    room_id         uuid        NOT NULL REFERENCES rooms,
    number          int         NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('SAVED', 'AUTOMATIC', 'RESTORED')),
    author_id       uuid,
    created_at      timestamptz NOT NULL,
    label           text        CHECK (char_length(label) BETWEEN 1 AND 100),
    restored        int,
    document_number bigint      NOT NULL, -- of the latest update in it
    texts           jsonb       NOT NULL, -- [{"name", "content"}]
    state           bytea       NOT NULL, -- the whole document, as one Yjs update
    UNIQUE (room_id, number)
);
CREATE INDEX code_snapshots_author ON code_snapshots (author_id) WHERE author_id IS NOT NULL;

-- Parts of a document that is being handed over, until all have come.
CREATE TABLE parts (
    room_id uuid   NOT NULL,
    number  bigint NOT NULL, -- of the latest update in the document
    part    int    NOT NULL,
    data    bytea  NOT NULL,
    PRIMARY KEY (room_id, number, part)
);

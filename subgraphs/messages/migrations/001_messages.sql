-- +goose Up

-- What happens in a room, a message or its deletion, has a number: one more
-- than what happened there before. The number is taken under the lock of the
-- room's row, in the transaction of the change itself, so whoever has seen a
-- number has seen all below it, whichever process they came from. (Ids cannot
-- give that: of two that were made at once in two processes, the lower one may
-- be committed later, and a reader who is past it would never see it.)
CREATE TABLE rooms (
    id     uuid    PRIMARY KEY,
    last   bigint  NOT NULL DEFAULT 0, -- number of the latest happening
    closed boolean NOT NULL DEFAULT false -- the room is gone and takes no more messages
) WITH (fillfactor = 50); -- so that counting on stays within the page

-- A deleted message leaves its id and the number of its deletion, so that live
-- readers can catch up on deletions too, and nothing of what was said by whom.
CREATE TABLE messages (
    id         uuid        PRIMARY KEY,
    room_id    uuid        NOT NULL REFERENCES rooms,
    number     bigint      NOT NULL,
    author_id  uuid,
    text       text        CHECK (char_length(text) BETWEEN 1 AND 10000),
    created_at timestamptz NOT NULL,
    deleted    bigint,
    CHECK (CASE WHEN deleted IS NULL THEN author_id IS NOT NULL AND text IS NOT NULL ELSE author_id IS NULL AND text IS NULL END)
);
CREATE UNIQUE INDEX messages_number ON messages (room_id, number) WHERE deleted IS NULL;
CREATE UNIQUE INDEX messages_deleted ON messages (room_id, deleted) WHERE deleted IS NOT NULL;
CREATE INDEX messages_author ON messages (author_id) WHERE author_id IS NOT NULL;

-- +goose Up
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id     uuid  NOT NULL UNIQUE,
    type   text  NOT NULL,
    body   jsonb NOT NULL
);

-- What a consumer of this database has made of an event. One that is neither
-- handled nor dead has failed and is tried again; later events about the same
-- entity wait for it.
CREATE TABLE inbox (
    consumer   text        NOT NULL,
    event      uuid        NOT NULL,
    entity     text        NOT NULL,
    sequence   bigint      NOT NULL, -- of the event in the stream
    tries      int         NOT NULL DEFAULT 0,
    error      text,                 -- of the last try
    handled_at timestamptz,
    dead_at    timestamptz,          -- when it went to the dead letters
    PRIMARY KEY (consumer, event)
);

CREATE INDEX inbox_failing ON inbox (consumer, entity, sequence) WHERE handled_at IS NULL AND dead_at IS NULL;
CREATE INDEX inbox_handled ON inbox (handled_at);

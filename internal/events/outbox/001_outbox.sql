-- +goose Up
CREATE TABLE outbox (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id     uuid  NOT NULL UNIQUE,
    type   text  NOT NULL,
    body   jsonb NOT NULL
);

CREATE TABLE inbox (
    consumer   text        NOT NULL,
    event      uuid        NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer, event)
);

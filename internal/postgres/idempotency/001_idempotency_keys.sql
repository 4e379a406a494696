-- +goose Up
CREATE TABLE idempotency_keys (
    person     text        NOT NULL,
    operation  text        NOT NULL,
    key        text        NOT NULL,
    request    bytea       NOT NULL, -- SHA-256 of the input
    thing      text        NOT NULL DEFAULT '', -- id of what was created; filled in the same transaction
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, operation, key)
);

-- +goose Up
CREATE TYPE channel AS ENUM ('IN_APP', 'EMAIL', 'SMS', 'PUSH');
CREATE TYPE category AS ENUM ('SECURITY', 'ROOMS', 'SCHOOL', 'REMINDERS', 'GENERAL');
CREATE TYPE delivery_mode AS ENUM ('OFF', 'IMMEDIATE', 'DIGEST');
CREATE TYPE delivery_state AS ENUM ('WAITING', 'COLLECTED', 'SENT', 'DIGESTED', 'FAILED', 'SUPPRESSED');

-- What is said. A version never changes; which one is used may.
CREATE TABLE templates (
    name   text PRIMARY KEY,
    active int
);
CREATE TABLE template_versions (
    name       text        NOT NULL REFERENCES templates,
    version    int         NOT NULL,
    category   category    NOT NULL,
    variables  jsonb       NOT NULL,
    texts      jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    created_by uuid,
    PRIMARY KEY (name, version)
);

-- A person's own settings, and the number of the last thing they were told:
-- taken under the row's lock, so whoever has seen a number has seen all below it.
-- Of a person who is gone only the id stays, so that nothing that was on its way
-- is kept after the rest was erased.
CREATE TABLE people (
    id            uuid PRIMARY KEY,
    last          bigint   NOT NULL DEFAULT 0,
    gone          boolean  NOT NULL DEFAULT false,
    time_zone     text     NOT NULL DEFAULT 'UTC',
    quiet_from    smallint CHECK (quiet_from BETWEEN 0 AND 1439), -- minutes after midnight
    quiet_to      smallint CHECK (quiet_to BETWEEN 0 AND 1439),
    digest_weekly boolean  NOT NULL DEFAULT false,
    digest_at     smallint NOT NULL DEFAULT 480 CHECK (digest_at BETWEEN 0 AND 1439),
    phone         text
) WITH (fillfactor = 50);

-- What differs from the defaults.
CREATE TABLE modes (
    person_id uuid          NOT NULL REFERENCES people,
    category  category      NOT NULL,
    channel   channel       NOT NULL,
    mode      delivery_mode NOT NULL,
    PRIMARY KEY (person_id, category, channel)
);

-- The queue's beginning: what was asked for, once for each source (an event).
-- When it is planned the variables are erased: they may be secrets.
CREATE TABLE requests (
    id         uuid PRIMARY KEY,
    source     text UNIQUE,
    person_id  uuid,
    channel    channel, -- the only one; null: the person's preferences decide
    address    text,
    template   text        NOT NULL,
    version    int         NOT NULL,
    category   category    NOT NULL,
    variables  jsonb       NOT NULL,
    lookups    jsonb       NOT NULL, -- variables that the graph is asked for, when it is written
    locale     text,
    link       text,
    about      uuid[]      NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    planned_at timestamptz,
    dropped    text, -- why nobody was told
    FOREIGN KEY (template, version) REFERENCES template_versions
);
CREATE INDEX requests_person ON requests (person_id);
CREATE INDEX requests_about ON requests USING gin (about);
CREATE INDEX requests_created ON requests (created_at);

-- What a person was told in the app: the id is the request's, so it is told once.
CREATE TABLE notifications (
    id         uuid PRIMARY KEY,
    person_id  uuid        NOT NULL REFERENCES people,
    number     bigint      NOT NULL,
    category   category    NOT NULL,
    template   text        NOT NULL,
    title      text        NOT NULL,
    text       text        NOT NULL,
    link       text,
    about      uuid[]      NOT NULL,
    created_at timestamptz NOT NULL,
    read_at    timestamptz
);
CREATE UNIQUE INDEX notifications_number ON notifications (person_id, number);
CREATE INDEX notifications_unread ON notifications (person_id, number) WHERE read_at IS NULL;
CREATE INDEX notifications_about ON notifications USING gin (about);

-- The queue, and the history: one message on one way to one address. Its content
-- is erased when it has ended.
CREATE TABLE deliveries (
    id           uuid PRIMARY KEY,
    request_id   uuid REFERENCES requests ON DELETE CASCADE,
    person_id    uuid,
    channel      channel        NOT NULL,
    address      text           NOT NULL,
    push_id      uuid,
    category     category       NOT NULL,
    template     text           NOT NULL,
    version      int            NOT NULL,
    locale       text           NOT NULL,
    about        uuid[]         NOT NULL,
    content      jsonb,
    state        delivery_state NOT NULL,
    reason       text,
    created_at   timestamptz    NOT NULL,
    expires_at   timestamptz,
    next_at      timestamptz,
    slot_at      timestamptz, -- its place under the rate limit
    tries        int            NOT NULL DEFAULT 0,
    ended_at     timestamptz,
    provider_id  text,
    digest_id    uuid, -- the delivery that it was a part of
    UNIQUE (request_id, channel, address)
);
CREATE INDEX deliveries_person ON deliveries (person_id, id);
CREATE INDEX deliveries_about ON deliveries USING gin (about);
CREATE INDEX deliveries_address ON deliveries (address, id);
CREATE INDEX deliveries_state ON deliveries (state, id);
CREATE INDEX deliveries_collected ON deliveries (person_id) WHERE state = 'COLLECTED';
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE attempts (
    delivery_id uuid        NOT NULL REFERENCES deliveries ON DELETE CASCADE,
    number      int         NOT NULL,
    provider    text        NOT NULL,
    started_at  timestamptz NOT NULL,
    ended_at    timestamptz,
    outcome     text        NOT NULL DEFAULT 'UNKNOWN',
    code        int,
    answer      text,
    PRIMARY KEY (delivery_id, number)
);

-- Where mail goes that no server is configured for. The id is the delivery's.
CREATE TABLE mailbox (
    id         uuid PRIMARY KEY,
    person_id  uuid,
    about      uuid[]      NOT NULL,
    template   text        NOT NULL,
    sender     text        NOT NULL,
    recipient  text        NOT NULL,
    subject    text        NOT NULL,
    text       text        NOT NULL,
    html       text,
    headers    jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX mailbox_recipient ON mailbox (recipient, id);
CREATE INDEX mailbox_person ON mailbox (person_id);
CREATE INDEX mailbox_about ON mailbox USING gin (about);
CREATE INDEX mailbox_expires ON mailbox (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE push_subscriptions (
    id         uuid PRIMARY KEY,
    person_id  uuid        NOT NULL,
    endpoint   text        NOT NULL UNIQUE,
    p256dh     text        NOT NULL,
    auth       text        NOT NULL,
    user_agent text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz
);
CREATE INDEX push_subscriptions_person ON push_subscriptions (person_id, id);

-- What the links at the end of mails stand for: whose mails of which kind are
-- to end. The token is in the mails, and in no other place.
CREATE TABLE unsubscribe_links (
    token      text PRIMARY KEY,
    person_id  uuid,
    address    text        NOT NULL,
    kind       text        NOT NULL, -- a category, or DIGEST
    created_at timestamptz NOT NULL,
    used_at    timestamptz
);
CREATE UNIQUE INDEX unsubscribe_links_of ON unsubscribe_links (person_id, address, kind) NULLS NOT DISTINCT;

-- Addresses that nothing is sent to any more, because they do not exist.
CREATE TABLE bounced (
    channel   channel     NOT NULL,
    address   text        NOT NULL,
    person_id uuid,
    reason    text        NOT NULL,
    since     timestamptz NOT NULL,
    PRIMARY KEY (channel, address)
);
CREATE INDEX bounced_since ON bounced (since, channel, address);
CREATE INDEX bounced_person ON bounced (person_id);

-- When the next message may go out on a channel.
CREATE TABLE rates (
    channel channel PRIMARY KEY,
    next_at timestamptz NOT NULL
);

-- Keys that the service made for itself, such as that of Web Push.
CREATE TABLE keys (
    name  text PRIMARY KEY,
    value text NOT NULL
);

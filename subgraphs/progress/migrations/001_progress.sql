-- +goose Up
-- Students and people who are gone, for what overtakes their going.
CREATE TABLE gone (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TYPE language_domain AS ENUM ('LISTENING', 'SPEAKING', 'READING', 'WRITING');
CREATE TABLE milestones (
    id         uuid PRIMARY KEY,
    student_id uuid        NOT NULL,
    title      text        NOT NULL CHECK (char_length(title) BETWEEN 1 AND 200),
    note       text        NOT NULL CHECK (char_length(note) <= 4000),
    domain     language_domain,
    reached_on date        NOT NULL,
    added_by   uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX milestones_student ON milestones (student_id, reached_on DESC, id DESC);
CREATE INDEX milestones_person ON milestones (added_by);

CREATE TYPE progress_kind AS ENUM ('ENROLLED', 'ASSESSMENT', 'MILESTONE');
CREATE TABLE progress_timeline (
    id            uuid PRIMARY KEY,
    student_id    uuid          NOT NULL,
    kind          progress_kind NOT NULL,
    occurred_on   date          NOT NULL,
    recorded_at   timestamptz   NOT NULL,
    assessment_id uuid UNIQUE,
    milestone_id  uuid UNIQUE REFERENCES milestones ON DELETE CASCADE,
    told_at       timestamptz, -- of the latest event about the assessment
    CHECK ((kind = 'ASSESSMENT') = (assessment_id IS NOT NULL)),
    CHECK ((kind = 'MILESTONE') = (milestone_id IS NOT NULL))
);
CREATE INDEX progress_timeline_student ON progress_timeline (student_id, occurred_on DESC, id DESC);
CREATE UNIQUE INDEX progress_timeline_enrolled ON progress_timeline (student_id) WHERE kind = 'ENROLLED';

-- Assessments that are gone: an event of theirs that comes late is not kept.
CREATE TABLE gone_assessments (
    id uuid PRIMARY KEY,
    at timestamptz NOT NULL
);

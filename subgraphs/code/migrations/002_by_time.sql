-- +goose Up

-- Which snapshot was the newest at a time.
CREATE INDEX code_snapshots_time ON code_snapshots (room_id, created_at, number);

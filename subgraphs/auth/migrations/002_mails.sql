-- +goose Up

-- Mails wait here until the domain notifications has them, and no longer. Those
-- that an earlier version kept for reading are of no use after an hour.
DELETE FROM password_mails;
ALTER TABLE password_mails ADD COLUMN person_id uuid;
DROP INDEX password_mails_recipient;
CREATE INDEX password_mails_person ON password_mails (person_id);

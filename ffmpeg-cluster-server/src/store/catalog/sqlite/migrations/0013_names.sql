-- How people call their jobs. The indexes of lists hold it, because jobs are chosen by it.
ALTER TABLE jobs ADD COLUMN name TEXT;
ALTER TABLE jobs ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';
-- The preset that its settings are from.
ALTER TABLE jobs ADD COLUMN preset TEXT;
DROP INDEX jobs_by_time;
DROP INDEX jobs_by_end;
DROP INDEX jobs_by_name;
CREATE INDEX jobs_by_time ON jobs (created_at_ms DESC, job_id, state, owner, file_name, name, labels);
CREATE INDEX jobs_by_end ON jobs (ifnull(completed_at_ms, 0) DESC, job_id, state, owner, file_name, created_at_ms, name, labels);
CREATE INDEX jobs_by_name ON jobs (file_name COLLATE NOCASE, job_id, state, owner, created_at_ms, name, labels);

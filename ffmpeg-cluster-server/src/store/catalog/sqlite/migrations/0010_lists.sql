-- Each order of the list of jobs has an index, so that a page costs the same however many jobs there are.
DROP INDEX jobs_by_time;
CREATE INDEX jobs_by_time ON jobs (created_at_ms DESC, job_id);
CREATE INDEX jobs_by_age ON jobs (created_at_ms, job_id);
CREATE INDEX jobs_by_end ON jobs (ifnull(completed_at_ms, 0) DESC, job_id);
CREATE INDEX jobs_by_name ON jobs (file_name COLLATE NOCASE, job_id);
CREATE INDEX jobs_by_owner_and_time ON jobs (owner, created_at_ms DESC, job_id);

-- Each order of the list of jobs has an index. It also holds what jobs are chosen by, so that only the rows of the page are read.
DROP INDEX jobs_by_time;
CREATE INDEX jobs_by_time ON jobs (created_at_ms DESC, job_id, state, owner, file_name);
CREATE INDEX jobs_by_end ON jobs (ifnull(completed_at_ms, 0) DESC, job_id, state, owner, file_name, created_at_ms);
CREATE INDEX jobs_by_name ON jobs (file_name COLLATE NOCASE, job_id, state, owner, created_at_ms);

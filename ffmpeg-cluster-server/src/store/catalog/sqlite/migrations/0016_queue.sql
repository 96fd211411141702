-- Where a job stands in the queue: the priority as a number (0 low, 1 normal, 2 high, 3 critical), then the rank.
ALTER TABLE jobs ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
ALTER TABLE jobs ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
-- 1 while people want nothing more of it to start.
ALTER TABLE jobs ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;

-- Jobs keep the order of their arrival, with room between them.
UPDATE jobs SET rank = placed.number << 32
FROM (SELECT job_id, row_number() OVER (ORDER BY created_at_ms, job_id) AS number FROM jobs) AS placed
WHERE placed.job_id = jobs.job_id;

-- What was handed in before anybody had a name was handed in on the server's own machine.
ALTER TABLE uploads ADD COLUMN owner TEXT NOT NULL DEFAULT 'local';
ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT 'local';
ALTER TABLE jobs ADD COLUMN result_bytes INTEGER;
ALTER TABLE jobs ADD COLUMN result_removed_ms INTEGER;
ALTER TABLE jobs ADD COLUMN upload_id TEXT GENERATED ALWAYS AS (spec ->> '$.source.upload') VIRTUAL;
UPDATE jobs SET result_bytes = report ->> '$.result_bytes' WHERE state = 'Completed';

CREATE INDEX jobs_by_owner ON jobs (owner, state);
CREATE INDEX jobs_by_upload ON jobs (upload_id) WHERE upload_id IS NOT NULL;
CREATE INDEX jobs_with_results ON jobs (completed_at_ms) WHERE result_bytes IS NOT NULL AND result_removed_ms IS NULL;

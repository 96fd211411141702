-- The job whose audit the piece failed; none where it was no piece at all. One job holds nobody to more than one strike.
ALTER TABLE strikes ADD COLUMN job_id TEXT;

-- The failed or cancelled job that this one repeats. It may be forgotten before this one.
ALTER TABLE jobs ADD COLUMN retry_of TEXT;

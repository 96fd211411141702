-- Crashes of the server, one after the other, while it worked on the job itself; counted before that work begins.
ALTER TABLE jobs ADD COLUMN crashes INTEGER NOT NULL DEFAULT 0;

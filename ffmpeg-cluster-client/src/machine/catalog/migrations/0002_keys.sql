-- Proves to the server that a client is the one that it says it is. Empty: from before there were any; made when it is needed.
ALTER TABLE identities ADD COLUMN key TEXT NOT NULL DEFAULT '';

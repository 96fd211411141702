-- Pieces that were refused for a reason that only their client can be to blame for; a day later they do not count.
CREATE TABLE strikes (
    client_id TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    why TEXT NOT NULL
) STRICT;
CREATE INDEX strikes_by_client ON strikes (client_id);

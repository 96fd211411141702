-- A program is known by what it is, with its libraries, and no longer by its size and date. What was proved of those is tried again.
DROP TABLE abilities;
CREATE TABLE abilities (
    program   TEXT NOT NULL,
    encoder   TEXT NOT NULL,
    proved_at INTEGER NOT NULL,
    PRIMARY KEY (program, encoder)
) STRICT;

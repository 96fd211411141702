CREATE TABLE identities (
    client_id  TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE abilities (
    program  TEXT NOT NULL,
    bytes    INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    version  TEXT NOT NULL,
    encoder  TEXT NOT NULL,
    proved_at INTEGER NOT NULL,
    PRIMARY KEY (program, bytes, modified, version, encoder)
) STRICT;

-- Pictures and sound are tracks: 0, and 1 where there is sound, which is one unit.
UPDATE jobs SET film = json_object(
    'tracks', json_insert(
        json_array(json_remove(
            json_set(film,
                '$.content', iif(film ->> '$.to_list', 'list', 'picture'),
                '$.units', film -> '$.frames',
                '$.encoders', json_array(film ->> '$.video_encoder'),
                '$.cuts', iif(film ->> '$.one_piece' IS NULL,
                    json_object('near', json(film -> '$.cuts')),
                    json_object('never', film ->> '$.one_piece'))),
            '$.frames', '$.to_list', '$.frame_rate', '$.one_piece', '$.divisible', '$.sound', '$.video_encoder',
            '$.sound_encoders', '$.indexed_by')),
        -- Where there is none, nothing is put in at this place.
        iif(film ->> '$.sound', '$[1]', '$[0]'),
        json_object('content', 'sound', 'units', 1, 'load', 'light', 'encoders', json(film -> '$.sound_encoders'))),
    'frame_rate', json(film -> '$.frame_rate'),
    'indexed_by', film ->> '$.indexed_by')
WHERE film IS NOT NULL;

ALTER TABLE leases ADD COLUMN track INTEGER NOT NULL DEFAULT 0;
UPDATE leases SET track = 1, frame_start = 0, frame_end = 1 WHERE frame_start IS NULL;

-- Before the sound is moved to where the first frame is.
DROP INDEX pieces_by_share;
ALTER TABLE pieces ADD COLUMN track INTEGER NOT NULL DEFAULT 0;
UPDATE pieces SET track = 1, frame_start = 0, frame_end = 1 WHERE frame_start IS NULL;
-- The same units can't be kept twice, whatever the code above believes.
CREATE UNIQUE INDEX pieces_by_unit ON pieces (job_id, track, frame_start);

CREATE TABLE attempts_by_track (
    job_id TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE,
    track INTEGER NOT NULL,
    frame_start INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (job_id, track, frame_start)
) STRICT;
INSERT INTO attempts_by_track (job_id, track, frame_start, attempt)
SELECT job_id, frame_start < 0, max(frame_start, 0), json_remove(
    json_set(attempt, '$.segment', json_object(
        'track', frame_start < 0,
        'units', iif(frame_start < 0, json('{"start":0,"end":1}'), json(attempt -> '$.share')))),
    '$.share')
FROM attempts;
DROP TABLE attempts;
ALTER TABLE attempts_by_track RENAME TO attempts;

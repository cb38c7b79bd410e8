-- What organisations had chosen in `organisations.settings` becomes a row for each section, and leaves the column.
INSERT INTO settings (organisation_id, section, mailbox_id, chosen, changed_at)
SELECT
    o.id,
    moved.section,
    '00000000-0000-0000-0000-000000000000',
    jsonb_object_agg(
        moved.name,
        CASE
            WHEN moved.name = 'join_by_reference' THEN to_jsonb(o.settings ->> moved.name <> '0')
            ELSE o.settings -> moved.name
        END
    ),
    now()
FROM organisations AS o
CROSS JOIN (
    VALUES
    ('budkavle.sign_out', 'session_idle_minutes'),
    ('budkavle.sign_out', 'session_absolute_minutes'),
    ('budkavle.bin', 'bin_days'),
    ('budkavle.cases', 'join_by_reference')
) AS moved (section, name)
WHERE o.settings ? moved.name
GROUP BY o.id, moved.section;

UPDATE organisations
SET settings = settings - ARRAY['session_idle_minutes', 'session_absolute_minutes', 'bin_days', 'join_by_reference'];

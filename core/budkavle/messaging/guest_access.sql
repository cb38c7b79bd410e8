-- name: find_delivery
-- Finds what a guest opens: delivery, message, mailbox, author and organisation.
SELECT
    d.id,
    d.message_id,
    d.transport,
    d.recipient,
    d.state,
    d.terms,
    d.created_at,
    d.opened_at,
    d.answered_at,
    m.mailbox_id,
    m.loa,
    m.reply_allowed,
    b.name AS mailbox,
    b.description,
    u.name AS author,
    o.name AS organisation,
    o.slug,
    coalesce(s.chosen ->> 'contact', '') AS contact,
    coalesce(l.version, '') AS logo,
    coalesce(s.chosen ->> 'colour', '') AS colour,
    o.state NOT IN ('active', 'leaving') AS is_paused
FROM deliveries d
JOIN messages m
    ON
        m.organisation_id = d.organisation_id
        AND m.id = d.message_id
JOIN mailboxes b
    ON
        b.organisation_id = m.organisation_id
        AND b.id = m.mailbox_id
JOIN organisations o ON o.id = d.organisation_id
LEFT JOIN settings s
    ON
        s.organisation_id = d.organisation_id
        AND s.section = 'budkavle.information'
        AND s.mailbox_id = '00000000-0000-0000-0000-000000000000'
LEFT JOIN organisation_logos l ON l.organisation_id = d.organisation_id
LEFT JOIN users u
    ON
        u.organisation_id = m.organisation_id
        AND u.id = m.author_id
WHERE d.organisation_id = :organisation AND d.id = :id AND d.purpose = 'message';

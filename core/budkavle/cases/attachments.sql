-- name: attach
-- Attaches the actor's uploads to a message, in the order given; fewer rows than :ids if one is missing.
UPDATE attachments a
SET message_id = :message, position = wanted.position
FROM unnest(cast(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, position)
WHERE
    a.organisation_id = :organisation
    AND a.id = wanted.id
    AND a.message_id IS NULL
    AND a.uploaded_by IS NOT DISTINCT FROM cast(:uploaded_by AS uuid)
    AND a.uploader IN (:uploader, '');

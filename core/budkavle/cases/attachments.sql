-- name: attach
-- Gives the actor's uploads to a message, in their order; fewer rows than :ids where one has gone.
UPDATE attachments a
SET message_id = :message, position = wanted.position
FROM unnest(cast(:ids AS uuid[])) WITH ORDINALITY AS wanted (id, position)
WHERE
    a.organisation_id = :organisation
    AND a.id = wanted.id
    AND a.message_id IS NULL
    AND a.uploaded_by IS NOT DISTINCT FROM cast(:uploaded_by AS uuid)
    AND a.uploader IN (:uploader, '');

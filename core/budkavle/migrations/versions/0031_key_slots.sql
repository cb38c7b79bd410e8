-- Slots of the key store. What deletes a row with a slot, or seals it anew under another one, dooms the slot in the
-- same transaction, whichever statement it is. A slot that other rows of its owner still need is left alone.

CREATE FUNCTION sealed_slot(sealed bytea) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN length(sealed) > 10 AND get_byte(sealed, 0) >= 128
            THEN ('x' || encode(substring(sealed FROM 3 FOR 8), 'hex'))::bit(64)::bigint
    END
$$;

CREATE FUNCTION doom_slots_of_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_table_name = 'content_keys' THEN
        INSERT INTO doomed_slots (slot)
        SELECT DISTINCT g.slot
        FROM gone g
        WHERE
            g.slot IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM content_keys k
                WHERE k.organisation_id = g.organisation_id AND k.owner_id = g.owner_id AND k.slot = g.slot
            )
        ON CONFLICT (slot) DO NOTHING;
    ELSE
        INSERT INTO doomed_slots (slot)
        SELECT DISTINCT g.slot FROM gone g WHERE g.slot IS NOT NULL
        ON CONFLICT (slot) DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION doom_slot_of_resealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_table_name = 'content_keys' THEN
        IF EXISTS (
            SELECT FROM content_keys k
            WHERE k.organisation_id = old.organisation_id AND k.owner_id = old.owner_id AND k.slot = old.slot
        ) THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO doomed_slots (slot) VALUES (old.slot) ON CONFLICT (slot) DO NOTHING;
    RETURN NULL;
END
$$;

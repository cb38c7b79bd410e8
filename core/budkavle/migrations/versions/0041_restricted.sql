-- Tells whether the reader of the transaction may meet a case: nobody is named for it, or the reader is.
-- The cost is said to be low, since the policy calls it only where an organisation has restricted cases: else the
-- planner would count it for every row.
CREATE FUNCTION may_read_case(organisation uuid, restricted_case uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 AS $$
BEGIN
    RETURN coalesce(
        (
            SELECT bool_or(r.user_id::text = current_setting('budkavle.reader', true))
            FROM public.case_readers r
            WHERE r.organisation_id = organisation AND r.case_id = restricted_case
        ),
        true
    );
END
$$;

-- Tells whether the reader may meet the case of a message; the policy of the messages decides.
CREATE FUNCTION may_read_message(organisation uuid, message uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 AS $$
BEGIN
    RETURN message IS NULL
        OR EXISTS (SELECT FROM public.messages m WHERE m.organisation_id = organisation AND m.id = message);
END
$$;

-- Tells whether the reader may meet the case of a delivery; the policy of the deliveries decides.
CREATE FUNCTION may_read_delivery(organisation uuid, delivery uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 AS $$
BEGIN
    RETURN delivery IS NULL
        OR EXISTS (SELECT FROM public.deliveries d WHERE d.organisation_id = organisation AND d.id = delivery);
END
$$;

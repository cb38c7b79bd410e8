

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

CREATE FUNCTION public.addressbook_all_participants() RETURNS TABLE(organisation_id uuid, participant text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT p.organisation_id, p.participant FROM addressbook_participants p
$$;

ALTER FUNCTION public.addressbook_all_participants() OWNER TO budkavle_owner;

CREATE FUNCTION public.addressbook_mailbox(transport text, identifier text) RETURNS TABLE(organisation_id uuid, mailbox_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT l.organisation_id, l.mailbox_id FROM addressbook_links l
    JOIN mailboxes m ON m.organisation_id = l.organisation_id AND m.id = l.mailbox_id AND m.deleted_at IS NULL
    WHERE l.transport = addressbook_mailbox.transport AND l.identifier = addressbook_mailbox.identifier
$$;

ALTER FUNCTION public.addressbook_mailbox(transport text, identifier text) OWNER TO budkavle_owner;

CREATE FUNCTION public.audit_append(organisation uuid, at timestamp with time zone, kind text, entry text) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    head audit_heads;
BEGIN
    IF organisation IS DISTINCT FROM NULLIF(current_setting('budkavle.organisation', true), '')::uuid THEN
        RAISE insufficient_privilege USING MESSAGE = 'the event log belongs to another organisation';
    END IF;
    LOOP
        UPDATE audit_heads SET number = number + 1,
            hash = sha256(hash || convert_to((number + 1)::text, 'UTF8') || convert_to(entry, 'UTF8'))
            WHERE organisation_id = organisation RETURNING * INTO head;
        EXIT WHEN FOUND;
        INSERT INTO audit_heads VALUES (organisation, 0, sha256(convert_to(organisation::text, 'UTF8')))
            ON CONFLICT DO NOTHING;
    END LOOP;
    INSERT INTO audit_log (organisation_id, number, at, kind, entry, hash)
        VALUES (organisation, head.number, at, kind, entry, head.hash);
    RETURN head.number;
END $$;

ALTER FUNCTION public.audit_append(organisation uuid, at timestamp with time zone, kind text, entry text) OWNER TO budkavle_owner;

CREATE FUNCTION public.claim_deliveries(most integer, lease interval) RETURNS TABLE(organisation_id uuid, id uuid, fence bigint)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH due AS (
        SELECT d.organisation_id, d.id FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now()
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = 'SEND_IN_PROGRESS', attempt = d.attempt + 1, fence = d.fence + 1, begun_at = NULL,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence;
$$;

ALTER FUNCTION public.claim_deliveries(most integer, lease interval) OWNER TO budkavle_owner;

CREATE FUNCTION public.claim_lane(lane text, most integer, lease interval) RETURNS TABLE(organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    SET enable_seqscan TO 'off'
    SET enable_sort TO 'off'
    SET enable_incremental_sort TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
BEGIN
    RETURN QUERY
    WITH fresh AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 1 AS turn FROM deliveries d
        WHERE (d.state = 'READY_TO_SEND' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt = 0))
          AND d.transport = lane AND d.due_at <= now()
        ORDER BY d.due_at, d.id LIMIT most FOR UPDATE SKIP LOCKED
    ), again AS (
        SELECT d.organisation_id, d.id, d.state, d.begun_at, d.due_at, 2 AS turn FROM deliveries d
        WHERE (d.state = 'SEND_IN_PROGRESS' OR (d.state = 'WAITING_FOR_RETRY' AND d.attempt > 0))
          AND d.transport = lane AND d.due_at <= now()
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at, d.id LIMIT most - (SELECT count(*) FROM fresh) FOR UPDATE SKIP LOCKED
    ), due AS (SELECT * FROM fresh UNION ALL SELECT * FROM again), claimed AS (
        UPDATE deliveries d
        SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL,
            attempt = d.attempt + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NULL THEN 0 ELSE 1 END,
            crashes = d.crashes + CASE WHEN due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL THEN 1 ELSE 0 END,
            lease_until = now() + lease, due_at = now() + lease, changed_at = now()
        FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
        RETURNING d.organisation_id, d.id, d.fence, d.crashes,
            due.state = 'SEND_IN_PROGRESS' AND due.begun_at IS NOT NULL AS died,
            d.wire IS NOT NULL OR d.wire_blob IS NOT NULL AS kept, due.turn, due.due_at
    ) SELECT c.organisation_id, c.id, c.fence, c.crashes, c.died, c.kept FROM claimed c
    ORDER BY c.turn, c.due_at, c.id;
END $$;

ALTER FUNCTION public.claim_lane(lane text, most integer, lease interval) OWNER TO budkavle_owner;

CREATE FUNCTION public.claim_others(known text[], most integer, lease interval) RETURNS TABLE(organisation_id uuid, id uuid, fence bigint, crashes integer, died boolean, kept boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.organisation_id, d.id, d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NULL AS waited,
            d.state = 'SEND_IN_PROGRESS' AND d.begun_at IS NOT NULL AS died
        FROM deliveries d
        WHERE d.state IN ('READY_TO_SEND', 'WAITING_FOR_RETRY', 'SEND_IN_PROGRESS')
          AND d.due_at <= now() AND d.transport <> ALL(known)
          AND (d.state <> 'SEND_IN_PROGRESS' OR d.lease_until IS NULL OR d.lease_until <= now())
        ORDER BY d.due_at LIMIT most FOR UPDATE SKIP LOCKED
    )
    UPDATE deliveries d
    SET state = 'SEND_IN_PROGRESS', fence = d.fence + 1, begun_at = NULL,
        attempt = d.attempt + CASE WHEN due.waited THEN 0 ELSE 1 END,
        crashes = d.crashes + CASE WHEN due.died THEN 1 ELSE 0 END,
        lease_until = now() + lease, due_at = now() + lease, changed_at = now()
    FROM due WHERE d.organisation_id = due.organisation_id AND d.id = due.id
    RETURNING d.organisation_id, d.id, d.fence, d.crashes, due.died, d.wire IS NOT NULL OR d.wire_blob IS NOT NULL;
END $$;

ALTER FUNCTION public.claim_others(known text[], most integer, lease interval) OWNER TO budkavle_owner;

CREATE FUNCTION public.email_link_account_bounced(wanted bytea) RETURNS TABLE(organisation_id uuid, delivery_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT b.organisation_id, b.delivery_id, b.user_id FROM email_link_bounces b WHERE b.bounce_hash = wanted
$$;

ALTER FUNCTION public.email_link_account_bounced(wanted bytea) OWNER TO budkavle_owner;

CREATE FUNCTION public.email_link_accounts_due(most integer) RETURNS TABLE(organisation_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT a.organisation_id, a.id FROM email_link_accounts a WHERE a.due_at <= now() ORDER BY a.due_at LIMIT most
$$;

ALTER FUNCTION public.email_link_accounts_due(most integer) OWNER TO budkavle_owner;

CREATE FUNCTION public.email_link_bounced(wanted bytea) RETURNS TABLE(organisation_id uuid, delivery_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT l.organisation_id, l.delivery_id FROM email_link_links l WHERE l.bounce_hash = wanted
$$;

ALTER FUNCTION public.email_link_bounced(wanted bytea) OWNER TO budkavle_owner;

CREATE FUNCTION public.email_link_due(most integer) RETURNS TABLE(kind text, organisation_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    (SELECT 'over', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.over_at IS NULL AND l.expires_at <= now() ORDER BY l.expires_at LIMIT most)
    UNION ALL
    (SELECT 'remind', l.organisation_id, l.delivery_id FROM email_link_links l
     WHERE l.remind_at <= now() AND l.over_at IS NULL AND l.expires_at > now() ORDER BY l.remind_at LIMIT most)
    UNION ALL
    (SELECT 'notice', n.organisation_id, n.message_id FROM email_link_notices n
     WHERE n.due_at <= now() ORDER BY n.due_at LIMIT most)
$$;

ALTER FUNCTION public.email_link_due(most integer) OWNER TO budkavle_owner;

CREATE FUNCTION public.email_link_find(wanted bytea) RETURNS TABLE(organisation_id uuid, delivery_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT l.organisation_id, l.delivery_id FROM email_link_links l WHERE l.token_hash = wanted
$$;

ALTER FUNCTION public.email_link_find(wanted bytea) OWNER TO budkavle_owner;

CREATE FUNCTION public.fax_called(number text) RETURNS TABLE(organisation_id uuid, mailbox_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT l.organisation_id, l.mailbox_id FROM fax_lines l WHERE l.number = fax_called.number
$$;

ALTER FUNCTION public.fax_called(number text) OWNER TO budkavle_owner;

CREATE FUNCTION public.fax_given(number text) RETURNS TABLE(organisation_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT r.organisation_id FROM fax_ranges r
    WHERE int8range(r.first, r.last, '[]') @> CAST(substr(fax_given.number, 2) AS bigint)
$$;

ALTER FUNCTION public.fax_given(number text) OWNER TO budkavle_owner;

CREATE FUNCTION public.fax_open(after timestamp with time zone, most integer) RETURNS TABLE(organisation_id uuid, id uuid, delivery_id uuid, remote_id text, told text, created_at timestamp with time zone)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT j.organisation_id, j.id, j.delivery_id, j.remote_id, j.told, j.created_at FROM fax_jobs j
    WHERE j.state = 'TAKEN' AND j.created_at > fax_open.after ORDER BY j.created_at LIMIT fax_open.most
$$;

ALTER FUNCTION public.fax_open(after timestamp with time zone, most integer) OWNER TO budkavle_owner;

CREATE FUNCTION public.find_account(address text) RETURNS TABLE(organisation_id uuid, user_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT u.organisation_id, u.id FROM users u WHERE u.email = lower(address) AND u.active;
$$;

ALTER FUNCTION public.find_account(address text) OWNER TO budkavle_owner;

CREATE FUNCTION public.find_identities(subject bytea) RETURNS TABLE(organisation_id uuid, user_id uuid, id uuid, loa integer)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT i.organisation_id, i.user_id, i.id, CASE WHEN i.confirmed_at IS NULL THEN i.loa ELSE 3 END
    FROM identities i
    JOIN users u ON u.organisation_id = i.organisation_id AND u.id = i.user_id
    WHERE i.subject_hash = subject AND u.active AND (i.opens_at IS NULL OR i.opens_at <= now());
$$;

ALTER FUNCTION public.find_identities(subject bytea) OWNER TO budkavle_owner;

CREATE FUNCTION public.index_case_words() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
DECLARE
    before bigint[] := '{}';
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.words;
        DELETE FROM case_words WHERE organisation_id = OLD.organisation_id AND word = ANY (before)
            AND mailbox_id = OLD.mailbox_id AND case_id = OLD.id AND word <> ALL (NEW.words);
    END IF;
    INSERT INTO case_words (organisation_id, word, mailbox_id, case_id)
        SELECT NEW.organisation_id, one.word, NEW.mailbox_id, NEW.id FROM unnest(NEW.words) AS one(word)
        WHERE one.word <> ALL (before) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

ALTER FUNCTION public.index_case_words() OWNER TO budkavle_owner;

CREATE FUNCTION public.message_api_of_client(client uuid) RETURNS TABLE(organisation_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT c.organisation_id FROM message_api_clients c WHERE c.id = message_api_of_client.client AND c.issuer = ''
$$;

ALTER FUNCTION public.message_api_of_client(client uuid) OWNER TO budkavle_owner;

CREATE FUNCTION public.message_api_served() RETURNS TABLE(organisation_id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT s.organisation_id FROM message_api_services s ORDER BY s.organisation_id
$$;

ALTER FUNCTION public.message_api_served() OWNER TO budkavle_owner;

CREATE FUNCTION public.message_api_sweep() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH t AS (DELETE FROM message_api_tokens WHERE expires_at < now() RETURNING 1),
    a AS (DELETE FROM message_api_assertions WHERE expires_at < now() RETURNING 1),
    e AS (DELETE FROM message_api_exchanged WHERE step = 'done' AND at < now() - interval '90 days' RETURNING 1),
    r AS (
        DELETE FROM message_api_removed x WHERE NOT EXISTS (
            SELECT 1 FROM messages m WHERE m.organisation_id = x.organisation_id AND m.id = x.id
        ) AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.organisation_id = x.organisation_id AND d.id = x.id)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM a) + (SELECT count(*) FROM e) + (SELECT count(*) FROM r)
$$;

ALTER FUNCTION public.message_api_sweep() OWNER TO budkavle_owner;

CREATE FUNCTION public.sms_claim(most integer, lease interval) RETURNS TABLE(organisation_id uuid, id uuid, attempt integer)
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    WITH due AS (
        SELECT d.organisation_id, d.id FROM sms_outbox d
        WHERE d.state IN ('WAITING', 'SENDING') AND d.due_at <= now()
        ORDER BY d.kind <> 'code', d.due_at LIMIT sms_claim.most FOR UPDATE SKIP LOCKED
    )
    UPDATE sms_outbox o
    SET state = 'SENDING', attempt = o.attempt + 1, due_at = now() + sms_claim.lease
    FROM due WHERE o.organisation_id = due.organisation_id AND o.id = due.id
    RETURNING o.organisation_id, o.id, o.attempt
$$;

ALTER FUNCTION public.sms_claim(most integer, lease interval) OWNER TO budkavle_owner;

CREATE FUNCTION public.sms_find(gateway text, remote_id text) RETURNS TABLE(organisation_id uuid, id uuid)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'public', 'pg_temp'
    AS $$
    SELECT o.organisation_id, o.id FROM sms_outbox o
    WHERE o.gateway = sms_find.gateway AND o.remote_id = sms_find.remote_id
    ORDER BY o.created_at DESC LIMIT 1
$$;

ALTER FUNCTION public.sms_find(gateway text, remote_id text) OWNER TO budkavle_owner;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public.absence_answered (
    organisation_id uuid NOT NULL,
    absence text NOT NULL,
    sender bytea NOT NULL
);

ALTER TABLE ONLY public.absence_answered FORCE ROW LEVEL SECURITY;

ALTER TABLE public.absence_answered OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_changes (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    identifier text NOT NULL,
    kind text NOT NULL,
    before text NOT NULL,
    now text NOT NULL,
    noted_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone
);

ALTER TABLE ONLY public.addressbook_changes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_changes OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_contacts (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid,
    mailbox_id uuid,
    sealed bytea NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT addressbook_contacts_one_book CHECK (((user_id IS NULL) <> (mailbox_id IS NULL)))
);

ALTER TABLE ONLY public.addressbook_contacts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_contacts OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_copy (
    id integer NOT NULL,
    url text NOT NULL,
    fetched_at timestamp with time zone,
    tried_at timestamp with time zone NOT NULL,
    failure text NOT NULL,
    digest bytea NOT NULL,
    organisations integer NOT NULL,
    functions integer NOT NULL,
    skipped integer NOT NULL
);

ALTER TABLE public.addressbook_copy OWNER TO budkavle_owner;

CREATE SEQUENCE public.addressbook_copy_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.addressbook_copy_id_seq OWNER TO budkavle_owner;

ALTER SEQUENCE public.addressbook_copy_id_seq OWNED BY public.addressbook_copy.id;

CREATE TABLE public.addressbook_favourites (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    transport text NOT NULL,
    identifier text NOT NULL,
    name text NOT NULL,
    organisation text NOT NULL,
    participant text NOT NULL,
    saved_at timestamp with time zone NOT NULL,
    saved_by uuid
);

ALTER TABLE ONLY public.addressbook_favourites FORCE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_favourites OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_functions (
    identifier text NOT NULL,
    id text NOT NULL,
    name text NOT NULL,
    organisation text NOT NULL,
    participant text NOT NULL,
    description text NOT NULL,
    keywords text[] NOT NULL,
    stack text NOT NULL,
    name_stack text NOT NULL,
    organisation_stack text NOT NULL,
    sort_key text NOT NULL COLLATE pg_catalog."C"
);

ALTER TABLE public.addressbook_functions OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_links (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    transport text NOT NULL,
    identifier text NOT NULL,
    name text NOT NULL,
    organisation text NOT NULL,
    participant text NOT NULL,
    linked_at timestamp with time zone NOT NULL,
    linked_by uuid
);

ALTER TABLE ONLY public.addressbook_links FORCE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_links OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_organisations (
    id text NOT NULL,
    name text NOT NULL,
    participant text NOT NULL,
    number text NOT NULL,
    parent_id text,
    alternate_name text NOT NULL,
    description text NOT NULL
);

ALTER TABLE public.addressbook_organisations OWNER TO budkavle_owner;

CREATE TABLE public.addressbook_participants (
    organisation_id uuid NOT NULL,
    participant text NOT NULL
);

ALTER TABLE ONLY public.addressbook_participants FORCE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_participants OWNER TO budkavle_owner;

CREATE TABLE public.adviser_words (
    organisation_id uuid NOT NULL,
    words text[] NOT NULL
);

ALTER TABLE ONLY public.adviser_words FORCE ROW LEVEL SECURITY;

ALTER TABLE public.adviser_words OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_absence (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_absence OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_addressbook (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_addressbook OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_adviser (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_adviser OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_eid (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_eid OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_email_link (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_email_link OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_fax (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_fax OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_message_api (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_message_api OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_sdk (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_sdk OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_sms (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_sms OWNER TO budkavle_owner;

CREATE TABLE public.alembic_version_teams (
    version_num character varying(32) NOT NULL
);

ALTER TABLE public.alembic_version_teams OWNER TO budkavle_owner;

CREATE TABLE public.attachments (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid,
    uploaded_by uuid,
    "position" integer DEFAULT 0 NOT NULL,
    name bytea NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL,
    blob text NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.attachments FORCE ROW LEVEL SECURITY;

ALTER TABLE public.attachments OWNER TO budkavle_owner;

CREATE TABLE public.attempts (
    key bytea NOT NULL,
    failures integer NOT NULL,
    until timestamp with time zone NOT NULL
);

ALTER TABLE public.attempts OWNER TO budkavle_owner;

CREATE TABLE public.audit_heads (
    organisation_id uuid NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit_heads FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_heads OWNER TO budkavle_owner;

CREATE TABLE public.audit_log (
    organisation_id uuid NOT NULL,
    number bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    entry text NOT NULL,
    hash bytea NOT NULL
);

ALTER TABLE ONLY public.audit_log FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log OWNER TO budkavle_owner;

CREATE TABLE public.audit_seals (
    organisation_id uuid NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    signature bytea NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.audit_seals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.audit_seals OWNER TO budkavle_owner;

CREATE TABLE public.case_events (
    organisation_id uuid NOT NULL,
    case_id uuid NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    user_id uuid,
    kind text NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE ONLY public.case_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.case_events OWNER TO budkavle_owner;

CREATE SEQUENCE public.case_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.case_events_id_seq OWNER TO budkavle_owner;

ALTER SEQUENCE public.case_events_id_seq OWNED BY public.case_events.id;

CREATE TABLE public.case_words (
    organisation_id uuid NOT NULL,
    word bigint NOT NULL,
    mailbox_id uuid NOT NULL,
    case_id uuid NOT NULL
);

ALTER TABLE ONLY public.case_words FORCE ROW LEVEL SECURITY;

ALTER TABLE public.case_words OWNER TO budkavle_owner;

CREATE TABLE public.cases (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    number text NOT NULL,
    state text NOT NULL,
    state_before_bin text,
    holder_id uuid,
    conversation_id text NOT NULL,
    channel text NOT NULL,
    has_incoming boolean NOT NULL,
    has_outgoing boolean NOT NULL,
    confidential boolean NOT NULL,
    attachments integer NOT NULL,
    messages integer NOT NULL,
    incoming integer DEFAULT 0 NOT NULL,
    last_message_id uuid,
    trouble boolean DEFAULT false NOT NULL,
    words bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    active_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    binned_at timestamp with time zone,
    loa integer DEFAULT 0 NOT NULL
);

ALTER TABLE ONLY public.cases FORCE ROW LEVEL SECURITY;

ALTER TABLE public.cases OWNER TO budkavle_owner;

CREATE TABLE public.content_keys (
    organisation_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    part text NOT NULL,
    version integer NOT NULL,
    wrapped bytea NOT NULL
);

ALTER TABLE ONLY public.content_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.content_keys OWNER TO budkavle_owner;

CREATE TABLE public.counters (
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    value bigint NOT NULL
);

ALTER TABLE ONLY public.counters FORCE ROW LEVEL SECURITY;

ALTER TABLE public.counters OWNER TO budkavle_owner;

CREATE TABLE public.deliveries (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    message_id uuid,
    case_id uuid,
    purpose text NOT NULL,
    transport text NOT NULL,
    recipient bytea NOT NULL,
    state text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    fence bigint DEFAULT '0'::bigint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    remote_id text,
    failure text DEFAULT ''::text NOT NULL,
    wire bytea,
    wire_blob text,
    opened_at timestamp with time zone,
    answered_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    terms bytea,
    notified_at timestamp with time zone,
    downloaded_at timestamp with time zone,
    identified_by text DEFAULT ''::text NOT NULL,
    identified_loa integer DEFAULT 0 NOT NULL,
    begun_at timestamp with time zone,
    crashes integer DEFAULT 0 NOT NULL
);
ALTER TABLE ONLY public.deliveries ALTER COLUMN wire SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.deliveries FORCE ROW LEVEL SECURITY;

ALTER TABLE public.deliveries OWNER TO budkavle_owner;

CREATE TABLE public.delivery_events (
    organisation_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    state text NOT NULL,
    detail text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY public.delivery_events FORCE ROW LEVEL SECURITY;

ALTER TABLE public.delivery_events OWNER TO budkavle_owner;

CREATE SEQUENCE public.delivery_events_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.delivery_events_id_seq OWNER TO budkavle_owner;

ALTER SEQUENCE public.delivery_events_id_seq OWNED BY public.delivery_events.id;

CREATE TABLE public.eid_evidence (
    hash bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE public.eid_evidence OWNER TO budkavle_owner;

CREATE TABLE public.eid_once (
    hash bytea NOT NULL,
    sealed bytea,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE public.eid_once OWNER TO budkavle_owner;

CREATE TABLE public.email_link_accounts (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempt integer NOT NULL
);

ALTER TABLE ONLY public.email_link_accounts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_accounts OWNER TO budkavle_owner;

CREATE TABLE public.email_link_bounces (
    organisation_id uuid NOT NULL,
    bounce_hash bytea NOT NULL,
    delivery_id uuid,
    user_id uuid,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.email_link_bounces FORCE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_bounces OWNER TO budkavle_owner;

CREATE TABLE public.email_link_links (
    organisation_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    token_hash bytea NOT NULL,
    bounce_hash bytea NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL,
    remind_at timestamp with time zone,
    reminders integer NOT NULL,
    over_at timestamp with time zone
);

ALTER TABLE ONLY public.email_link_links FORCE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_links OWNER TO budkavle_owner;

CREATE TABLE public.email_link_notices (
    organisation_id uuid NOT NULL,
    message_id uuid NOT NULL,
    due_at timestamp with time zone NOT NULL,
    attempt integer NOT NULL
);

ALTER TABLE ONLY public.email_link_notices FORCE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_notices OWNER TO budkavle_owner;

CREATE TABLE public.email_link_outbox (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    key uuid NOT NULL,
    sealed bytea NOT NULL
);

ALTER TABLE public.email_link_outbox OWNER TO budkavle_owner;

CREATE SEQUENCE public.email_link_outbox_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.email_link_outbox_id_seq OWNER TO budkavle_owner;

ALTER SEQUENCE public.email_link_outbox_id_seq OWNED BY public.email_link_outbox.id;

CREATE TABLE public.fax_contacts (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    number_hash bytea NOT NULL,
    sealed bytea NOT NULL
);

ALTER TABLE ONLY public.fax_contacts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_contacts OWNER TO budkavle_owner;

CREATE TABLE public.fax_jobs (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid,
    state text NOT NULL,
    remote_id text NOT NULL,
    told text NOT NULL,
    reason text NOT NULL,
    sent integer NOT NULL,
    pages integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.fax_jobs FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_jobs OWNER TO budkavle_owner;

CREATE TABLE public.fax_lines (
    number text NOT NULL,
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL
);

ALTER TABLE ONLY public.fax_lines FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_lines OWNER TO budkavle_owner;

CREATE TABLE public.fax_organisations (
    organisation_id uuid NOT NULL,
    from_hour integer NOT NULL,
    to_hour integer NOT NULL,
    weekdays boolean NOT NULL,
    note text NOT NULL
);

ALTER TABLE ONLY public.fax_organisations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_organisations OWNER TO budkavle_owner;

CREATE TABLE public.fax_ranges (
    organisation_id uuid NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    CONSTRAINT fax_ranges_order CHECK ((first <= last))
);

ALTER TABLE ONLY public.fax_ranges FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_ranges OWNER TO budkavle_owner;

CREATE TABLE public.fax_talks (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    number_hash bytea NOT NULL,
    conversation_id text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.fax_talks FORCE ROW LEVEL SECURITY;

ALTER TABLE public.fax_talks OWNER TO budkavle_owner;

CREATE TABLE public.flows (
    hash bytea NOT NULL,
    browser bytea NOT NULL,
    provider text NOT NULL,
    wanted integer NOT NULL,
    state bytea NOT NULL,
    return_to text NOT NULL,
    used boolean DEFAULT false NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE public.flows OWNER TO budkavle_owner;

CREATE TABLE public.guest_sessions (
    organisation_id uuid NOT NULL,
    hash bytea NOT NULL,
    ref text NOT NULL,
    loa integer NOT NULL,
    provider text NOT NULL,
    facts bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.guest_sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.guest_sessions OWNER TO budkavle_owner;

CREATE TABLE public.identities (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    provider text NOT NULL,
    subject_hash bytea NOT NULL,
    label bytea NOT NULL,
    secret bytea,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    loa integer DEFAULT 2 NOT NULL,
    source text DEFAULT 'self'::text NOT NULL,
    bound_by uuid,
    confirmed_at timestamp with time zone,
    opens_at timestamp with time zone,
    name bytea
);

ALTER TABLE ONLY public.identities FORCE ROW LEVEL SECURITY;

ALTER TABLE public.identities OWNER TO budkavle_owner;

CREATE TABLE public.installation (
    name text NOT NULL,
    value bytea NOT NULL
);

ALTER TABLE public.installation OWNER TO budkavle_owner;

CREATE TABLE public.kept_drafts (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    content bytea NOT NULL,
    message_id uuid,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.kept_drafts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.kept_drafts OWNER TO budkavle_owner;

CREATE TABLE public.mailboxes (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    owner_id uuid,
    name text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    language text DEFAULT 'sv'::text NOT NULL,
    transports text[] DEFAULT '{}'::text[] NOT NULL,
    is_default boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE ONLY public.mailboxes FORCE ROW LEVEL SECURITY;

ALTER TABLE public.mailboxes OWNER TO budkavle_owner;

CREATE TABLE public.memberships (
    organisation_id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    user_id uuid NOT NULL,
    administrator boolean DEFAULT false NOT NULL,
    until timestamp with time zone,
    since timestamp with time zone,
    may_answer boolean DEFAULT true NOT NULL
);

ALTER TABLE ONLY public.memberships FORCE ROW LEVEL SECURITY;

ALTER TABLE public.memberships OWNER TO budkavle_owner;

CREATE TABLE public.message_api_assertions (
    organisation_id uuid NOT NULL,
    hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.message_api_assertions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_assertions OWNER TO budkavle_owner;

CREATE TABLE public.message_api_clients (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    issuer text DEFAULT ''::text NOT NULL,
    subject text NOT NULL,
    mailbox_id uuid,
    auth_ids text[] NOT NULL,
    scopes text[] NOT NULL,
    keys text DEFAULT ''::text NOT NULL,
    keys_url text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);

ALTER TABLE ONLY public.message_api_clients FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_clients OWNER TO budkavle_owner;

CREATE TABLE public.message_api_exchanged (
    organisation_id uuid NOT NULL,
    direction text NOT NULL,
    remote_id text NOT NULL,
    delivery_id uuid,
    step text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.message_api_exchanged FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_exchanged OWNER TO budkavle_owner;

CREATE TABLE public.message_api_removed (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    removed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.message_api_removed FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_removed OWNER TO budkavle_owner;

CREATE TABLE public.message_api_services (
    organisation_id uuid NOT NULL,
    url text NOT NULL,
    token_url text NOT NULL,
    client_id text NOT NULL,
    sealed bytea NOT NULL,
    public text NOT NULL,
    deletes boolean NOT NULL,
    well_at timestamp with time zone,
    failed_at timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL
);

ALTER TABLE ONLY public.message_api_services FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_services OWNER TO budkavle_owner;

CREATE TABLE public.message_api_tokens (
    organisation_id uuid NOT NULL,
    hash bytea NOT NULL,
    client_id uuid NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.message_api_tokens FORCE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_tokens OWNER TO budkavle_owner;

CREATE TABLE public.messages (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    mailbox_id uuid NOT NULL,
    case_id uuid NOT NULL,
    direction text NOT NULL,
    transport text NOT NULL,
    state text,
    conversation_id text NOT NULL,
    remote_id text,
    ref_to text,
    author_id uuid,
    confidential boolean NOT NULL,
    attachments integer NOT NULL,
    head bytea NOT NULL,
    body bytea NOT NULL,
    evidence bytea,
    evidence_blob text,
    created_at timestamp with time zone NOT NULL,
    loa integer DEFAULT 0 NOT NULL,
    reply_allowed boolean DEFAULT true NOT NULL,
    warned boolean DEFAULT false NOT NULL,
    sender_check text
);
ALTER TABLE ONLY public.messages ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.messages ALTER COLUMN evidence SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.messages FORCE ROW LEVEL SECURITY;

ALTER TABLE public.messages OWNER TO budkavle_owner;

CREATE TABLE public.organisation_keys (
    organisation_id uuid NOT NULL,
    version integer NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.organisation_keys FORCE ROW LEVEL SECURITY;

ALTER TABLE public.organisation_keys OWNER TO budkavle_owner;

CREATE TABLE public.organisations (
    id uuid NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.organisations OWNER TO budkavle_owner;

CREATE TABLE public.reads (
    organisation_id uuid NOT NULL,
    user_id uuid NOT NULL,
    case_id uuid NOT NULL,
    seen integer DEFAULT 0 NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.reads FORCE ROW LEVEL SECURITY;

ALTER TABLE public.reads OWNER TO budkavle_owner;

CREATE TABLE public.receipts (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    delivery_id uuid,
    transport text NOT NULL,
    remote_id text NOT NULL,
    receipt_id text NOT NULL,
    state text NOT NULL,
    applied boolean NOT NULL,
    reasons jsonb DEFAULT '[]'::jsonb NOT NULL,
    evidence bytea,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone NOT NULL
);
ALTER TABLE ONLY public.receipts ALTER COLUMN evidence SET STORAGE EXTERNAL;

ALTER TABLE ONLY public.receipts FORCE ROW LEVEL SECURITY;

ALTER TABLE public.receipts OWNER TO budkavle_owner;

CREATE TABLE public.schedule (
    name text NOT NULL,
    due_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone,
    fence bigint DEFAULT '0'::bigint NOT NULL
);

ALTER TABLE public.schedule OWNER TO budkavle_owner;

CREATE TABLE public.sdk_access_point (
    id integer NOT NULL,
    answered_at timestamp with time zone,
    failing_since timestamp with time zone,
    reason text DEFAULT ''::text NOT NULL
);

ALTER TABLE public.sdk_access_point OWNER TO budkavle_owner;

CREATE TABLE public.sdk_arrivals (
    organisation_id uuid NOT NULL,
    transport_id text NOT NULL,
    message_id text NOT NULL,
    document text NOT NULL,
    sender text NOT NULL,
    outcome text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sdk_arrivals FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_arrivals OWNER TO budkavle_owner;

CREATE TABLE public.sdk_enqueued (
    organisation_id uuid NOT NULL,
    transport_id text NOT NULL,
    delivery_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    recipient text DEFAULT ''::text NOT NULL,
    purpose text DEFAULT 'message'::text NOT NULL,
    word text DEFAULT ''::text NOT NULL,
    asked_at timestamp with time zone DEFAULT now() NOT NULL
);

ALTER TABLE ONLY public.sdk_enqueued FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_enqueued OWNER TO budkavle_owner;

CREATE TABLE public.sdk_identities (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    participant text NOT NULL,
    pair bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    signs_from timestamp with time zone
);

ALTER TABLE ONLY public.sdk_identities FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_identities OWNER TO budkavle_owner;

CREATE TABLE public.sdk_published (
    participant text NOT NULL,
    document text NOT NULL,
    answer bytea,
    fetched_at timestamp with time zone,
    tried_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NOT NULL,
    failure text DEFAULT ''::text NOT NULL
);

ALTER TABLE public.sdk_published OWNER TO budkavle_owner;

CREATE TABLE public.sdk_resends (
    organisation_id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    number integer NOT NULL,
    transport_id text NOT NULL,
    at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sdk_resends FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_resends OWNER TO budkavle_owner;

CREATE TABLE public.sdk_revocations (
    fingerprint text NOT NULL,
    revoked boolean NOT NULL,
    until timestamp with time zone NOT NULL
);

ALTER TABLE public.sdk_revocations OWNER TO budkavle_owner;

CREATE TABLE public.sdk_rings (
    bell text NOT NULL
);

ALTER TABLE public.sdk_rings OWNER TO budkavle_owner;

CREATE TABLE public.sessions (
    organisation_id uuid NOT NULL,
    hash bytea NOT NULL,
    user_id uuid NOT NULL,
    loa integer NOT NULL,
    provider text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    identified_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sessions FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sessions OWNER TO budkavle_owner;

CREATE TABLE public.sms_gateways (
    name text NOT NULL,
    well_at timestamp with time zone,
    failed_at timestamp with time zone,
    failure text DEFAULT ''::text NOT NULL
);

ALTER TABLE public.sms_gateways OWNER TO budkavle_owner;

CREATE TABLE public.sms_organisations (
    organisation_id uuid NOT NULL,
    sender text NOT NULL,
    notices boolean NOT NULL,
    text_sv text NOT NULL,
    text_en text NOT NULL
);

ALTER TABLE ONLY public.sms_organisations FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sms_organisations OWNER TO budkavle_owner;

CREATE TABLE public.sms_outbox (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    delivery_id uuid,
    sealed bytea NOT NULL,
    state text NOT NULL,
    attempt integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    gateway text DEFAULT ''::text NOT NULL,
    remote_id text,
    failure text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

ALTER TABLE ONLY public.sms_outbox FORCE ROW LEVEL SECURITY;

ALTER TABLE public.sms_outbox OWNER TO budkavle_owner;

CREATE TABLE public.sms_receipts (
    gateway text NOT NULL,
    remote_id text NOT NULL,
    state text NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE public.sms_receipts OWNER TO budkavle_owner;

CREATE TABLE public.teams_tokens (
    hash bytea NOT NULL,
    browser bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

ALTER TABLE public.teams_tokens OWNER TO budkavle_owner;

CREATE TABLE public.users (
    organisation_id uuid NOT NULL,
    id uuid NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    language text DEFAULT 'sv'::text NOT NULL,
    role text DEFAULT 'user'::text NOT NULL,
    password_hash text,
    active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    password_until timestamp with time zone,
    ended_at timestamp with time zone
);

ALTER TABLE ONLY public.users FORCE ROW LEVEL SECURITY;

ALTER TABLE public.users OWNER TO budkavle_owner;

CREATE TABLE public.worker_faults (
    kind text NOT NULL,
    subject text NOT NULL,
    worker text NOT NULL,
    since timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    facts jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.worker_faults OWNER TO budkavle_owner;

ALTER TABLE ONLY public.addressbook_copy ALTER COLUMN id SET DEFAULT nextval('public.addressbook_copy_id_seq'::regclass);

ALTER TABLE ONLY public.case_events ALTER COLUMN id SET DEFAULT nextval('public.case_events_id_seq'::regclass);

ALTER TABLE ONLY public.delivery_events ALTER COLUMN id SET DEFAULT nextval('public.delivery_events_id_seq'::regclass);

ALTER TABLE ONLY public.email_link_outbox ALTER COLUMN id SET DEFAULT nextval('public.email_link_outbox_id_seq'::regclass);

COPY public.absence_answered (organisation_id, absence, sender) FROM stdin;
\.

COPY public.addressbook_changes (organisation_id, mailbox_id, identifier, kind, before, now, noted_at, ended_at) FROM stdin;
\.

COPY public.addressbook_contacts (organisation_id, id, user_id, mailbox_id, sealed, changed_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2901fd96-1503-4263-894e-d00d080ee370	\N	0fcc0268-5473-42e9-a9e5-35a9f781b2db	\\x0001d232484b1ef0f706b4574c8d8a012855c039a5b296b24bc168d2b4e97e0a1068dd1c5fe246f2acfaf8cb17cabd9b27d15e1a321d4243bddb31ab950a6bf99f924362de9d68112134396debf777a6ab784db4133119a479046148040962175fdfb12ebd4ded5f952224d5be74fc62bd35a3479800260b37c6c421543b27a451e5a1d181	2026-11-27 08:42:44.902484+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2c5f10e2-1b0c-485d-824a-a26ed449b590	\N	0fcc0268-5473-42e9-a9e5-35a9f781b2db	\\x00017c1f67ab1f44fea085b59a83d2083ae529dba1818d6eaaca94f110fe4288683cbe0710a3a816beda68216d84791a064258a06c6c1c65caec7fd94b8b09b7ae65b98243254ca9c47c4f3e0e1ee1d9bc4a6b4e0813d8e67c0a87868f9fb09273a2187e7ca4097dbf999f810ccc9882c0b63c56d844b2175b7a4399bce1fe99c5	2026-11-27 08:42:45.233946+00
6206459c-75bf-40e9-af35-055a3a7ca57a	b08bd5f7-3467-4110-a647-6d1a1ba61938	\N	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	\\x00017b4ce96fea87d30565d1980d74f39d46b846e8db5e1ba343f575c9babaf1e735cc644d84de153a44f2f6be629d953c71fb798c5af186eedddbb057c35711bd041b8f682dde33ce02d95e06b9c57890d0a87f78a2f893779879468e4a02eef9d88e3ba6923fd586315dd3190a4791fd8aa3cb10f6c7efbfece3966865365917d4	2026-11-27 08:42:45.598096+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	97ec5aa3-c89f-40f0-9073-8db8fae63abe	\N	0fcc0268-5473-42e9-a9e5-35a9f781b2db	\\x0001c6b94c5ae58dc9bb38e794f71cfd0475bbcc7a4f00e5567d90addb3487e9eee886636edc10f2f6ab73118471693812ae40e0b3a716c6450fdb88e28f0aa21c3b56e2d3e2acdde46e2a0a9037b5d7b439d1ea65f3b80ad459657bc0df8ff004c23b7c1c16326e60b6555fc665506f28b4096240294dc327d932db7566	2026-11-27 08:42:46.635165+00
6206459c-75bf-40e9-af35-055a3a7ca57a	d246d614-82b0-4567-b903-8ef83942008c	\N	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	\\x000157494a4fd917368f08fc8eb66256fc6c144325078d6469aec6e4d13a2abce4fda38744f62e36776e4e01750fa8334f5913982eeeed1e540385e564e307f9f8232b131137f7708295a9b81c3aa419558cba093994495ec123d47a8d215ab141195dc1d9ced1fd96d00c0157601c871505ee4a9aeafbc1f3ed9dab87ff7c89	2026-11-27 08:42:46.977755+00
\.

COPY public.addressbook_copy (id, url, fetched_at, tried_at, failure, digest, organisations, functions, skipped) FROM stdin;
1	http://127.0.0.1:57029/addressbook/api	2026-11-27 08:42:39.789002+00	2026-11-27 08:42:39.789002+00		\\x61075a27dadbf67bb20571ad489f7c15a324c5681a1e9660acc2709d3f9e41f7	9	27	0
\.

COPY public.addressbook_favourites (organisation_id, mailbox_id, transport, identifier, name, organisation, participant, saved_at, saved_by) FROM stdin;
\.

COPY public.addressbook_functions (identifier, id, name, organisation, participant, description, keywords, stack, name_stack, organisation_stack, sort_key) FROM stdin;
sdk:socialtjanst:0203:bjorkvik.example	e961a71f-5bec-513a-8464-0083832cbe3a	Socialtjänsten, mottagning barn och unga	Björkviks kommun	0203:bjorkvik.example	Tar emot orosanmälningar och svar om barn och unga.	{Orosanmälan,Journalkopia,Socialtjänst}	socialtjänsten mottagning barn och unga björkviks kommun tar emot orosanmälningar och svar om barn och unga orosanmälan journalkopia socialtjänst björkviks kommun 212000 9001 0203 bjorkvik example sdk socialtjanst 0203 bjorkvik example	socialtjänsten mottagning barn och unga	björkviks kommun	socialtj|nsten mottagning barn och unga bj}rkviks kommun
sdk:bistand:0203:bjorkvik.example	21b8a43c-6f0e-5674-ae7c-873a9187ed2f	Biståndshandläggning äldre	Björkviks kommun	0203:bjorkvik.example	Samordnad planering vid utskrivning.	{Utskrivning,"Vård och omsorg"}	biståndshandläggning äldre björkviks kommun samordnad planering vid utskrivning utskrivning vård och omsorg björkviks kommun 212000 9001 0203 bjorkvik example sdk bistand 0203 bjorkvik example	biståndshandläggning äldre	björkviks kommun	bist{ndshandl|ggning |ldre bj}rkviks kommun
SE2321009002-1001	6faf5263-e1a3-52d4-a25e-79ae06e7d664	Barn- och ungdomspsykiatrin, kansli	Region Vättern	0203:regionvattern.example	Journalkopior och remissvar.	{Journalkopia,BUP,"Vård och omsorg"}	barn och ungdomspsykiatrin kansli region vättern journalkopior och remissvar journalkopia bup vård och omsorg region vättern 232100 9002 0203 regionvattern example se2321009002 1001	barn och ungdomspsykiatrin kansli	region vättern	barn och ungdomspsykiatrin kansli region v|ttern
SE2321009002-1002	9dcb9784-9d0f-5719-bcaf-e7b8575e8734	Utskrivningssamordning medicinkliniken	Region Vättern	0203:regionvattern.example	Planering inför utskrivning.	{Utskrivning,"Vård och omsorg"}	utskrivningssamordning medicinkliniken region vättern planering inför utskrivning utskrivning vård och omsorg region vättern 232100 9002 0203 regionvattern example se2321009002 1002	utskrivningssamordning medicinkliniken	region vättern	utskrivningssamordning medicinkliniken region v|ttern
sdk.inkorg001.0203:trygghet.example	b25a8fbd-858b-5346-aa8f-67c734d077c1	Ersättningsärenden	Trygghetsmyndigheten	0203:trygghet.example	Kompletteringar i ärenden om ersättning.	{Försörjningsstöd,Socialtjänst}	ersättningsärenden trygghetsmyndigheten kompletteringar i ärenden om ersättning försörjningsstöd socialtjänst trygghetsmyndigheten 202100 9003 0203 trygghet example sdk inkorg001 0203 trygghet example	ersättningsärenden	trygghetsmyndigheten	ers|ttnings|renden trygghetsmyndigheten
sdk:inkorg:0203:testorg2.example	d9b24bd1-b887-58a7-af29-2129bfad0c72	Inkorg: accesspunkten går inte att nå	Testorganisation 2	0203:testorg2.example	Accesspunkten går inte att nå.	{}	inkorg accesspunkten går inte att nå testorganisation 2 accesspunkten går inte att nå testorganisation 2 202100 9002 0203 testorg2 example sdk inkorg 0203 testorg2 example	inkorg accesspunkten går inte att nå	testorganisation 2	inkorg accesspunkten g{r inte att n{ testorganisation 2
sdk:inkorg:0203:testorg3.example	ac6b6a0c-f4f5-5110-bea3-cb1b7fdbeca3	Inkorg: organisationens certifikat har gått ut	Testorganisation 3	0203:testorg3.example	Organisationens certifikat har gått ut.	{}	inkorg organisationens certifikat har gått ut testorganisation 3 organisationens certifikat har gått ut testorganisation 3 202100 9003 0203 testorg3 example sdk inkorg 0203 testorg3 example	inkorg organisationens certifikat har gått ut	testorganisation 3	inkorg organisationens certifikat har g{tt ut testorganisation 3
sdk:inkorg:0203:testorg4.example	c40c8679-5ba0-5cf3-b0a0-d95c5ac99b16	Inkorg: accesspunkten visar fel certifikat för AS4	Testorganisation 4	0203:testorg4.example	Accesspunkten visar fel certifikat för AS4.	{}	inkorg accesspunkten visar fel certifikat för as4 testorganisation 4 accesspunkten visar fel certifikat för as4 testorganisation 4 202100 9004 0203 testorg4 example sdk inkorg 0203 testorg4 example	inkorg accesspunkten visar fel certifikat för as4	testorganisation 4	inkorg accesspunkten visar fel certifikat f}r as4 testorganisation 4
sdk:inkorg:0203:testorg5.example	8cbe5a58-014b-5b5d-aa5b-3ed8ea18d223	Inkorg: accesspunktens certifikat för TLS har gått ut	Testorganisation 5	0203:testorg5.example	Accesspunktens certifikat för TLS har gått ut.	{}	inkorg accesspunktens certifikat för tls har gått ut testorganisation 5 accesspunktens certifikat för tls har gått ut testorganisation 5 202100 9005 0203 testorg5 example sdk inkorg 0203 testorg5 example	inkorg accesspunktens certifikat för tls har gått ut	testorganisation 5	inkorg accesspunktens certifikat f}r tls har g{tt ut testorganisation 5
sdk:inkorg:0203:testorg6.example	8b89d88a-175c-59a4-bbf6-38b09e03e3ed	Inkorg: accesspunktens certifikat för TLS är utfärdat av fel utfärdare	Testorganisation 6	0203:testorg6.example	Accesspunktens certifikat för TLS är utfärdat av fel utfärdare.	{}	inkorg accesspunktens certifikat för tls är utfärdat av fel utfärdare testorganisation 6 accesspunktens certifikat för tls är utfärdat av fel utfärdare testorganisation 6 202100 9006 0203 testorg6 example sdk inkorg 0203 testorg6 example	inkorg accesspunktens certifikat för tls är utfärdat av fel utfärdare	testorganisation 6	inkorg accesspunktens certifikat f}r tls |r utf|rdat av fel utf|rdare testorganisation 6
sdk:prompt:0203:provning.example	7d403573-6418-54ad-a39a-f2511c8b020d	Kvitterar genast	Provningsverket	0203:provning.example	Kvitterar genast.	{}	kvitterar genast provningsverket kvitterar genast provningsverket 202100 9011 0203 provning example sdk prompt 0203 provning example	kvitterar genast	provningsverket	kvitterar genast provningsverket
sdk:late:0203:provning.example	16a652bf-ac64-5e6a-920b-0cdf4b4b49c3	Kvitterar efter en minut	Provningsverket	0203:provning.example	Kvitterar efter en minut.	{}	kvitterar efter en minut provningsverket kvitterar efter en minut provningsverket 202100 9011 0203 provning example sdk late 0203 provning example	kvitterar efter en minut	provningsverket	kvitterar efter en minut provningsverket
sdk:double:0203:provning.example	0e42bf10-bfe6-5f6a-8876-57f44dcba9db	Skickar samma kvittens två gånger	Provningsverket	0203:provning.example	Skickar samma kvittens två gånger.	{}	skickar samma kvittens två gånger provningsverket skickar samma kvittens två gånger provningsverket 202100 9011 0203 provning example sdk double 0203 provning example	skickar samma kvittens två gånger	provningsverket	skickar samma kvittens tv{ g{nger provningsverket
sdk:contradictory:0203:provning.example	144f1962-8f90-5f14-a582-cbbbbac00a07	Kvitterar och avvisar samma meddelande	Provningsverket	0203:provning.example	Kvitterar och avvisar samma meddelande.	{}	kvitterar och avvisar samma meddelande provningsverket kvitterar och avvisar samma meddelande provningsverket 202100 9011 0203 provning example sdk contradictory 0203 provning example	kvitterar och avvisar samma meddelande	provningsverket	kvitterar och avvisar samma meddelande provningsverket
sdk:forged:0203:provning.example	a3ebe99c-b9a5-552a-85b7-46a38e56c5f4	Kvitterar med nycklar som inte är publicerade	Provningsverket	0203:provning.example	Kvitterar med nycklar som inte är publicerade.	{}	kvitterar med nycklar som inte är publicerade provningsverket kvitterar med nycklar som inte är publicerade provningsverket 202100 9011 0203 provning example sdk forged 0203 provning example	kvitterar med nycklar som inte är publicerade	provningsverket	kvitterar med nycklar som inte |r publicerade provningsverket
sdk:silent:0203:provning.example	f4bea194-46ba-5fb7-a20f-2b44111aa114	Kvitterar aldrig	Provningsverket	0203:provning.example	Kvitterar aldrig.	{}	kvitterar aldrig provningsverket kvitterar aldrig provningsverket 202100 9011 0203 provning example sdk silent 0203 provning example	kvitterar aldrig	provningsverket	kvitterar aldrig provningsverket
sdk:structure:0203:provning.example	c8e3bcd4-b4b0-548a-a197-5be02f91ba1f	Avvisar med structure	Provningsverket	0203:provning.example	Avvisar med structure.	{}	avvisar med structure provningsverket avvisar med structure provningsverket 202100 9011 0203 provning example sdk structure 0203 provning example	avvisar med structure	provningsverket	avvisar med structure provningsverket
sdk:forbidden:0203:provning.example	58a6de74-ece2-5a21-873b-683098419792	Avvisar med forbidden	Provningsverket	0203:provning.example	Avvisar med forbidden.	{}	avvisar med forbidden provningsverket avvisar med forbidden provningsverket 202100 9011 0203 provning example sdk forbidden 0203 provning example	avvisar med forbidden	provningsverket	avvisar med forbidden provningsverket
sdk:too-long:0203:provning.example	21a28d15-a490-5160-828f-0ee3433743b2	Avvisar med too-long	Provningsverket	0203:provning.example	Avvisar med too-long.	{}	avvisar med too long provningsverket avvisar med too long provningsverket 202100 9011 0203 provning example sdk too long 0203 provning example	avvisar med too long	provningsverket	avvisar med too long provningsverket
sdk:invariant:0203:provning.example	b162fc9c-13ab-5297-b3c4-6ef2dd1400e3	Avvisar med invariant	Provningsverket	0203:provning.example	Avvisar med invariant.	{}	avvisar med invariant provningsverket avvisar med invariant provningsverket 202100 9011 0203 provning example sdk invariant 0203 provning example	avvisar med invariant	provningsverket	avvisar med invariant provningsverket
sdk:duplicate:0203:provning.example	30d5c545-d8fb-502b-9566-b4ade7822116	Avvisar med duplicate	Provningsverket	0203:provning.example	Avvisar med duplicate.	{}	avvisar med duplicate provningsverket avvisar med duplicate provningsverket 202100 9011 0203 provning example sdk duplicate 0203 provning example	avvisar med duplicate	provningsverket	avvisar med duplicate provningsverket
sdk:multiple-matches:0203:provning.example	6b2fd999-fef6-58b1-8464-86952408eb46	Avvisar med multiple-matches	Provningsverket	0203:provning.example	Avvisar med multiple-matches.	{}	avvisar med multiple matches provningsverket avvisar med multiple matches provningsverket 202100 9011 0203 provning example sdk multiple matches 0203 provning example	avvisar med multiple matches	provningsverket	avvisar med multiple matches provningsverket
sdk:not-supported:0203:provning.example	be79d47b-841b-5064-ad91-f1a44bad66e0	Avvisar med not-supported	Provningsverket	0203:provning.example	Avvisar med not-supported.	{}	avvisar med not supported provningsverket avvisar med not supported provningsverket 202100 9011 0203 provning example sdk not supported 0203 provning example	avvisar med not supported	provningsverket	avvisar med not supported provningsverket
sdk:not-found:0203:provning.example	87c119df-b29d-59ae-8b45-f7f77fa972fb	Avvisar med not-found	Provningsverket	0203:provning.example	Avvisar med not-found.	{}	avvisar med not found provningsverket avvisar med not found provningsverket 202100 9011 0203 provning example sdk not found 0203 provning example	avvisar med not found	provningsverket	avvisar med not found provningsverket
sdk:security:0203:provning.example	3fa71ae3-dccd-5f9f-b62d-919ca80f068b	Avvisar med security	Provningsverket	0203:provning.example	Avvisar med security.	{}	avvisar med security provningsverket avvisar med security provningsverket 202100 9011 0203 provning example sdk security 0203 provning example	avvisar med security	provningsverket	avvisar med security provningsverket
sdk:signature:0203:provning.example	512ad9c2-e675-5c76-9fcf-a7a8ad7d787c	Avvisar med signature	Provningsverket	0203:provning.example	Avvisar med signature.	{}	avvisar med signature provningsverket avvisar med signature provningsverket 202100 9011 0203 provning example sdk signature 0203 provning example	avvisar med signature	provningsverket	avvisar med signature provningsverket
sdk:unknown-cause:0203:provning.example	acb36823-e58e-5bdc-95c4-f88b5215f79e	Avvisar med unknown-cause	Provningsverket	0203:provning.example	Avvisar med unknown-cause.	{}	avvisar med unknown cause provningsverket avvisar med unknown cause provningsverket 202100 9011 0203 provning example sdk unknown cause 0203 provning example	avvisar med unknown cause	provningsverket	avvisar med unknown cause provningsverket
\.

COPY public.addressbook_links (organisation_id, mailbox_id, transport, identifier, name, organisation, participant, linked_at, linked_by) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0fcc0268-5473-42e9-a9e5-35a9f781b2db	sdk	sdk:socialtjanst:0203:bjorkvik.example	Socialtjänsten, mottagning barn och unga	Björkviks kommun	0203:bjorkvik.example	2026-11-27 08:42:43.589109+00	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9f41677d-4434-442b-a8ed-1cc4580c2519	sdk	sdk:bistand:0203:bjorkvik.example	Biståndshandläggning äldre	Björkviks kommun	0203:bjorkvik.example	2026-11-27 08:42:43.923778+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	sdk	SE2321009002-1001	Barn- och ungdomspsykiatrin, kansli	Region Vättern	0203:regionvattern.example	2026-11-27 08:42:44.246374+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	e5984ce6-2f06-419b-8c5b-827b1383b862	sdk	SE2321009002-1002	Utskrivningssamordning medicinkliniken	Region Vättern	0203:regionvattern.example	2026-11-27 08:42:44.571027+00	\N
\.

COPY public.addressbook_organisations (id, name, participant, number, parent_id, alternate_name, description) FROM stdin;
56d411c5-ac6c-5649-b514-ae54802043b2	Björkviks kommun	0203:bjorkvik.example	212000-9001	\N		En påhittad kommun i simulatorn.
a8b3060c-de08-5132-93d0-a0e7a6271e07	Region Vättern	0203:regionvattern.example	232100-9002	\N		En påhittad region i simulatorn.
e50aea5a-eacb-5925-87b8-c22b4a870ef9	Trygghetsmyndigheten	0203:trygghet.example	202100-9003	\N		En påhittad myndighet i simulatorn.
1ca06cb6-12ee-587a-ab39-78e7c2bf8cad	Testorganisation 2	0203:testorg2.example	202100-9002	\N		Accesspunkten går inte att nå.
2de72c5d-b0c3-5cc3-883c-fe200289c1ba	Testorganisation 3	0203:testorg3.example	202100-9003	\N		Organisationens certifikat har gått ut.
97dc78b2-247a-5df6-ad89-aef67a1dc9a0	Testorganisation 4	0203:testorg4.example	202100-9004	\N		Accesspunkten visar fel certifikat för AS4.
1cb37da2-262b-58d2-9794-75a279662d7d	Testorganisation 5	0203:testorg5.example	202100-9005	\N		Accesspunktens certifikat för TLS har gått ut.
a2f21cb1-9e02-58cb-ae47-a2fa437a8125	Testorganisation 6	0203:testorg6.example	202100-9006	\N		Accesspunktens certifikat för TLS är utfärdat av fel utfärdare.
40db280d-8f52-5384-a35f-66d628e140b0	Provningsverket	0203:provning.example	202100-9011	\N		Gör det som funktionen heter, för prov.
\.

COPY public.addressbook_participants (organisation_id, participant) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0203:bjorkvik.example
6206459c-75bf-40e9-af35-055a3a7ca57a	0203:regionvattern.example
\.

COPY public.adviser_words (organisation_id, words) FROM stdin;
\.

COPY public.alembic_version (version_num) FROM stdin;
0009
\.

COPY public.alembic_version_absence (version_num) FROM stdin;
0001
\.

COPY public.alembic_version_addressbook (version_num) FROM stdin;
0002
\.

COPY public.alembic_version_adviser (version_num) FROM stdin;
0001
\.

COPY public.alembic_version_eid (version_num) FROM stdin;
0002
\.

COPY public.alembic_version_email_link (version_num) FROM stdin;
0002
\.

COPY public.alembic_version_fax (version_num) FROM stdin;
0003
\.

COPY public.alembic_version_message_api (version_num) FROM stdin;
0001
\.

COPY public.alembic_version_sdk (version_num) FROM stdin;
0006
\.

COPY public.alembic_version_sms (version_num) FROM stdin;
0002
\.

COPY public.alembic_version_teams (version_num) FROM stdin;
0001
\.

COPY public.attachments (organisation_id, id, message_id, uploaded_by, "position", name, content_type, size, blob, created_at) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	9c412799-e98e-4b0d-a7dd-242809ad69e9	2280f171-15d0-401d-8846-7270ba4091c3	3b1649b6-c8be-424a-a97d-66b9db006989	1	\\x0001d3e798bc3a41cd66f941ae114cf13f767693bb204ea59d8283cc1beb789b857b723d4550c20c4c45	application/pdf	579	6206459c-75bf-40e9-af35-055a3a7ca57a/40ab1fce3b80414f94f067d8e5a974ed	2026-11-27 08:42:47.970798+00
6206459c-75bf-40e9-af35-055a3a7ca57a	285569aa-8843-4c00-86a7-35df66643d13	2280f171-15d0-401d-8846-7270ba4091c3	3b1649b6-c8be-424a-a97d-66b9db006989	2	\\x00019f27258f5df45defdc24fc7ae24126be9a722a1b675f2133c149fd77e4f916378f909d317d50c4d4	application/pdf	565	6206459c-75bf-40e9-af35-055a3a7ca57a/1a03dff16fd841a4bfc2758f68841879	2026-11-27 08:42:47.974461+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	757dfd76-4323-4857-b9b8-d74e452121bf	92ae7952-c18a-4b76-9578-0142152e9fa1	\N	1	\\x0001541215fb0d3ac40d0ba7255544651a063f97f004186b8b50e82ddbdafd5f4be6d0054c6bc177c747	application/pdf	579	2ee256af-2ef7-4edb-a645-b1d8f3eb38d8/2f4cc1dce06d4f5d94864e831d4c1e6d	2026-11-27 08:42:49.269756+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	b5e5e29e-4fc0-49d3-8b90-fc8ede128a5c	92ae7952-c18a-4b76-9578-0142152e9fa1	\N	2	\\x00013e3dfa6965b19652b3fcf8c67d29bf6d08419be74ecf0c2c376f4ca00763dbe3906701bb223d806e	application/pdf	565	2ee256af-2ef7-4edb-a645-b1d8f3eb38d8/8aa72bab2e364af187b316aedf5a75b1	2026-11-27 08:42:49.269756+00
6206459c-75bf-40e9-af35-055a3a7ca57a	ceaff787-b405-469a-a9aa-24e00a5a4db0	54ac4681-9be7-4acd-8562-89a3966dc4a1	3b1649b6-c8be-424a-a97d-66b9db006989	1	\\x00018b51480b0c4bd41afc396d539319056985b7fd19cef03b0d178db8b154110cf6ceaafcfd123fd8abcc	application/pdf	566	6206459c-75bf-40e9-af35-055a3a7ca57a/60fad6ae6e6649daa2ed7a736fb26a62	2026-11-27 08:42:50.816238+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	60920329-ab4f-4ad8-968e-d6d5f8ed063c	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	\N	1	\\x0001649c35f7ae881719f118d4da179659fbaf9dc9a866cfe62d8cf85540921062b3af008e0073d5e09d5b	application/pdf	566	2ee256af-2ef7-4edb-a645-b1d8f3eb38d8/69038675c315405ea7ace56f27098085	2026-11-27 08:42:50.96217+00
6206459c-75bf-40e9-af35-055a3a7ca57a	6345d856-2444-4602-b6a2-d685fb0a4800	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	3b1649b6-c8be-424a-a97d-66b9db006989	1	\\x000166a159511903c6969cbcfa2ce195a6032b62b3022dee57bed5dfcc77f78b3a2739d1ebd56104f571fb53e906	application/pdf	569	6206459c-75bf-40e9-af35-055a3a7ca57a/86cb6042743d4e7e839970562b6ee03b	2026-11-27 08:42:52.668776+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	03df0d38-718d-43b0-87d4-d0c0e5513c85	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	\N	1	\\x0001ba28a5d148c97b086ca1b7a213fd806883d8a036e6371fb71eaf4d238895aa7138695c	application/pdf	8890	2ee256af-2ef7-4edb-a645-b1d8f3eb38d8/8ce41f2393ba4b97819ed4590d9c2813	2026-11-27 08:42:55.596351+00
\.

COPY public.attempts (key, failures, until) FROM stdin;
\.

COPY public.audit_heads (organisation_id, number, hash) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	40	\\x6398152b4400c144fbea601218cf0a817cf4c52e7cdd73367d9650d26c2dfdba
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	42	\\x51aede4b46b366f67c72090479cc8773b7224bd592153aa108274b9de68e08fd
\.

COPY public.audit_log (organisation_id, number, at, kind, entry, hash) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1	2026-11-27 08:42:40.308585+00	organisation.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:40.308585+00:00","facts":{},"kind":"organisation.created","thing":"2ee256af-2ef7-4edb-a645-b1d8f3eb38d8"}	\\x282bfd0025cc52fa5d878ef4b7dc487ba1f9371ea64ee5358b6ea479f7762bab
6206459c-75bf-40e9-af35-055a3a7ca57a	1	2026-11-27 08:42:40.614705+00	organisation.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:40.614705+00:00","facts":{},"kind":"organisation.created","thing":"6206459c-75bf-40e9-af35-055a3a7ca57a"}	\\x853a1cb2d1c0f3cf18af4c1c6832b5d2bc6d9e885b28441331db63f4cb018cb6
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2	2026-11-27 08:42:40.94316+00	sdk.key-added	{"actor":{"id":null,"name":"Budkavle"},"at":"2026-11-27T08:42:40.943160+00:00","facts":{"serial":"aea451f7ebc966eb543ee13b7330046d94e9559","until":"2028-11-26"},"kind":"sdk.key-added","thing":"8bd90004-f07a-4147-a3f3-758860e02f30"}	\\x1d18ed1304cba0cc4de8c5724424ea202aa918176ae13a83df24328ff1d0360b
6206459c-75bf-40e9-af35-055a3a7ca57a	2	2026-11-27 08:42:41.393395+00	sdk.key-added	{"actor":{"id":null,"name":"Budkavle"},"at":"2026-11-27T08:42:41.393395+00:00","facts":{"serial":"37eb98f5b13e41b820272cd8fa4219c4e4113fde","until":"2028-11-26"},"kind":"sdk.key-added","thing":"038ae6b0-8ce3-4c22-ae8b-1062b6d8dead"}	\\xd6ec4cfc71127da2793704ab1de2cd25849b481b2c5b5fbee4ea9cc73c6a83e9
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3	2026-11-27 08:42:41.710067+00	addressbook.participant	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:41.710067+00:00","facts":{"participant":"0203:bjorkvik.example"},"kind":"addressbook.participant","thing":"2ee256af-2ef7-4edb-a645-b1d8f3eb38d8"}	\\x34e0b6e24dab2baf5b0041c5829ea672e7a97d436b339011838fc2bcee40042d
6206459c-75bf-40e9-af35-055a3a7ca57a	3	2026-11-27 08:42:42.025718+00	addressbook.participant	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:42.025718+00:00","facts":{"participant":"0203:regionvattern.example"},"kind":"addressbook.participant","thing":"6206459c-75bf-40e9-af35-055a3a7ca57a"}	\\x6d39b9df629f3618ecf2999819b3a36ba1cb1880f0bc0b53b2b94e7411518b76
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4	2026-11-27 08:42:42.337799+00	mailbox.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:42.337799+00:00","facts":{"name":"Socialtjänst barn och unga"},"kind":"mailbox.created","thing":"0fcc0268-5473-42e9-a9e5-35a9f781b2db"}	\\xabc5e1889e63779a703d24c011ca694280be9a1abb5c52efc064a702f9dc5dd3
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5	2026-11-27 08:42:42.64512+00	mailbox.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:42.645120+00:00","facts":{"name":"Biståndshandläggning äldre"},"kind":"mailbox.created","thing":"9f41677d-4434-442b-a8ed-1cc4580c2519"}	\\x28a8b5df9435702135b3570f8a8ce2b6f94d4ea4368a1a30eb19105adb1b4d47
6206459c-75bf-40e9-af35-055a3a7ca57a	4	2026-11-27 08:42:42.955727+00	mailbox.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:42.955727+00:00","facts":{"name":"BUP, kansli"},"kind":"mailbox.created","thing":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a"}	\\x42b1395a64c32917e337b97c68731e13ca046fee7dd7037697dce8c8f4e216f5
6206459c-75bf-40e9-af35-055a3a7ca57a	5	2026-11-27 08:42:43.261921+00	mailbox.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:43.261921+00:00","facts":{"name":"Utskrivningssamordning"},"kind":"mailbox.created","thing":"e5984ce6-2f06-419b-8c5b-827b1383b862"}	\\xbd9bd1f92e27477d725b711e61f81bc354000121c967acb012d1508a43bfc824
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6	2026-11-27 08:42:43.590243+00	mailbox.linked	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:43.590243+00:00","facts":{"identifier":"sdk:socialtjanst:0203:bjorkvik.example"},"kind":"mailbox.linked","thing":"0fcc0268-5473-42e9-a9e5-35a9f781b2db"}	\\x09f283e436705f0ad2fa2fd186b2db1f13ce17861286d3c4c6b7879910ef41e0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7	2026-11-27 08:42:43.924442+00	mailbox.linked	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:43.924442+00:00","facts":{"identifier":"sdk:bistand:0203:bjorkvik.example"},"kind":"mailbox.linked","thing":"9f41677d-4434-442b-a8ed-1cc4580c2519"}	\\xa934e43ac9c71c660731df5bf0d275342ff5bf2611d1cfb3e0f32802e96e3113
6206459c-75bf-40e9-af35-055a3a7ca57a	6	2026-11-27 08:42:44.24721+00	mailbox.linked	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:44.247210+00:00","facts":{"identifier":"SE2321009002-1001"},"kind":"mailbox.linked","thing":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a"}	\\x7f428ce4a58e270485a70a9e4813440a0364e2a121f543fb51030643340c4c3a
6206459c-75bf-40e9-af35-055a3a7ca57a	7	2026-11-27 08:42:44.571753+00	mailbox.linked	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:44.571753+00:00","facts":{"identifier":"SE2321009002-1002"},"kind":"mailbox.linked","thing":"e5984ce6-2f06-419b-8c5b-827b1383b862"}	\\x2591128c81e04590fc30779babe49d30a7ba735d24729e6a8b992a7b1177b304
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8	2026-11-27 08:42:44.903886+00	contact.added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:44.903886+00:00","facts":{},"kind":"contact.added","thing":"2901fd96-1503-4263-894e-d00d080ee370"}	\\xaf98441ee1838a413b4174faba817c112d3c8b5df6be5a5e4c9315a2f4bfc79d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9	2026-11-27 08:42:45.235502+00	contact.added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:45.235502+00:00","facts":{},"kind":"contact.added","thing":"2c5f10e2-1b0c-485d-824a-a26ed449b590"}	\\x62aa2700dcfd679ca430c135f6ee5e345329581dd941af3b9890070802d001b3
6206459c-75bf-40e9-af35-055a3a7ca57a	8	2026-11-27 08:42:45.599182+00	contact.added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:45.599182+00:00","facts":{},"kind":"contact.added","thing":"b08bd5f7-3467-4110-a647-6d1a1ba61938"}	\\xfc0ff76ec8533b6f7c200be47bc1936d94cfafb179dc69502f3f5d35604f3072
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	10	2026-11-27 08:42:45.932072+00	fax.numbers-given	{"actor":{"id":null,"name":"budkavle fax"},"at":"2026-11-27T08:42:45.932072+00:00","facts":{"first":"+46109001001","last":"+46109001001"},"kind":"fax.numbers-given","thing":"2ee256af-2ef7-4edb-a645-b1d8f3eb38d8"}	\\xb004f927393200a75d6ce90965cabef1dab609b16734c4e7424e766e35ad49ea
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	11	2026-11-27 08:42:45.93542+00	fax.number-linked	{"actor":{"id":null,"name":"budkavle fax"},"at":"2026-11-27T08:42:45.935420+00:00","facts":{"number":"+46109001001"},"kind":"fax.number-linked","thing":"0fcc0268-5473-42e9-a9e5-35a9f781b2db"}	\\x69d17ba07e03031e9958ba403bf5b7f5661c5375fc02acd7600c8aafbacc7635
6206459c-75bf-40e9-af35-055a3a7ca57a	9	2026-11-27 08:42:46.272097+00	fax.numbers-given	{"actor":{"id":null,"name":"budkavle fax"},"at":"2026-11-27T08:42:46.272097+00:00","facts":{"first":"+46109002002","last":"+46109002002"},"kind":"fax.numbers-given","thing":"6206459c-75bf-40e9-af35-055a3a7ca57a"}	\\xf3bfb95c4c3c9e903d74688d83512c08459d051483f1969b429c373875ffee03
6206459c-75bf-40e9-af35-055a3a7ca57a	10	2026-11-27 08:42:46.275539+00	fax.number-linked	{"actor":{"id":null,"name":"budkavle fax"},"at":"2026-11-27T08:42:46.275539+00:00","facts":{"number":"+46109002002"},"kind":"fax.number-linked","thing":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a"}	\\x53de3e888dd46f05ffa91834fdce6ef41717b6f84f2a3760d5704e53ace05821
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	12	2026-11-27 08:42:46.636367+00	contact.added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:46.636367+00:00","facts":{},"kind":"contact.added","thing":"97ec5aa3-c89f-40f0-9073-8db8fae63abe"}	\\x100f16595aca1687f40310f40c7a13f3ccc95c1b4cb5071c98143e0d403fb9c5
6206459c-75bf-40e9-af35-055a3a7ca57a	11	2026-11-27 08:42:46.978969+00	contact.added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:46.978969+00:00","facts":{},"kind":"contact.added","thing":"d246d614-82b0-4567-b903-8ef83942008c"}	\\xd8c271ad3046dec5ffcd486c43ec3760d3d6f6fdbe884ace3115831402c4e641
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	13	2026-11-27 08:42:47.435522+00	user.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.435522+00:00","facts":{"role":"admin"},"kind":"user.created","thing":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0"}	\\x10cea09a10e416e0007e2b72f4ca7a1233bd13b554d4ab09cbb46f12d0bf283d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	14	2026-11-27 08:42:47.449059+00	user.number-set	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.449059+00:00","facts":{"method":"personnummer"},"kind":"user.number-set","thing":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0"}	\\x867449691636ec92ab1565719d1744d3461eeba02074b8d947e233c64672e538
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	15	2026-11-27 08:42:47.456283+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.456283+00:00","facts":{"user":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0"},"kind":"mailbox.member-added","thing":"9f41677d-4434-442b-a8ed-1cc4580c2519"}	\\x992668256b6fca1cf82bade37c69f76a7b763fbd26ca5956a1b3169405fdaea5
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	16	2026-11-27 08:42:47.459883+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.459883+00:00","facts":{"user":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0"},"kind":"mailbox.member-added","thing":"0fcc0268-5473-42e9-a9e5-35a9f781b2db"}	\\x74149313ef7b83b521a6a6d37a7fd9c59c4fb80b06b617a30b358c67276a9d3e
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	17	2026-11-27 08:42:47.604538+00	user.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.604538+00:00","facts":{"role":"user"},"kind":"user.created","thing":"24227314-9625-443d-9af6-28526ad6e289"}	\\xcd7b1659996466c35b7d13cbd08c9d021291047e48ce136fa9ca729c9a968749
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	19	2026-11-27 08:42:47.62403+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.624030+00:00","facts":{"user":"24227314-9625-443d-9af6-28526ad6e289"},"kind":"mailbox.member-added","thing":"0fcc0268-5473-42e9-a9e5-35a9f781b2db"}	\\xe6f6f6438b7c0826f08e7ff5ecf94fb6155828146938326cd6d9689b496bd9e6
6206459c-75bf-40e9-af35-055a3a7ca57a	12	2026-11-27 08:42:47.771401+00	user.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.771401+00:00","facts":{"role":"admin"},"kind":"user.created","thing":"3b1649b6-c8be-424a-a97d-66b9db006989"}	\\x6703c8dc5e1d38c23bcb6bc01e468072c877b6f6fb3127d75a9aacaa4c24f22d
6206459c-75bf-40e9-af35-055a3a7ca57a	14	2026-11-27 08:42:47.780253+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.780253+00:00","facts":{"user":"3b1649b6-c8be-424a-a97d-66b9db006989"},"kind":"mailbox.member-added","thing":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a"}	\\xdb5097b5eb33491ab9fca2ccd0e23a988f2d338e16bce3d9c47af0cbc104f430
6206459c-75bf-40e9-af35-055a3a7ca57a	17	2026-11-27 08:42:47.926806+00	user.number-set	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.926806+00:00","facts":{"method":"personnummer"},"kind":"user.number-set","thing":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa"}	\\x2548bae35a81820b36700db89fc95d5e907209505582f5095ef4cfc78ff365f7
6206459c-75bf-40e9-af35-055a3a7ca57a	26	2026-11-27 08:42:50.823691+00	message.sent	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:50.823691+00:00","facts":{"case":"cf94cecf-2aa2-4842-908e-a4af999fccea","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"54ac4681-9be7-4acd-8562-89a3966dc4a1"}	\\x066d6e928517af2b477c3dfea809fe65d3e3f2caba7ff87b6efbf64a4be2b7a3
6206459c-75bf-40e9-af35-055a3a7ca57a	29	2026-11-27 08:42:51.072564+00	message.sent	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:51.072564+00:00","facts":{"case":"e21331b1-c98d-4c55-8cc9-e690ba9b1a11","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"41b0c565-b047-4dd5-a2c1-87152fd728cb"}	\\x93ece7067523b08915e85593aea03950cc82dede3a3e6c30617b809e64ead23d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	29	2026-11-27 08:42:51.182861+00	case.viewed	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:51.182861+00:00","facts":{},"kind":"case.viewed","thing":"481f5113-1d1b-4cd2-bc82-9e34d8b098f8"}	\\x478d1782dcd2488d89ea4567f1b465f0dfd77ca173010f89bdcea24144f203a9
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	32	2026-11-27 08:42:51.947414+00	case.viewed	{"actor":{"id":"24227314-9625-443d-9af6-28526ad6e289","name":"Bo Ek"},"at":"2026-11-27T08:42:51.947414+00:00","facts":{},"kind":"case.viewed","thing":"3d4ae81a-e9ff-4dbb-a408-1582420b6ad7"}	\\xac2cdb5d7e68717eaa9a15aa2be6ce97ac9f589fadace562f29e2e5be67b4965
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	33	2026-11-27 08:42:52.592229+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:52.592229+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"d3b7799a-5cbb-4df6-bf79-e75c99d36189"}	\\x1e2820ff4b7f4f214e25967759c410073382072c119d48f4eab1214ca9f894c7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	18	2026-11-27 08:42:47.610451+00	user.number-set	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.610451+00:00","facts":{"method":"personnummer"},"kind":"user.number-set","thing":"24227314-9625-443d-9af6-28526ad6e289"}	\\x9e0958e4c6cb078d5616744340fc58182749bd14edc32df6e4d480b5bbdfb68b
6206459c-75bf-40e9-af35-055a3a7ca57a	13	2026-11-27 08:42:47.776765+00	user.number-set	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.776765+00:00","facts":{"method":"personnummer"},"kind":"user.number-set","thing":"3b1649b6-c8be-424a-a97d-66b9db006989"}	\\x8cbc70fe9ce1e78b65cd6ef02cf2a8137d29755e2b4abb2bed3f60f01ca735cc
6206459c-75bf-40e9-af35-055a3a7ca57a	15	2026-11-27 08:42:47.781568+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.781568+00:00","facts":{"user":"3b1649b6-c8be-424a-a97d-66b9db006989"},"kind":"mailbox.member-added","thing":"e5984ce6-2f06-419b-8c5b-827b1383b862"}	\\x05c52e4b17dc759ccd0e1d8d0a2959d16725e7824367e8c74b5e6ed0fb73e370
6206459c-75bf-40e9-af35-055a3a7ca57a	16	2026-11-27 08:42:47.922738+00	user.created	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.922738+00:00","facts":{"role":"user"},"kind":"user.created","thing":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa"}	\\x41e874fa006e5ebf0ff7ac7e8c35fa0154b78ea6511aaa4b6329b808bf75ec8b
6206459c-75bf-40e9-af35-055a3a7ca57a	18	2026-11-27 08:42:47.930891+00	mailbox.member-added	{"actor":{"id":null,"name":"Kommandoraden"},"at":"2026-11-27T08:42:47.930891+00:00","facts":{"user":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa"},"kind":"mailbox.member-added","thing":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a"}	\\xa205799dbf63ea3046958cc6b7d4ac869fd78137a287d63cf6e6a4beb8eedee7
6206459c-75bf-40e9-af35-055a3a7ca57a	19	2026-11-27 08:42:47.992664+00	message.sent	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:47.992664+00:00","facts":{"case":"dde4e639-6ae0-440a-b01b-ba3fa39a6dc1","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"2280f171-15d0-401d-8846-7270ba4091c3"}	\\x645357b9931d80d2821417b293beddc2199609f5a8e827e6c4a4a5c0c5c0f8b5
6206459c-75bf-40e9-af35-055a3a7ca57a	20	2026-11-27 08:42:48.073595+00	case.viewed	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:48.073595+00:00","facts":{},"kind":"case.viewed","thing":"dde4e639-6ae0-440a-b01b-ba3fa39a6dc1"}	\\x287271acfedb586cc98405f9948570f38d0b83f75968a09127df4ce93d49bdf3
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	20	2026-11-27 08:42:49.298047+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:49.298047+00:00","facts":{"case":"7c390feb-a96a-41ea-8932-95786264feaf","held":true,"mailbox":"0fcc0268-5473-42e9-a9e5-35a9f781b2db","placed":"address","transport":"sdk"},"kind":"message.received","thing":"92ae7952-c18a-4b76-9578-0142152e9fa1"}	\\x9a73739855032c21fe6ca2ea100b4bf700126472637bef7ac8640850c5c677a0
6206459c-75bf-40e9-af35-055a3a7ca57a	21	2026-11-27 08:42:49.342239+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:49.342239+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"1b88b948-3c33-4cf8-aca3-27f46cbe534f"}	\\xa7b6190e9afbd7be12c00f3a582cd1886e6de3111a44fdbce3acc599d02a0e84
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	21	2026-11-27 08:42:49.394998+00	case.viewed	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:49.394998+00:00","facts":{},"kind":"case.viewed","thing":"7c390feb-a96a-41ea-8932-95786264feaf"}	\\x153e8f300aeb1980146bf25ede7f1dc302b5daa41496bc5494beda89e3216c3d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	22	2026-11-27 08:42:49.401542+00	message.sent	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:49.401542+00:00","facts":{"case":"7c390feb-a96a-41ea-8932-95786264feaf","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"5f498113-162d-4e39-aeaf-c9f49d0420ee"}	\\x4037560c2869c7fa83fb2b22ac83fa8f7c8c4982a697b8cfee0b787d35db0bb5
6206459c-75bf-40e9-af35-055a3a7ca57a	22	2026-11-27 08:42:50.328764+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:50.328764+00:00","facts":{"case":"dde4e639-6ae0-440a-b01b-ba3fa39a6dc1","held":true,"mailbox":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a","placed":"case","transport":"sdk"},"kind":"message.received","thing":"8df18282-cc92-4962-9891-294c8c2d9462"}	\\xae4b1a18fd37be9fa1eb33fd70a6baeeaff26ad24c39f33e6bc8af6fd711c459
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	23	2026-11-27 08:42:50.362315+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:50.362315+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"85f67dff-26f8-422e-8c65-0ec7e4231bdf"}	\\x49510318cf609e4e76968ba9827d514366862f74e21ae28d8d9bc9f29ad62ed4
6206459c-75bf-40e9-af35-055a3a7ca57a	23	2026-11-27 08:42:50.430868+00	message.sent	{"actor":{"id":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa","name":"Mats Berg"},"at":"2026-11-27T08:42:50.430868+00:00","facts":{"case":"c68aae4d-3aba-42b3-b40e-85d82a850718","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"f3e9e870-ad1b-402f-8226-e5204483cedc"}	\\xeaa44476994b3d68d681898e888f1a6a78a9345a2a8b397f424e80b4375018f1
6206459c-75bf-40e9-af35-055a3a7ca57a	24	2026-11-27 08:42:50.45037+00	case.viewed	{"actor":{"id":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa","name":"Mats Berg"},"at":"2026-11-27T08:42:50.450370+00:00","facts":{},"kind":"case.viewed","thing":"c68aae4d-3aba-42b3-b40e-85d82a850718"}	\\x87b90aa9367a02f4fe1c4979305d4a28cea05425aeff22bdb0e6035e03305340
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	24	2026-11-27 08:42:50.577541+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:50.577541+00:00","facts":{"case":"69aa4468-f71e-4c4d-902e-f006872c2b65","held":true,"mailbox":"0fcc0268-5473-42e9-a9e5-35a9f781b2db","placed":"address","transport":"sdk"},"kind":"message.received","thing":"1daf65ab-08d9-48f8-b691-6263a7f52dce"}	\\x756f13153222cc1346770090d2d13c8980c04f853fdc7d11724b6957b11a2e51
6206459c-75bf-40e9-af35-055a3a7ca57a	25	2026-11-27 08:42:50.747535+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:50.747535+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"afdbaafc-6ce5-41dc-a6bf-99a25416dd7c"}	\\xf984fdbd907c0c586db9594522fbdb5d3497061cdc9970b6abc51307efe25d64
6206459c-75bf-40e9-af35-055a3a7ca57a	27	2026-11-27 08:42:50.846401+00	case.viewed	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:50.846401+00:00","facts":{},"kind":"case.viewed","thing":"cf94cecf-2aa2-4842-908e-a4af999fccea"}	\\xf48b3b31b7d013caf34dff61e44df8285e918815b3c96506f2230217410e6a29
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	25	2026-11-27 08:42:50.97707+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:50.977070+00:00","facts":{"case":"d8e9d198-26cd-477c-b03b-e1e867344d07","held":true,"mailbox":"0fcc0268-5473-42e9-a9e5-35a9f781b2db","placed":"address","transport":"sdk"},"kind":"message.received","thing":"f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e"}	\\x4887ba964094c18f3ba6e2b334b631c4eaeb77f22419b8dc8dd14cb38f4b8bcf
6206459c-75bf-40e9-af35-055a3a7ca57a	28	2026-11-27 08:42:51.008551+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:51.008551+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"7b73a381-6bdb-4130-a3b4-a44bd5fc126d"}	\\x840c26da5de5b89cf61bf92ce63a527e81814bc532fcfaa5f35f9db975b92c27
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	26	2026-11-27 08:42:51.062366+00	case.taken	{"actor":{"id":"24227314-9625-443d-9af6-28526ad6e289","name":"Bo Ek"},"at":"2026-11-27T08:42:51.062366+00:00","facts":{},"kind":"case.taken","thing":"d8e9d198-26cd-477c-b03b-e1e867344d07"}	\\x38543b3ffd50c81a8912ade92fb10d8be89c6438b01c5f8fcc19f896626b5735
6206459c-75bf-40e9-af35-055a3a7ca57a	30	2026-11-27 08:42:51.096798+00	case.viewed	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:51.096798+00:00","facts":{},"kind":"case.viewed","thing":"e21331b1-c98d-4c55-8cc9-e690ba9b1a11"}	\\xe22028eab79ba165c438a1af4b4008e4a17981ed523f908ecb68677f23283bc9
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	27	2026-11-27 08:42:51.097723+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:51.097723+00:00","facts":{"case":"4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a","held":true,"mailbox":"9f41677d-4434-442b-a8ed-1cc4580c2519","placed":"address","transport":"sdk"},"kind":"message.received","thing":"e21f2427-9b97-4c37-863d-15cffbda2f0d"}	\\xc9ba507952d0552207bfd0ff38fb776295f15d885347f54807daa18ab58ce653
6206459c-75bf-40e9-af35-055a3a7ca57a	31	2026-11-27 08:42:51.128894+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:51.128894+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"e854fdaf-52c9-4fdc-a078-bb8dd0491a27"}	\\x948adc504e920e8dad38d112795fb6b371b86b3fb9261b0dd9aba8a5e549ad03
6206459c-75bf-40e9-af35-055a3a7ca57a	33	2026-11-27 08:42:51.900844+00	case.taken	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:51.900844+00:00","facts":{},"kind":"case.taken","thing":"cb454106-5dbb-4474-8bf2-7b4bc79470af"}	\\xe2c303db38b0bc16adbf9185d251abab8584e76ec44279debc5f3cbd7cc45d1f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	31	2026-11-27 08:42:51.925536+00	message.sent	{"actor":{"id":"24227314-9625-443d-9af6-28526ad6e289","name":"Bo Ek"},"at":"2026-11-27T08:42:51.925536+00:00","facts":{"case":"3d4ae81a-e9ff-4dbb-a408-1582420b6ad7","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"b4a66383-7477-4434-aab5-a0c34174c000"}	\\xb4fb8518f36c2e46722488161932167ce5d2fce211ea9ec56ec0548aa46c63ce
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	28	2026-11-27 08:42:51.163898+00	message.sent	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:51.163898+00:00","facts":{"case":"481f5113-1d1b-4cd2-bc82-9e34d8b098f8","recipients":1,"transport":"sdk"},"kind":"message.sent","thing":"8cb6b37b-e294-4962-bd6b-a96fbe918d62"}	\\xd845734f257ddb9e331b08fb28e5232d0638157c8f13a0dc401d5320cb487a84
6206459c-75bf-40e9-af35-055a3a7ca57a	32	2026-11-27 08:42:51.214469+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:51.214469+00:00","facts":{"case":"cb454106-5dbb-4474-8bf2-7b4bc79470af","held":true,"mailbox":"e5984ce6-2f06-419b-8c5b-827b1383b862","placed":"address","transport":"sdk"},"kind":"message.received","thing":"8dbf86c8-0c0c-4e06-8faa-91adab671c1c"}	\\x5e71bbc410da2a08654295561390aecd8bc1a25b45b7e849d7e63f5c233750a3
6206459c-75bf-40e9-af35-055a3a7ca57a	34	2026-11-27 08:42:51.918541+00	case.closed	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:51.918541+00:00","facts":{},"kind":"case.closed","thing":"cb454106-5dbb-4474-8bf2-7b4bc79470af"}	\\x466aaecc9d92879439f3fcb8b326c15b39eb201729e377913731f90fa954be17
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	30	2026-11-27 08:42:51.835027+00	delivery.acknowledged	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:51.835027+00:00","facts":{"transport":"sdk"},"kind":"delivery.acknowledged","thing":"75b11cc2-6785-446c-9f84-9a2701698c47"}	\\x3b93bf96b1b330258f79d2d33a337b0f1292845e4bc881ae9f806bfed6fd0445
6206459c-75bf-40e9-af35-055a3a7ca57a	35	2026-11-27 08:42:52.019832+00	message.received	{"actor":{"id":null,"name":"sdk"},"at":"2026-11-27T08:42:52.019832+00:00","facts":{"case":"1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7","held":true,"mailbox":"cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a","placed":"address","transport":"sdk"},"kind":"message.received","thing":"a4c962b2-9ab7-4a0c-b97c-c5be88918c45"}	\\x70bda1739b674297b0e3deff11ef65bb7e6d510bc01a4673ebce197923328d24
6206459c-75bf-40e9-af35-055a3a7ca57a	36	2026-11-27 08:42:52.660737+00	case.taken	{"actor":{"id":"a152a4a7-11a5-400b-ade1-7f0d86a1bdaa","name":"Mats Berg"},"at":"2026-11-27T08:42:52.660737+00:00","facts":{},"kind":"case.taken","thing":"1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7"}	\\x8d3036670ea7c4e4f0e21aad385f1da678ed848a853ec00e345c1baa6a24f38f
6206459c-75bf-40e9-af35-055a3a7ca57a	37	2026-11-27 08:42:54.31152+00	message.sent	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:54.311520+00:00","facts":{"case":"c8c59fcd-6cfb-4649-b864-228e5d2edea8","recipients":1,"transport":"fax"},"kind":"message.sent","thing":"ba1600e1-b018-4d8e-8a21-4ba1e2da9754"}	\\xbf3c1b2947342adf87809eae0652ec10a75d595bcec304011e677fabbb893747
6206459c-75bf-40e9-af35-055a3a7ca57a	38	2026-11-27 08:42:54.329876+00	case.viewed	{"actor":{"id":"3b1649b6-c8be-424a-a97d-66b9db006989","name":"Karin Svensson"},"at":"2026-11-27T08:42:54.329876+00:00","facts":{},"kind":"case.viewed","thing":"c8c59fcd-6cfb-4649-b864-228e5d2edea8"}	\\xd861e1bd9c990c35cb7443b05ff72eac653e7a311912db0d919185c4e85c76d4
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	34	2026-11-27 08:42:55.598713+00	message.received	{"actor":{"id":null,"name":"fax"},"at":"2026-11-27T08:42:55.598713+00:00","facts":{"case":"ac93a2d0-c8c9-4bca-9386-72dc4e40003f","held":false,"mailbox":"0fcc0268-5473-42e9-a9e5-35a9f781b2db","placed":"address","transport":"fax"},"kind":"message.received","thing":"2704ebd4-0cd7-4af3-aac5-5467cf22fdd9"}	\\x3917121cec216d874a2afc9d876b520b300bd3ada05b2d470dd035aebd533115
6206459c-75bf-40e9-af35-055a3a7ca57a	39	2026-11-27 08:42:55.64321+00	delivery.acknowledged	{"actor":{"id":null,"name":"fax"},"at":"2026-11-27T08:42:55.643210+00:00","facts":{"transport":"fax"},"kind":"delivery.acknowledged","thing":"84b7e17c-c360-4436-8bf0-3a640ca4c649"}	\\xee47223851975817d80b631ed4ce24ad55aad7a2f48960011548dca886000448
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	35	2026-11-27 08:42:55.704884+00	message.sent	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:55.704884+00:00","facts":{"case":"48eef988-4df0-4d96-bb20-2b49d1f5835c","recipients":1,"transport":"link"},"kind":"message.sent","thing":"a233d2d0-a236-4af0-a028-0c067c998380"}	\\x9066b9aff83595acb3f3f15b6aa4d0e94339a168e8a2ddf70d843ab36a08517c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	36	2026-11-27 08:42:55.726241+00	delivery.notified	{"actor":{"id":null,"name":"link"},"at":"2026-11-27T08:42:55.726241+00:00","facts":{"loa":0,"method":""},"kind":"delivery.notified","thing":"59407cb5-5654-4e1c-8ba3-318c8956abad"}	\\x13606c8d326206a17ac8cb9098bb1de1fbc10d20e0207439d1d182f66b8d8793
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	37	2026-11-27 08:42:55.730959+00	message.sent	{"actor":{"id":"78b9e37c-af18-4d2f-ba8b-d9a66ca857f0","name":"Anna Lind"},"at":"2026-11-27T08:42:55.730959+00:00","facts":{"case":"e430a574-0374-4e92-ada2-588cdf4ce68a","recipients":2,"transport":"link"},"kind":"message.sent","thing":"9dc39923-4a00-4c3a-9158-7d94898fd12c"}	\\x364e07d4e2697dd82504d4ffc827f3c011bc42f576ae1df2ba6940174f6d5fd2
6206459c-75bf-40e9-af35-055a3a7ca57a	40	2026-11-27 08:42:55.744847+00	message.received	{"actor":{"id":null,"name":"local"},"at":"2026-11-27T08:42:55.744847+00:00","facts":{"case":"8694cae1-74c9-47a5-85f2-305e49c814c0","held":false,"mailbox":"ec3e305c-2168-5562-805c-ba3efa586bab","placed":"address","transport":"local"},"kind":"message.received","thing":"7e4b5dc4-fe93-4727-a8c9-08767160202e"}	\\x6398152b4400c144fbea601218cf0a817cf4c52e7cdd73367d9650d26c2dfdba
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	38	2026-11-27 08:42:55.753773+00	message.sent	{"actor":{"id":"24227314-9625-443d-9af6-28526ad6e289","name":"Bo Ek"},"at":"2026-11-27T08:42:55.753773+00:00","facts":{"case":"30606fa9-0001-4885-ae0d-5adf7fefafec","recipients":1,"transport":"local"},"kind":"message.sent","thing":"14681497-0995-4651-9758-29fe49a88299"}	\\x9236efe2b360c7d4f4328b95508793ca99b025bbcad258efabe6c6733f48e562
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	39	2026-11-27 08:42:55.754692+00	delivery.notified	{"actor":{"id":null,"name":"link"},"at":"2026-11-27T08:42:55.754692+00:00","facts":{"loa":0,"method":""},"kind":"delivery.notified","thing":"2be514a4-e35d-4dc9-b3ba-470a08dd3326"}	\\xc41f718dfc1fca8fa04541f3226ba228023afb7e67484e19e1580bc292bd5a5c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	40	2026-11-27 08:42:58.370814+00	message.received	{"actor":{"id":null,"name":"local"},"at":"2026-11-27T08:42:58.370814+00:00","facts":{"case":"ac076a92-f196-46ae-a028-bc18aab0acfa","held":false,"mailbox":"08040eec-c3f0-5272-9b04-d0fbd536a048","placed":"address","transport":"local"},"kind":"message.received","thing":"4acea629-3286-4be6-bf9c-30e18c50d543"}	\\xf4743b7671f8c739324cb3359d4b38f71081a5e7fc35cc53925e173ebd10f4ef
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	41	2026-11-27 08:42:58.877791+00	delivery.notified	{"actor":{"id":null,"name":"local"},"at":"2026-11-27T08:42:58.877791+00:00","facts":{"loa":0,"method":""},"kind":"delivery.notified","thing":"7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d"}	\\x459d66fc1520e3dea9321adf78704fd8f2681e74ab0f760224f511b078bddf4a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	42	2026-11-27 08:42:58.891958+00	delivery.notified	{"actor":{"id":null,"name":"local"},"at":"2026-11-27T08:42:58.891958+00:00","facts":{"loa":0,"method":""},"kind":"delivery.notified","thing":"cb6a1acd-635b-465e-958c-d7221a8b5515"}	\\x51aede4b46b366f67c72090479cc8773b7224bd592153aa108274b9de68e08fd
\.

COPY public.audit_seals (organisation_id, number, hash, signature, at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	19	\\xe6f6f6438b7c0826f08e7ff5ecf94fb6155828146938326cd6d9689b496bd9e6	\\xd14f40a744093a27411ddcfc4803505dc86ee43c7db469444e1342b5fc32a7ac937c41d0f235ab8b843ef7c34c86e54e6abc3b855f5daf94bbbd9a6edccbd806	2026-11-27 08:42:48.995918+00
6206459c-75bf-40e9-af35-055a3a7ca57a	20	\\x287271acfedb586cc98405f9948570f38d0b83f75968a09127df4ce93d49bdf3	\\xe703eaba25d61b9d036f7b5d6a64c9fd1b78a4386139616f3b4b2b4145e39165417f15f5c6c72d05f436f6221da52813a0768fdb5bb7ac37f1f8a5f7fcf03705	2026-11-27 08:42:49.023714+00
\.

COPY public.case_events (organisation_id, case_id, id, at, user_id, kind, facts) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	1	2026-11-27 08:42:47.99007+00	3b1649b6-c8be-424a-a97d-66b9db006989	opened	{"message": "2280f171-15d0-401d-8846-7270ba4091c3", "direction": "out", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7c390feb-a96a-41ea-8932-95786264feaf	2	2026-11-27 08:42:49.31272+00	\N	opened	{"message": "92ae7952-c18a-4b76-9578-0142152e9fa1", "direction": "in", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7c390feb-a96a-41ea-8932-95786264feaf	3	2026-11-27 08:42:49.403512+00	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	joined	{"message": "5f498113-162d-4e39-aeaf-c9f49d0420ee", "direction": "out", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	4	2026-11-27 08:42:50.335939+00	\N	joined	{"message": "8df18282-cc92-4962-9891-294c8c2d9462", "direction": "in", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	c68aae4d-3aba-42b3-b40e-85d82a850718	5	2026-11-27 08:42:50.431449+00	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	opened	{"message": "f3e9e870-ad1b-402f-8226-e5204483cedc", "direction": "out", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	69aa4468-f71e-4c4d-902e-f006872c2b65	6	2026-11-27 08:42:50.584214+00	\N	opened	{"message": "1daf65ab-08d9-48f8-b691-6263a7f52dce", "direction": "in", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	cf94cecf-2aa2-4842-908e-a4af999fccea	7	2026-11-27 08:42:50.821991+00	3b1649b6-c8be-424a-a97d-66b9db006989	opened	{"message": "54ac4681-9be7-4acd-8562-89a3966dc4a1", "direction": "out", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d8e9d198-26cd-477c-b03b-e1e867344d07	8	2026-11-27 08:42:50.984402+00	\N	opened	{"message": "f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e", "direction": "in", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d8e9d198-26cd-477c-b03b-e1e867344d07	9	2026-11-27 08:42:51.062135+00	24227314-9625-443d-9af6-28526ad6e289	taken	{}
6206459c-75bf-40e9-af35-055a3a7ca57a	e21331b1-c98d-4c55-8cc9-e690ba9b1a11	10	2026-11-27 08:42:51.072898+00	3b1649b6-c8be-424a-a97d-66b9db006989	opened	{"message": "41b0c565-b047-4dd5-a2c1-87152fd728cb", "direction": "out", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a	11	2026-11-27 08:42:51.104135+00	\N	opened	{"message": "e21f2427-9b97-4c37-863d-15cffbda2f0d", "direction": "in", "transport": "sdk"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	481f5113-1d1b-4cd2-bc82-9e34d8b098f8	12	2026-11-27 08:42:51.164431+00	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	opened	{"message": "8cb6b37b-e294-4962-bd6b-a96fbe918d62", "direction": "out", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	cb454106-5dbb-4474-8bf2-7b4bc79470af	13	2026-11-27 08:42:51.221+00	\N	opened	{"message": "8dbf86c8-0c0c-4e06-8faa-91adab671c1c", "direction": "in", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	cb454106-5dbb-4474-8bf2-7b4bc79470af	14	2026-11-27 08:42:51.900713+00	3b1649b6-c8be-424a-a97d-66b9db006989	taken	{}
6206459c-75bf-40e9-af35-055a3a7ca57a	cb454106-5dbb-4474-8bf2-7b4bc79470af	15	2026-11-27 08:42:51.918415+00	3b1649b6-c8be-424a-a97d-66b9db006989	closed	{}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7	16	2026-11-27 08:42:51.925934+00	24227314-9625-443d-9af6-28526ad6e289	opened	{"message": "b4a66383-7477-4434-aab5-a0c34174c000", "direction": "out", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7	17	2026-11-27 08:42:52.025293+00	\N	opened	{"message": "a4c962b2-9ab7-4a0c-b97c-c5be88918c45", "direction": "in", "transport": "sdk"}
6206459c-75bf-40e9-af35-055a3a7ca57a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7	18	2026-11-27 08:42:52.660598+00	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	taken	{}
6206459c-75bf-40e9-af35-055a3a7ca57a	c8c59fcd-6cfb-4649-b864-228e5d2edea8	19	2026-11-27 08:42:54.310193+00	3b1649b6-c8be-424a-a97d-66b9db006989	opened	{"message": "ba1600e1-b018-4d8e-8a21-4ba1e2da9754", "direction": "out", "transport": "fax"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	ac93a2d0-c8c9-4bca-9386-72dc4e40003f	20	2026-11-27 08:42:55.599148+00	\N	opened	{"message": "2704ebd4-0cd7-4af3-aac5-5467cf22fdd9", "direction": "in", "transport": "fax"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	48eef988-4df0-4d96-bb20-2b49d1f5835c	21	2026-11-27 08:42:55.705308+00	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	opened	{"message": "a233d2d0-a236-4af0-a028-0c067c998380", "direction": "out", "transport": "link"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e430a574-0374-4e92-ada2-588cdf4ce68a	22	2026-11-27 08:42:55.731674+00	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	opened	{"message": "9dc39923-4a00-4c3a-9158-7d94898fd12c", "direction": "out", "transport": "link"}
6206459c-75bf-40e9-af35-055a3a7ca57a	8694cae1-74c9-47a5-85f2-305e49c814c0	23	2026-11-27 08:42:55.745293+00	\N	opened	{"message": "7e4b5dc4-fe93-4727-a8c9-08767160202e", "direction": "in", "transport": "local"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	30606fa9-0001-4885-ae0d-5adf7fefafec	24	2026-11-27 08:42:55.754061+00	24227314-9625-443d-9af6-28526ad6e289	opened	{"message": "14681497-0995-4651-9758-29fe49a88299", "direction": "out", "transport": "local"}
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	ac076a92-f196-46ae-a028-bc18aab0acfa	25	2026-11-27 08:42:58.372124+00	\N	opened	{"message": "4acea629-3286-4be6-bf9c-30e18c50d543", "direction": "in", "transport": "local"}
\.

COPY public.case_words (organisation_id, word, mailbox_id, case_id) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	3576007513364060763	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	2808170939564759040	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	6785559438907146898	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	8939444228986257097	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4046644206534102426	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4962320887654872598	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	8220802119762851499	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	8323302270327248959	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	3556097159314883601	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	9201954812728776889	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	2010508947667577839	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	1181823316349055545	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4856715280502640822	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	7631747493447867623	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	5320584309784951213	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	853617529318639437	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4129186457867874732	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7628753533229878552	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6456443424941768778	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4414573043636909485	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2171529327209579843	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6526282981126148027	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6897781300198440460	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6318064178356049636	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9132767800928452123	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5491313839462122616	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4777966971480322102	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4441454595287537159	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4218255172050758392	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8655314685872679283	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	112375216951703466	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	315694951882832899	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3337016739980606315	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5553904485339923964	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7932596093213677180	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf
6206459c-75bf-40e9-af35-055a3a7ca57a	6909937646318114681	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1
6206459c-75bf-40e9-af35-055a3a7ca57a	4179990733493022941	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	2808170939564759040	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	2215542182319465675	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	8939444228986257097	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	4988356391994843773	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	8703975763638060679	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	8323302270327248959	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	3556097159314883601	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	4894851918761764677	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	2010508947667577839	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	5934472271405090195	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	7631747493447867623	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	853617529318639437	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	4129186457867874732	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	4750429751307746540	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1820186976109773052	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6456443424941768778	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5513639613991826771	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2171529327209579843	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2421753924700783607	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8779777001464844023	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9132767800928452123	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5491313839462122616	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5410191657870110412	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4441454595287537159	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2618016385041768798	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	112375216951703466	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3337016739980606315	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5553904485339923964	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4061841088187098737	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65
6206459c-75bf-40e9-af35-055a3a7ca57a	8995618752928279420	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	8939444228986257097	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	8323302270327248959	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	1692260964342149990	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	3556097159314883601	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	2010508947667577839	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	6452550174628693521	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	7631747493447867623	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	853617529318639437	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	4129186457867874732	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3172446950148226517	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2171529327209579843	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9132767800928452123	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7054186696970120657	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5491313839462122616	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4441454595287537159	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8568172195820092180	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	112375216951703466	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3337016739980606315	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5553904485339923964	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07
6206459c-75bf-40e9-af35-055a3a7ca57a	7396705984634417940	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	2808170939564759040	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	8654941163886535763	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	3355776026950982047	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	8939444228986257097	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	5645115087283660943	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	8323302270327248959	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	3556097159314883601	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	2010508947667577839	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	424989429951642375	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	7631747493447867623	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	853617529318639437	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	4129186457867874732	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7
6206459c-75bf-40e9-af35-055a3a7ca57a	2808170939564759040	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	5515443936187374874	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	6306133388286963054	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	4363839260514356820	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	8703975763638060679	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	602265035193685631	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	7023995127132335301	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	8353263826705356182	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	2981622254025515674	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
6206459c-75bf-40e9-af35-055a3a7ca57a	6373937332454688941	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6456443424941768778	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8894440207397927452	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1628701066838387626	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5407280688828651910	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8779777001464844023	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	767397883012474308	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2103445020857539037	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5824360896908700861	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7980493189820181500	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5338525865437106215	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5407280688828651910	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5623441528542432960	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7413972031453998639	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	767397883012474308	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2618016385041768798	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7980493189820181500	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5338525865437106215	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8
6206459c-75bf-40e9-af35-055a3a7ca57a	4363839260514356820	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	2589835856446861175	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	8829039705810743225	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	602265035193685631	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	5934472271405090195	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	2981622254025515674	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
6206459c-75bf-40e9-af35-055a3a7ca57a	6373937332454688941	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4925419735808630658	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6456443424941768778	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3496811209918577811	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1464202818140243106	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2171529327209579843	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8076424017171870536	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9132767800928452123	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5491313839462122616	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4441454595287537159	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	96926003388668603	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	112375216951703466	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3337016739980606315	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5553904485339923964	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7
6206459c-75bf-40e9-af35-055a3a7ca57a	406231757083682261	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	6779351312369890701	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	8551368822066087708	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	9013947885121573411	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	5867567737474131908	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	377573417147740417	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	142475169957784633	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	2171415628154320465	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	2158931934817475790	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	5934472271405090195	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	7631747493447867623	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	4251657797611350112	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	827962041610139563	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5516710874528012038	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6393477537060075227	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8849490205930820442	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3922570764502801286	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3423218360853035250	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4978737859344508499	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	738909709370068867	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5243586088468017630	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2304854005408088077	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6526282981126148027	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	256621633914697561	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7045260949973045214	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1338724863834280664	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1345804001913263754	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2304854005408088077	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5564696353261597473	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3655157095799220554	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1338724863834280664	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9072904401439038116	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5971501120485501049	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6944449848020386859	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	315694951882832899	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3796903635603187007	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a
6206459c-75bf-40e9-af35-055a3a7ca57a	875878863289675343	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	7590125648464273011	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	6664474518814059131	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	4478349745214758298	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	8481895150473860844	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	3620894053168655911	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	8284656681425647794	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	2015502882150209531	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	2163382022894445944	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	5320584309784951213	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
6206459c-75bf-40e9-af35-055a3a7ca57a	8184616527419512325	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2304854005408088077	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3172446950148226517	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	188887447145898961	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5387530530346803743	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1341373714242161832	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7425558916431501259	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4918504974013115841	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1338724863834280664	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7854612925937195449	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2304854005408088077	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3172446950148226517	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	719140327172959892	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	188887447145898961	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5387530530346803743	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1341373714242161832	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7425558916431501259	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4918504974013115841	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5144929117046737019	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1338724863834280664	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7854612925937195449	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa
\.

COPY public.cases (organisation_id, id, mailbox_id, number, state, state_before_bin, holder_id, conversation_id, channel, has_incoming, has_outgoing, confidential, attachments, messages, incoming, last_message_id, trouble, words, opened_at, active_at, closed_at, binned_at, loa) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	cb454106-5dbb-4474-8bf2-7b4bc79470af	e5984ce6-2f06-419b-8c5b-827b1383b862	2026-0005	closed	\N	3b1649b6-c8be-424a-a97d-66b9db006989	fee62b75-cd8e-4a25-a31a-0e5ecee7f053	sdk	t	f	f	0	1	1	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	f	{4363839260514356820,7590125648464273011,2589835856446861175,8829039705810743225,4478349745214758298,602265035193685631,5934472271405090195,8284656681425647794,2981622254025515674,8184616527419512325,6373937332454688941}	2026-11-27 08:42:51.214372+00	2026-11-27 08:42:51.219829+00	2026-11-27 08:42:51.916422+00	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7c390feb-a96a-41ea-8932-95786264feaf	0fcc0268-5473-42e9-a9e5-35a9f781b2db	2026-0001	open	\N	\N	a487c28f-435a-4e27-b127-eac8e963668d	sdk	t	t	t	2	2	1	5f498113-162d-4e39-aeaf-c9f49d0420ee	f	{4441454595287537159,2171529327209579843,5553904485339923964,4218255172050758392,7628753533229878552,4777966971480322102,6526282981126148027,6318064178356049636,8655314685872679283,3796903635603187007,9072904401439038116,9132767800928452123,315694951882832899,112375216951703466,4414573043636909485,3337016739980606315,7932596093213677180,5491313839462122616,6897781300198440460,719140327172959892,6456443424941768778,5144929117046737019}	2026-11-27 08:42:49.297877+00	2026-11-27 08:42:49.399512+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7	0fcc0268-5473-42e9-a9e5-35a9f781b2db	2026-0006	open	\N	24227314-9625-443d-9af6-28526ad6e289	7562da7d-fc30-4eb0-bbc0-eae03516f485	sdk	f	t	t	0	1	0	b4a66383-7477-4434-aab5-a0c34174c000	f	{4925419735808630658,6456443424941768778,3496811209918577811,1464202818140243106,2171529327209579843,719140327172959892,8076424017171870536,9132767800928452123,5144929117046737019,5491313839462122616,4441454595287537159,96926003388668603,9072904401439038116,112375216951703466,3337016739980606315,5553904485339923964,3796903635603187007}	2026-11-27 08:42:51.924574+00	2026-11-27 08:42:51.924701+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	2026-0001	open	\N	3b1649b6-c8be-424a-a97d-66b9db006989	a487c28f-435a-4e27-b127-eac8e963668d	sdk	t	t	t	2	2	1	8df18282-cc92-4962-9891-294c8c2d9462	f	{7631747493447867623,2010508947667577839,6909937646318114681,7590125648464273011,5320584309784951213,2808170939564759040,4046644206534102426,8284656681425647794,8323302270327248959,9201954812728776889,4856715280502640822,3576007513364060763,4129186457867874732,4962320887654872598,6785559438907146898,853617529318639437,8220802119762851499,1181823316349055545,4478349745214758298,8184616527419512325,3556097159314883601,8939444228986257097}	2026-11-27 08:42:47.987251+00	2026-11-27 08:42:50.334214+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	c68aae4d-3aba-42b3-b40e-85d82a850718	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	2026-0002	open	\N	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	8da2daa6-7a09-49c1-8010-66d477227024	sdk	f	t	f	0	1	0	f3e9e870-ad1b-402f-8226-e5204483cedc	f	{4179990733493022941,2808170939564759040,2215542182319465675,8939444228986257097,4988356391994843773,7590125648464273011,8703975763638060679,8323302270327248959,4478349745214758298,3556097159314883601,4894851918761764677,2010508947667577839,5934472271405090195,8284656681425647794,7631747493447867623,853617529318639437,4129186457867874732,4750429751307746540,8184616527419512325}	2026-11-27 08:42:50.429668+00	2026-11-27 08:42:50.429861+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	69aa4468-f71e-4c4d-902e-f006872c2b65	0fcc0268-5473-42e9-a9e5-35a9f781b2db	2026-0002	open	\N	\N	8da2daa6-7a09-49c1-8010-66d477227024	sdk	t	f	f	0	1	1	1daf65ab-08d9-48f8-b691-6263a7f52dce	f	{1820186976109773052,6456443424941768778,5513639613991826771,2171529327209579843,2421753924700783607,719140327172959892,8779777001464844023,9132767800928452123,5144929117046737019,5491313839462122616,5410191657870110412,4441454595287537159,2618016385041768798,9072904401439038116,112375216951703466,3337016739980606315,5553904485339923964,4061841088187098737,3796903635603187007}	2026-11-27 08:42:50.577452+00	2026-11-27 08:42:50.582748+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	cf94cecf-2aa2-4842-908e-a4af999fccea	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	2026-0003	open	\N	3b1649b6-c8be-424a-a97d-66b9db006989	2c48221f-82fe-4612-ab8d-f2ff639e3881	sdk	f	t	t	1	1	0	54ac4681-9be7-4acd-8562-89a3966dc4a1	f	{8995618752928279420,8939444228986257097,7590125648464273011,8323302270327248959,4478349745214758298,1692260964342149990,3556097159314883601,2010508947667577839,8284656681425647794,6452550174628693521,7631747493447867623,853617529318639437,4129186457867874732,8184616527419512325}	2026-11-27 08:42:50.82038+00	2026-11-27 08:42:50.820472+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d8e9d198-26cd-477c-b03b-e1e867344d07	0fcc0268-5473-42e9-a9e5-35a9f781b2db	2026-0003	open	\N	24227314-9625-443d-9af6-28526ad6e289	2c48221f-82fe-4612-ab8d-f2ff639e3881	sdk	t	f	t	1	1	1	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	f	{3172446950148226517,2171529327209579843,719140327172959892,9132767800928452123,5144929117046737019,7054186696970120657,5491313839462122616,4441454595287537159,9072904401439038116,8568172195820092180,112375216951703466,3337016739980606315,5553904485339923964,3796903635603187007}	2026-11-27 08:42:50.976857+00	2026-11-27 08:42:50.983343+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	e21331b1-c98d-4c55-8cc9-e690ba9b1a11	e5984ce6-2f06-419b-8c5b-827b1383b862	2026-0004	open	\N	3b1649b6-c8be-424a-a97d-66b9db006989	0d9f46f9-df25-4728-bb2d-43eaf7976553	sdk	f	t	t	0	1	0	41b0c565-b047-4dd5-a2c1-87152fd728cb	f	{2808170939564759040,5515443936187374874,6306133388286963054,4363839260514356820,7590125648464273011,8703975763638060679,4478349745214758298,602265035193685631,7023995127132335301,8284656681425647794,8353263826705356182,2981622254025515674,8184616527419512325,6373937332454688941}	2026-11-27 08:42:51.071781+00	2026-11-27 08:42:51.071868+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a	9f41677d-4434-442b-a8ed-1cc4580c2519	2026-0004	open	\N	\N	0d9f46f9-df25-4728-bb2d-43eaf7976553	sdk	t	f	t	0	1	1	e21f2427-9b97-4c37-863d-15cffbda2f0d	f	{6456443424941768778,8894440207397927452,1628701066838387626,5407280688828651910,719140327172959892,8779777001464844023,5144929117046737019,767397883012474308,2103445020857539037,9072904401439038116,5824360896908700861,7980493189820181500,3796903635603187007,5338525865437106215}	2026-11-27 08:42:51.097584+00	2026-11-27 08:42:51.102479+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	481f5113-1d1b-4cd2-bc82-9e34d8b098f8	9f41677d-4434-442b-a8ed-1cc4580c2519	2026-0005	open	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	fee62b75-cd8e-4a25-a31a-0e5ecee7f053	sdk	f	t	f	0	1	0	8cb6b37b-e294-4962-bd6b-a96fbe918d62	f	{5407280688828651910,719140327172959892,5623441528542432960,7413972031453998639,5144929117046737019,767397883012474308,2618016385041768798,9072904401439038116,7980493189820181500,3796903635603187007,5338525865437106215}	2026-11-27 08:42:51.163082+00	2026-11-27 08:42:51.163187+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	2026-0006	open	\N	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	7562da7d-fc30-4eb0-bbc0-eae03516f485	sdk	t	f	t	0	1	1	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	f	{7396705984634417940,2808170939564759040,8654941163886535763,3355776026950982047,8939444228986257097,7590125648464273011,5645115087283660943,8323302270327248959,4478349745214758298,3556097159314883601,2010508947667577839,424989429951642375,8284656681425647794,7631747493447867623,853617529318639437,4129186457867874732,8184616527419512325}	2026-11-27 08:42:52.019747+00	2026-11-27 08:42:52.024337+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	c8c59fcd-6cfb-4649-b864-228e5d2edea8	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	2026-0007	open	\N	3b1649b6-c8be-424a-a97d-66b9db006989	f80c0cf3-8d84-4f3e-a014-7c9d83b78524	fax	f	t	f	1	1	0	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	f	{406231757083682261,6779351312369890701,8551368822066087708,9013947885121573411,5867567737474131908,377573417147740417,142475169957784633,2171415628154320465,2158931934817475790,5934472271405090195,8284656681425647794,7631747493447867623,4251657797611350112,8184616527419512325}	2026-11-27 08:42:54.308696+00	2026-11-27 08:42:54.309009+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	ac93a2d0-c8c9-4bca-9386-72dc4e40003f	0fcc0268-5473-42e9-a9e5-35a9f781b2db	2026-0007	open	\N	\N	2d582b79-1cb8-4474-9a09-ad86b727a366	fax	t	f	f	1	1	1	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	f	{827962041610139563,5516710874528012038,6393477537060075227,8849490205930820442,3922570764502801286,3423218360853035250,719140327172959892,4978737859344508499,738909709370068867,5243586088468017630,5144929117046737019,3796903635603187007}	2026-11-27 08:42:55.59864+00	2026-11-27 08:42:55.596351+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	48eef988-4df0-4d96-bb20-2b49d1f5835c	08040eec-c3f0-5272-9b04-d0fbd536a048	2026-0008	open	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	3ed8a679-c10d-4158-ab1b-6a095e191b03	secure	f	t	f	0	1	0	a233d2d0-a236-4af0-a028-0c067c998380	f	{2304854005408088077,719140327172959892,6526282981126148027,256621633914697561,7045260949973045214,5144929117046737019,1338724863834280664,1345804001913263754}	2026-11-27 08:42:55.704072+00	2026-11-27 08:42:55.704221+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e430a574-0374-4e92-ada2-588cdf4ce68a	08040eec-c3f0-5272-9b04-d0fbd536a048	2026-0009	open	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	680f5997-c4f8-4cde-bd57-746d681e8b17	secure	f	t	f	0	1	0	9dc39923-4a00-4c3a-9158-7d94898fd12c	f	{2304854005408088077,719140327172959892,5564696353261597473,5144929117046737019,3655157095799220554,1338724863834280664,9072904401439038116,5971501120485501049,6944449848020386859,315694951882832899,3796903635603187007}	2026-11-27 08:42:55.729918+00	2026-11-27 08:42:55.730035+00	\N	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	8694cae1-74c9-47a5-85f2-305e49c814c0	ec3e305c-2168-5562-805c-ba3efa586bab	2026-0008	open	\N	\N	680f5997-c4f8-4cde-bd57-746d681e8b17	secure	t	f	f	0	1	1	7e4b5dc4-fe93-4727-a8c9-08767160202e	f	{875878863289675343,7590125648464273011,6664474518814059131,4478349745214758298,8481895150473860844,3620894053168655911,8284656681425647794,2015502882150209531,2163382022894445944,5320584309784951213,8184616527419512325}	2026-11-27 08:42:55.744804+00	2026-11-27 08:42:55.743561+00	\N	\N	3
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	30606fa9-0001-4885-ae0d-5adf7fefafec	6e56e0ba-af32-5495-bee4-1e306c1fd141	2026-0010	open	\N	24227314-9625-443d-9af6-28526ad6e289	d3c0d237-bab8-4462-aafb-f2e6db2e5562	secure	f	t	f	0	1	0	14681497-0995-4651-9758-29fe49a88299	f	{2304854005408088077,3172446950148226517,719140327172959892,188887447145898961,5387530530346803743,1341373714242161832,7425558916431501259,4918504974013115841,5144929117046737019,1338724863834280664,7854612925937195449}	2026-11-27 08:42:55.753189+00	2026-11-27 08:42:55.753269+00	\N	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	ac076a92-f196-46ae-a028-bc18aab0acfa	08040eec-c3f0-5272-9b04-d0fbd536a048	2026-0011	open	\N	\N	d3c0d237-bab8-4462-aafb-f2e6db2e5562	secure	t	f	f	0	1	1	4acea629-3286-4be6-bf9c-30e18c50d543	f	{2304854005408088077,3172446950148226517,719140327172959892,188887447145898961,5387530530346803743,1341373714242161832,7425558916431501259,4918504974013115841,5144929117046737019,1338724863834280664,7854612925937195449}	2026-11-27 08:42:58.370738+00	2026-11-27 08:42:58.365254+00	\N	\N	2
\.

COPY public.content_keys (organisation_id, owner_id, part, version, wrapped) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	9c412799-e98e-4b0d-a7dd-242809ad69e9	file	1	\\x2bb3af9b18a6615cd26937ea393b53022ad516201bfba4aa3388ec1c9ad267b00d4a0161e82976755344b6d76ab371234f047c7d20944c923d82cef9
6206459c-75bf-40e9-af35-055a3a7ca57a	285569aa-8843-4c00-86a7-35df66643d13	file	1	\\xc858bb118b624cc67317fa6d279275b9c3fd507fac460c3d88a301c7b6fd09191141a682674f9daeb4ec5e59a3dea74cde44fa61e00b6aeeb73d35cb
6206459c-75bf-40e9-af35-055a3a7ca57a	2280f171-15d0-401d-8846-7270ba4091c3	head	1	\\x4d0fe949c82a897e0c8e3dc11ecda04dafdbf412dad446c24e5859cb09bdf233b2e7162cf469d2c2fdf2d02ddb7925c9cfd636ce7e979583f83f7725
6206459c-75bf-40e9-af35-055a3a7ca57a	2280f171-15d0-401d-8846-7270ba4091c3	body	1	\\x12e2fcf863c034bc2df9a7e7de524f3c207b1019bf177e1cc3c8487038ee7c52bbafb2120835435ebd41390f1efe727109ecb958f03466c3ca9c29a1
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	92ae7952-c18a-4b76-9578-0142152e9fa1	head	1	\\x57b0ae10e26297051e2b590f1c134e81500977f2536df8456d6c77575d4a380751337c5cb76ada5634247c05a4060224fd7da923940701403f3f4b52
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	92ae7952-c18a-4b76-9578-0142152e9fa1	body	1	\\x09dc4b5f9a3c3da44e0ad597af8652da9e3749c202b21da25c00c26c41cbb03b89cb2ddb30651fea7dc9465d749290392a2ac4ab2a73ba645230d922
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	92ae7952-c18a-4b76-9578-0142152e9fa1	evidence	1	\\x1c16d30e714f11b6ab1cf0c2e3a2d85eb526898dc4a6db173d894fbc89871ca94236fe146ebd531b67e0c4a4e0cac33d4bfef1bd81af155d405ffce6
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	757dfd76-4323-4857-b9b8-d74e452121bf	file	1	\\x253bc2e209d92fb19d8d28d8d4cdbd663ddb1a43e0ecbd1cf9de74e124d76d7cc7741b41f0ae0b3f885dfcdef0135af1bef9125d079c1796c1120562
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	b5e5e29e-4fc0-49d3-8b90-fc8ede128a5c	file	1	\\x9bd8f845d091835da0087f2c6f5544ebc704552266cbf099a2a5fb099f3c29bf478a16ad3e5a8b754c56bde37585ba178b7910268402da07503aa093
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5f498113-162d-4e39-aeaf-c9f49d0420ee	head	1	\\x1e459357c83f2b08b8331a5bbae9b70390979590f7c60a5078544406498917aff9e82f5c5242aaf44536e68d3d6803dee3e6c72a902e638235a7e3cd
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5f498113-162d-4e39-aeaf-c9f49d0420ee	body	1	\\x463b6ede1b7dca4329402647a76093cda93d29c9bc5fb685008c3592c6b21e815bed84774a648a077355aad582fe1f865abc4481e6c883e6f6a41aa2
6206459c-75bf-40e9-af35-055a3a7ca57a	8df18282-cc92-4962-9891-294c8c2d9462	head	1	\\x762af8628036bdd352bf72921ce54782097b1b8ab2b78e2b62d36c46d1511270c3a69549052c92c606e399bf10ae52e7fecf9b6e369060408839f9f5
6206459c-75bf-40e9-af35-055a3a7ca57a	8df18282-cc92-4962-9891-294c8c2d9462	body	1	\\x6d2f564a2053afbab61c5e566f757c8c1fe03372e8f0f86ff2be89d9774161271e453367e1874d376f955e26fd371f0268a04aa7c1511a579a0e1414
6206459c-75bf-40e9-af35-055a3a7ca57a	8df18282-cc92-4962-9891-294c8c2d9462	evidence	1	\\x3219fa42897ea152ad209462245e29fc3fda2a014e95031ec428b071e231909bd2c4f595ea1afc71c9687d05d402b1b3615cf766317f59a260ab2ac2
6206459c-75bf-40e9-af35-055a3a7ca57a	f3e9e870-ad1b-402f-8226-e5204483cedc	head	1	\\x34c933f1787e21ee77ac6d200c76c7304cbfd4d5ba5689f89d0a162d09a17288af8844c36fac678a54abf1805d28f39dbcb5929107ecb8b35f9530ae
6206459c-75bf-40e9-af35-055a3a7ca57a	f3e9e870-ad1b-402f-8226-e5204483cedc	body	1	\\x0505407c1e3998abfc7ae89becb9e1aed941e6bac21c80e53a9c01c0cf9c7fd464e144e1efc60050d2ded4fdd4f704629343c57dff64fd296f70a35e
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1daf65ab-08d9-48f8-b691-6263a7f52dce	head	1	\\x0ba7ba3ec6a8707c84bd691ab41b04dc74e6b7d89f08102201de9d664d3b4ba7c4c72201a276eb61c8330353b5cd2d0aa676fb990cf1dce2d1672046
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1daf65ab-08d9-48f8-b691-6263a7f52dce	body	1	\\x7c0a5dad60dc98d533c62f020a8d4ca365126739de3b69202b655a120af4642acb93b628cace886b8cd90f61d6a34d4c78d53bcb7b593b78494bdd29
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1daf65ab-08d9-48f8-b691-6263a7f52dce	evidence	1	\\x2a177ff4413a1e62a1a8fbfb581f0cb6332c33b3b35d2b10b26d30a23478522724eb43c81914118a2fc4820bc0948ada5f45da2cb2c9653c2c3e6ee0
6206459c-75bf-40e9-af35-055a3a7ca57a	ceaff787-b405-469a-a9aa-24e00a5a4db0	file	1	\\x4814f180b75c9c1fb98f91ed9ea5800ec58f0ed13e5993c173d4bb5f56f0db14026f630bdb15f5fcbc1d199661437c0d71e5cbfb776ddf77a368c76b
6206459c-75bf-40e9-af35-055a3a7ca57a	54ac4681-9be7-4acd-8562-89a3966dc4a1	head	1	\\x9ba25bd2c999639038901e13186771b4da26fa8f501557737161665f6528a58fec882c55a9d90e6c97fcf30f5e1a61085f5ad3891247ac30fc547482
6206459c-75bf-40e9-af35-055a3a7ca57a	54ac4681-9be7-4acd-8562-89a3966dc4a1	body	1	\\x102f93fd29de01163e0c54dd5d74693209591b1ac2527bb55209c88fadb1ab3ab5b3dc3ad9576d336562edf623a7c4e99dcf4cfbe855179a9c825117
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	head	1	\\x12de5abd4dbe97e63d06d8938e7dd926e4c2ce00eb144170c4ca426df76bb2c10fcd40b7975f47ef3af3f017e835cc20bb8bd760945d864a111331c6
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	body	1	\\x40b33f82200e230195974511ac337fdf435058754822088884ce792155fdcae0c723ac7d07abf17b079eb550266a0adb7dc83f9d9d1fa3ad28195175
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	evidence	1	\\x2108ec3c0ccdc901d2e85a762a8fe722e509a7f56259a1fa76867bf31da295a914e7cef49fdde9eb31063f62ade8056394ed9ff359a4514ab057d929
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	60920329-ab4f-4ad8-968e-d6d5f8ed063c	file	1	\\x6e4662a49ffd721a17cfe07d3694244137bace62b5899779c370a8629143069d9a368061fb246013979a6e1389bf81830e0b55ae7a77246a85f32c56
6206459c-75bf-40e9-af35-055a3a7ca57a	41b0c565-b047-4dd5-a2c1-87152fd728cb	head	1	\\x68211ce32620bf81507a6296da272590b5b6d712daa1a68b5c38f47eeb9c7bc6dfa764cd6ecbf7447f727018c750f9eb327dd5ac0aacc5c277134bbd
6206459c-75bf-40e9-af35-055a3a7ca57a	41b0c565-b047-4dd5-a2c1-87152fd728cb	body	1	\\x8b1d21d0761c91772abdefa4d7ebae3f2c12583b68bdb063aec819f14ad90272c3a8a3ad2b71e00923d948519d8a02fbd4c44363dd258106e365d27d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e21f2427-9b97-4c37-863d-15cffbda2f0d	head	1	\\x00172a6148021d261994c831e0e3f77807d9c79e7c67a8721138afaa58ecd547c5d1f85f87c554752b5470d2138194a940ee1a5fcc9d3f99a9089f83
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e21f2427-9b97-4c37-863d-15cffbda2f0d	body	1	\\x84f5714b7fe3da77843700d29de623e56007948c6891f038ae6b657f7b5a70f8969c85bc53f37fd6fb19db6842ae67d05a2828f754b3710f2639fefb
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e21f2427-9b97-4c37-863d-15cffbda2f0d	evidence	1	\\x87675923bf3531686fb3e29e95dbc716bd7a8a035c3c98daa52544a6aa658dc6981854a7798a659b5bf9c4174e0d0902532a51717af52a4dffdb763f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8cb6b37b-e294-4962-bd6b-a96fbe918d62	head	1	\\x9e62787f3f48f3eda3d0a937bee70bc56e5af694f45d07c302f4bb6634edab4362e0e26fde7d28bb33f89cca736d2f4a6728d8399325eb5219b1c0ff
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8cb6b37b-e294-4962-bd6b-a96fbe918d62	body	1	\\xa27365bc882af74136d763592344ec5c06fa23262a44a8ab5f354d018acf8794d1fd0d36f3e66635c4ea10974f26fe3644a7f07d2fcfa8f871b2f324
6206459c-75bf-40e9-af35-055a3a7ca57a	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	head	1	\\x6c6548f2afa25a19c84f7373d55d3f067a80a950a923813d05844b66b91bdd994820717339669d0c32848e563873570b70961a9c60652910ed20c6fd
6206459c-75bf-40e9-af35-055a3a7ca57a	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	body	1	\\x8067061cd365d753910aafcfaece588c8599e7832f59eb07ef8ccfff020aa6e18e071678366620e6e482ee1bf7aa8399f7ff2f9d155d931d2b167423
6206459c-75bf-40e9-af35-055a3a7ca57a	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	evidence	1	\\x53440fdc3905c8676c2af1e11689f4b6347fcef18f4416c2f01a1d0a1628de26607c80672a409b7f9a8cdfbcece2f07d02e6050af8c1d0aeadd6276e
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	b4a66383-7477-4434-aab5-a0c34174c000	head	1	\\x23aad68ad6e3b48f8c10333f46d04afd2a93c78003ba46d70cd8b767e77b21d2ce5daa9a957947ee2914cf6d0c2b1945da703786f66e809172ee1486
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	b4a66383-7477-4434-aab5-a0c34174c000	body	1	\\x92857f70b7ceaebe6d541b75e103733ae9950459d2a7202c564c5773e4a6771dc178e446999fba49bacac5ab57d69a59a1cd9bfd0ac6b84b5b86f97c
6206459c-75bf-40e9-af35-055a3a7ca57a	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	head	1	\\x9111ef2f8c3914e2c32aa894c0fdba1750e4f4abad86b2a67aa9f914a08413aa41bf9f69432a1e3834a938b65c3edc6e589cd62bc02711631e9bbaba
6206459c-75bf-40e9-af35-055a3a7ca57a	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	body	1	\\x6fdcae7b685eed3863abc656454496eeb1425b7ed39f0dc080700d745c3120bdbf2f58f0041054233a0ec37d29ad9ac0c957b9277824dc8891fdd2e4
6206459c-75bf-40e9-af35-055a3a7ca57a	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	evidence	1	\\x01fea5d65350deb700ba69004f35ff109afe0970b749e866818aa33f0986cac21972576002e107eae3b199922a3b1580d33a3ce7e24f553043da5439
6206459c-75bf-40e9-af35-055a3a7ca57a	6345d856-2444-4602-b6a2-d685fb0a4800	file	1	\\x01c13db3d1a809001c1e6dd71935ed7675b7a43a016acbdfbdd419c99d7f847b8ae4bc133b9b71b7b2f85718cceef6421e783069f05c12897dbd0f77
6206459c-75bf-40e9-af35-055a3a7ca57a	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	head	1	\\x5ab002b783f7884e39d599847194e942094b206c5f17f2103f9e31a5dc040225f1d041241f82e8c019fe66278a99683e5a33d73171500e8d3b9d938a
6206459c-75bf-40e9-af35-055a3a7ca57a	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	body	1	\\xeec055276db9682860081165552820d459b4184ff3a2d7cb6ce57c8263afbe53f578c247a7264e1654427a55368a4e8bd4837e4a9cf4b26c90cc7af1
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	head	1	\\x538ddbcab4a2bb4038df34c098f393e95c35b1bac66e1b9871a8756ddc4812816bae6e3a132c479303a01696e6f3582b44fc020a07d8cc0f256f9b11
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	body	1	\\x7acd7d23fd90fc5b262eaa5e052207b939b9a45251dc113a7def884a703582f6704a12a506b40ff8d085f25c7250250287d32335cc5d962ae7b479be
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	evidence	1	\\x16361820e039490e6f8141fb2f8bda3ce9639512b17c470dccc999bf70a57659ada102089fd6d133353c922a5c3abc325b5894097253d143f80931de
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	03df0d38-718d-43b0-87d4-d0c0e5513c85	file	1	\\x4d3fcf8504289b6052ad711c15e41bb14c0172405718951fbec7f828ee1cc294da9b63d97c1850180be378116a9a1d3ec167ee01ce81af246c3641c9
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	a233d2d0-a236-4af0-a028-0c067c998380	head	1	\\x475e4f8e314474980048c6715cd9099facb9113fa8c39d7b1d8e4edf08d4f89f033b73e80c9d3119560015a4dc93046fc3ac98a792459caf7de39501
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	a233d2d0-a236-4af0-a028-0c067c998380	body	1	\\x0c887501350fdf61a351620cd763741f50d4fce37c68465bbf4260f2512b806d155393b55fbe6ba457e94b5b496f3dda0e2c6151aa19259ba4be122f
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9dc39923-4a00-4c3a-9158-7d94898fd12c	head	1	\\xa4ae2525ac4360d73d1c0433ea3588dbc4505b8c648d36f576cf14498c7b2e9e369621b673ecc429e677853ed39506d6e76d5a25ee4683d47ee7422d
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9dc39923-4a00-4c3a-9158-7d94898fd12c	body	1	\\x4a31e4e035284879100143461a2bbe16af054dfa8f5f3b2fe90e84921336cdcb125ecb90ea892c05c89d96e2aeeff41659d0c640e9e7fd8b1dbe2f0c
6206459c-75bf-40e9-af35-055a3a7ca57a	7e4b5dc4-fe93-4727-a8c9-08767160202e	head	1	\\x697410737ad48640b3433b1d18715054e3c7f3608bc71d0dfb62277ab19789315137c5a3f0199af9bbb0a2e7eff3ea29e5c5cbb281cbbe01aef27ed4
6206459c-75bf-40e9-af35-055a3a7ca57a	7e4b5dc4-fe93-4727-a8c9-08767160202e	body	1	\\x216c4050ec28638bd0b7ceefcb73fc4baff4dd22ad733bdf4bee19eaf0f2b0c0cc8afe4d0ee45f28c8bd0895d7cb24a7420b77f3e9e8b26b20e5ffdf
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	14681497-0995-4651-9758-29fe49a88299	head	1	\\xda8949124a784af0627a2addae8e234efcc5eb1f19b457a515591af03c788d185470ffd90719b8945dfa48d87b4368d2103f07a40506c719772e59b2
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	14681497-0995-4651-9758-29fe49a88299	body	1	\\xc2a7b7afbc781fba97fe5c60248bf5847505660ad7702d8b5ae847ad1d7a14afbfdf0fc62df277348503be81c4a9d6168464305fb7117db58b9ca257
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4acea629-3286-4be6-bf9c-30e18c50d543	head	1	\\xd18efc7e20d63cdd695a41094b96f3fe2e125edc7fa82418887cd0f7c04dad3e29623c570d2e987847ee776fe5338f0e64784a395c06702b95915cea
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4acea629-3286-4be6-bf9c-30e18c50d543	body	1	\\x377471a7e77f80e77310872d6dc6f8aba7635ce3da2dfef5ff524fa0778057926f5e7d1b0e583ca8af40c38ef481a2838a7f3e0048d3a44e7db455ef
\.

COPY public.counters (organisation_id, name, value) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	cases-2026	8
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cases-2026	11
\.

COPY public.deliveries (organisation_id, id, message_id, case_id, purpose, transport, recipient, state, attempt, fence, due_at, lease_until, remote_id, failure, wire, wire_blob, opened_at, answered_at, created_at, changed_at, terms, notified_at, downloaded_at, identified_by, identified_loa, begun_at, crashes) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	76766cbd-a6e9-414e-8447-2211e831d471	8df18282-cc92-4962-9891-294c8c2d9462	\N	receipt	sdk	\\x0001023281d29f05197da01f43ef1cd2fbfcfd46665b375d815abe8219a80e566a183ecbe845bff80ee41341b9d50abc0eb458ca4cfd4449f1072790e144353d33fbe4de962493070fa13678eef99a9048fa6bd74ee3e862be61e563e576ce7ad5ee1747df6a5749818cf5f3c59b5600f312835bed87134776c449daed91770be24770b8cb0fbac5920df5124ce1b2c07489bf7f6b1eab7e1559	ACKNOWLEDGED	1	1	2026-11-27 08:42:50.334214+00	\N	76766cbd-a6e9-414e-8447-2211e831d471		\N	\N	\N	\N	2026-11-27 08:42:50.3287+00	2026-11-27 08:42:50.334737+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6602bcde-6f8f-4218-960b-6d73e74d66c1	92ae7952-c18a-4b76-9578-0142152e9fa1	\N	receipt	sdk	\\x0001fad65686322efffb99a394efad24419ee032bb12138624e5657141e455430c7369c2d64438d4a050c59d62ba7e277da8636b951198d7baf81a6902631cc59c788522cc0b4c75a9bbd6d77af5b889b8d5a27cc3d8f147c2963126135918edf82987c34ab6784960c713bbaf14de96176a3afaa3761b255dfe826881a4ec701ebf0e5488023b5af336def2d4721ca09f8ab77587139d163e182f9fc4534e1aad3f279e	ACKNOWLEDGED	1	1	2026-11-27 08:42:49.310323+00	\N	6602bcde-6f8f-4218-960b-6d73e74d66c1		\N	\N	\N	\N	2026-11-27 08:42:49.297953+00	2026-11-27 08:42:49.310909+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	a233d2d0-a236-4af0-a028-0c067c998380	48eef988-4df0-4d96-bb20-2b49d1f5835c	message	link	\\x00012e3c1697a9dd62591ebe0e422e59a143a1bd1b9a442d33faaede90e1f762445b5ed33675365bd51931ac33f0d518f433ac5c635cc7bcafe6447f71be1da42f5c9ad9851138ce9187e3ed4d97d6000f11b28efe91037dc2e43b883b23dcbfd8ff2bb7435569d86bb4964913e9b4d49217792c7d213fef75a27a09d809d2d6f00a759efd7bf5	WAITING_FOR_RECEIPT	1	1	2026-11-27 08:42:55.727944+00	\N	3vljbhvqpfsjyicsggql2ahw@localhost		\N	\N	\N	\N	2026-11-27 08:42:55.704072+00	2026-11-27 08:42:55.728332+00	\\x00013ae19afe6977c377598fc1b52c109b62ea9eccdd1f9604e953034ad05db614a19297844e81127c99028e45794891cbc30b449793e6d4f5df264a0cf0751b61a4d722880415fcc21386bfd742c432d5ba8252e2d0c0b695706747f1d77f89dcf02139	2026-11-27 08:42:55.725618+00	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cb6a1acd-635b-465e-958c-d7221a8b5515	14681497-0995-4651-9758-29fe49a88299	30606fa9-0001-4885-ae0d-5adf7fefafec	message	local	\\x0001dfa453a0b43dc79841db2de007ac6b9445256df3e93ae8fefde54cea08dea01c5596dc4c425993185de74b3866b0ca1931426705a331ab310e42de05fcd7688ebd207b6b5e7002397154b24f9be8604b392fc8f94381d45f6511dbea6a1a2315e4e4730d4689f423765d87d60f3ea10ebdc7a5af4cbbdd00b9b33c62a37ba2b9052c1abd8854e0f80f8e1fedc17c1c06b7be989bd9b4aac6c3b7ec92107cf1743d0773ab58ff8833c06df3e2b38b742fb597d4ee9b949e74e6ce61ce0e0c1e6e950a08aa5fe334f699de1628fd90973c969d	WAITING_FOR_RECEIPT	1	2	2026-11-27 08:42:58.399058+00	\N	\N		\N	\N	\N	\N	2026-11-27 08:42:55.753189+00	2026-11-27 08:42:58.89168+00	\N	2026-11-27 08:42:58.891245+00	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85f67dff-26f8-422e-8c65-0ec7e4231bdf	5f498113-162d-4e39-aeaf-c9f49d0420ee	7c390feb-a96a-41ea-8932-95786264feaf	message	sdk	\\x0001fd5e9cdfaf38c26fd191bf8f611646c987f32f9241aa93a32450179fe25a001808b176dc468f9f688e6d578facb45a297fad52798592e820ec9167fab98f26deefa9d1be1c708e10674fb127ff667bf66200e5f8d4552347585501fd946391e5525c0db66fbfc828c2345391c653b433258233ff7c25bf251b99261639d32f9f4197a87668295e732190234b97f38f3375d196210a8382ea10fc79e0a350deaec3d45ccb0ad41598a62d813b52019fe86ae230c1c4bdb266786d415fbd5ee11cc1d8d30b99f3895c0d2de3	ACKNOWLEDGED	1	1	2026-11-27 08:42:50.361086+00	\N	85f67dff-26f8-422e-8c65-0ec7e4231bdf		\N	\N	\N	\N	2026-11-27 08:42:49.399352+00	2026-11-27 08:42:50.363166+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	2280f171-15d0-401d-8846-7270ba4091c3	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	message	sdk	\\x000132d4f9f156eeb34eff99633bb97ff0ce29717bfa62fd3d49a1d3d2d47bbb93ebd6edfa75895a31e6b313776ec996b90cda9556d5b24f33fa49878fdc81d2aa09c8a8944e828870267dd5e05f322893844508d4f5c5c78cc3de1d27491884723d052c077c561fb0190724a4c8f5a9020a801f8cca7f00cefda8b31a41b7ca8f97f761b7eeef9f5c79c229ab311498b15e37bcc76222bbc1e22d7dbfcdf35f87155088cfe911b2043cb8e79a311e79b34d357dc78a95ff35452b3c5df63c70fcb62069702ca440b0143c7353be5d0e57a5fb7248ea7e6ebb657e4832bdb3a64fa79e6f96	ACKNOWLEDGED	1	1	2026-11-27 08:42:49.34075+00	\N	1b88b948-3c33-4cf8-aca3-27f46cbe534f		\N	\N	\N	2026-11-27 08:42:50.322841+00	2026-11-27 08:42:47.987251+00	2026-11-27 08:42:49.34335+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	fad92444-a408-4a34-a5dc-40947486f403	1daf65ab-08d9-48f8-b691-6263a7f52dce	\N	receipt	sdk	\\x0001d96a9360b27aee8139f68a6012fd6fb23a6fd6cacc88e65af33a0d454abf438835da076016af31d713f27bd681f39059ce864a61bc5da42e3234ab360de45f9dbd2fa4cf6ded9a5fc0764806ddad95c1a6617f6c0affaad4c1dc28c0a73d6dedea5d29706b639e68f3ad6dccdfb0d73748f4966841fb24cb4a49d603816eb1b1a7cd7f40c2ed4ee0521f51a82080813b5d3da0079e1421ef77a9f0f8888fedcb0afd	ACKNOWLEDGED	1	1	2026-11-27 08:42:50.582748+00	\N	fad92444-a408-4a34-a5dc-40947486f403		\N	\N	\N	\N	2026-11-27 08:42:50.577493+00	2026-11-27 08:42:50.583024+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	9dc39923-4a00-4c3a-9158-7d94898fd12c	e430a574-0374-4e92-ada2-588cdf4ce68a	message	link	\\x000116edaf035e96a86b61d339fdcc0e485d88ccb62f35521f9a69a2d4035c3cd9630e0ad4f7844be063b298a2adc4f16dcf043538f82bdd3ca8974880e0163dcd8b97de0aca25fe4db78bac962eb733ba2366ff9043052d51fd640d8673cb1866238adaff00574d381060bbe24b517cbb7670ccf37e7315d64a39941615160518e7130600f88b	WAITING_FOR_RECEIPT	1	1	2026-11-27 08:42:55.759169+00	\N	ga6g4mwcqn4ytl6a5ehxrgum@localhost		\N	\N	\N	\N	2026-11-27 08:42:55.729918+00	2026-11-27 08:42:55.759557+00	\\x0001ec0951755a6db7df8b7a1a424856e7a3edab090248581a2cec4389ab5772f27bbb9d42b1f339f58430ac8d4bf5b2234b54da6eebc69c0a023c325f5b434ee5bd47848c035582015e66b6e6ac2956892ed78808ca0e829b24d11448e65b2dce521659	2026-11-27 08:42:55.753336+00	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	f3e9e870-ad1b-402f-8226-e5204483cedc	c68aae4d-3aba-42b3-b40e-85d82a850718	message	sdk	\\x0001694a79a9ff3b2753f9d12d48aaf1c147c498ca26fb1b57d30d1a6818091b33c7244d6bdd6fc40f80c5a05619ebd78e17eb450f5317970a124214c6f3c91481b9cd3ef33f7e80b5fbac60a8d86bc6faf836c83f1ee84209b824d49f1e7ac2785e73df4374be4e21af328ac526688a6361b8df6bf6fb7cd32a296397321972dc02d4bf06256c4b71dbdc6894b6f0bb8398bb1730384d84a38d70ce5703caa86b312a2475b951019744010bff065898535cde1502535a872f3582c0bf6539e7cf063e750beb893977b0edef4f31c49a42ccad5b3c21b2d2561bbed73efad5abfd5a5584ef	ACKNOWLEDGED	1	1	2026-11-27 08:42:50.746652+00	\N	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c		\N	\N	\N	\N	2026-11-27 08:42:50.429668+00	2026-11-27 08:42:50.748236+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8f327ff7-4a5a-4ddd-a25b-bb3df6a121c6	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	\N	receipt	sdk	\\x00014f6c71a5cc2f5dfb42ac16979219373124a3c82fb04c7bec1905171e4a24b305564ef3b189caac39ecf46fd56855039ccaffe7bc3c7ea0c1d16cd025a0c91940e549f14a9f303fe368e7de70e50712bfdaf3ce161a655cfa140beecdcb1aaa15949d93eedbdb7e0519d9ee8fdb87ed570de3b60bb7fc661af47da0c6fd1e67d4402e5336fed12d81a52e25d8eeaad3d0e3d3f193946ca6778111097abe1cfc3c3d92	ACKNOWLEDGED	1	1	2026-11-27 08:42:50.983343+00	\N	8f327ff7-4a5a-4ddd-a25b-bb3df6a121c6		\N	\N	\N	\N	2026-11-27 08:42:50.976933+00	2026-11-27 08:42:50.983637+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	54ac4681-9be7-4acd-8562-89a3966dc4a1	cf94cecf-2aa2-4842-908e-a4af999fccea	message	sdk	\\x0001511f16904397d2eceeb1eb0c7bb7feee5e29b04329a03607981f734a53bf3f7ab7764bba12c0285220494bd95a0b1b586d4e109b920769ec08fcf31bef57c6d71a69c661ce7a1f2669d55b9f47ca5bbdfa293498a4b09ca9041dc1a1921989cd3839d9be44262b34de5d3eb78369642031ab6f79f30068c0a7717344126113a7d37a8a46a4ee3883117debb64657d07e6332e6642d0e5b83d7b70665f0bf71c36bae9ea0831c7808b07fd8d3039c0eafe6b6e514d14c3d0da289226b46acbdd8e052f67488e9cf7db331bf3c30978e90a6f386fd584211bacaed3d55fb9b62e535aa63	ACKNOWLEDGED	1	1	2026-11-27 08:42:51.007644+00	\N	7b73a381-6bdb-4130-a3b4-a44bd5fc126d		\N	\N	\N	\N	2026-11-27 08:42:50.82038+00	2026-11-27 08:42:51.009012+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	11dd5758-762b-45f8-827e-b77501cf54dc	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	\N	receipt	sdk	\\x00018d4764b24258231f67fd4e0fa1f805ef91f9f7770fd27858dbddd1da85c586c43cc1c5cde0647fc6f784e50d16382f3e8ab1508b190fa227793e3b0e99c0eee52a2ba9492e0324ef178bdaea8a6cce79107750276810e81f181e1872693f2f538436d81faea2a5171197cfbb40697e6cbaceaa6a7cf3e43e32ca3474db57cef3d972a80a794e4e26298fa7dd61e6783cf1f00d61088f04ff	ACKNOWLEDGED	1	1	2026-11-27 08:42:52.024337+00	\N	11dd5758-762b-45f8-827e-b77501cf54dc		\N	\N	\N	\N	2026-11-27 08:42:52.019785+00	2026-11-27 08:42:52.024608+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3e404dc3-f894-4cf3-8776-07b97d5c52c8	e21f2427-9b97-4c37-863d-15cffbda2f0d	\N	receipt	sdk	\\x0001345b4988a81ae7592196f5135c2f8920195e1e25c9524c065609b81711122e54e2ba0120df96f265c169fbb10fc52ecc6ca38aa0fd51e0393cf46a8d84214fa8df82043e9f105986c80b8930efe356cbc750867f506748462f0ea66744df5d8b28fe4b1dada535bfda6249c58d2b5d5f12fcdeff25b7c59f5089e4eb76bd6c3d651534da9f1f1d3113132c5782c7a3df65bc2032dad279d25c309fe63a38b33fe63d	ACKNOWLEDGED	1	1	2026-11-27 08:42:51.102479+00	\N	3e404dc3-f894-4cf3-8776-07b97d5c52c8		\N	\N	\N	\N	2026-11-27 08:42:51.097627+00	2026-11-27 08:42:51.10283+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	41b0c565-b047-4dd5-a2c1-87152fd728cb	e21331b1-c98d-4c55-8cc9-e690ba9b1a11	message	sdk	\\x000148bb43186f70cd32ac8011ca21223bd299288665655b25281dd57ea2c06fd6e6be7be6e904069caf54f337086efc1e837fb2e5d7cad0cdad9a7c07330b72b0ae401aad7149bfaa47bfbefe40664c89aab98a6189c34e95b2319bda70bb445fe102737cdcd56d97ec053e1b2e14f925a36d4bb32c204f165fd12610be6a62138b0212b7c8d93d102b4c4d2798a5c7deafd012165b016c1cf047c840f065096753fd83771683c890873e1f3a2863aaedad9a318b562caad3a2bb0269c91d628b7e95312ed5759ffa6696bf1d8384b1a7159423	ACKNOWLEDGED	1	1	2026-11-27 08:42:51.127818+00	\N	e854fdaf-52c9-4fdc-a078-bb8dd0491a27		\N	\N	\N	\N	2026-11-27 08:42:51.071781+00	2026-11-27 08:42:51.129566+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	3b727fe7-8ecf-43fa-9ba7-425acfe911cb	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	\N	receipt	sdk	\\x000121403546411b51295da3a57b25c654e5f5903fc27b68bc73264c35bd480fc5833e501edd71ab8793e10fcaed7b0db2aeac1a06cf1e2719462a57cfbe1dc8cc2c087e23a81f40dde857acade9dbfc3eb860e668a0aed78d87646672e4d45916f558fbc491de1a9d507110352eed65caffcad352f1f57e8eb835b72b8de68beab201185d2aff4c4eea4f80892e7d00872f247e9c7d4ec5cace	ACKNOWLEDGED	1	1	2026-11-27 08:42:51.219829+00	\N	3b727fe7-8ecf-43fa-9ba7-425acfe911cb		\N	\N	\N	\N	2026-11-27 08:42:51.214413+00	2026-11-27 08:42:51.220127+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	75b11cc2-6785-446c-9f84-9a2701698c47	8cb6b37b-e294-4962-bd6b-a96fbe918d62	481f5113-1d1b-4cd2-bc82-9e34d8b098f8	message	sdk	\\x000105948d8a693de604d0bee998524f1e91f0735cfec1ce4ed8a43e9d1092c48b891d919ed88604c7dde9bda5f57a12576d8c6705871ba1c99e3928cc0f0691fd02f6b36393acb1fa1d01b183435cde7a4343b6c6ef62237e233f5a86a44aada52ea3fe742090d2868677d57470206ea2c319baf8f051f617693cde855a33c2eb9940d3394b7e3fb1468b1e2236786222700cd527aed3e258cad61cf1932aebc7cbdc57aaca56a5b7a37862a6e511a3fc6392f2702c1826376df9a10cefc02880e0a7b49e5759ec3faaecd0c5b1d248	ACKNOWLEDGED	1	1	2026-11-27 08:42:51.834335+00	\N	75b11cc2-6785-446c-9f84-9a2701698c47		\N	\N	\N	\N	2026-11-27 08:42:51.163082+00	2026-11-27 08:42:51.835435+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d3b7799a-5cbb-4df6-bf79-e75c99d36189	b4a66383-7477-4434-aab5-a0c34174c000	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7	message	sdk	\\x0001b8bc791b2dd10350d3f9596a94ac86bd68b0bd917065abebfd9e0ff1a4711fe23b202704201aeeead6a2a7161ce9fa08f4a1e171d9d906bd8a4792f066a24d3872e5f09f0f8b4ab5c37b8b22e607aae398ad5b04c4caa1ea36600a9ffd731eccfcf93a3630bb82cf54c3c4fb0a57cfba0239b80c20def680a7cc116937f96aecd9e0868b7608bbaeb399b324ca2dc247b8f3d0dec7d4a8f37261a25cefa1641c54e03f1dddeee1da0fe990c9f0dcd3023ce7be221c0a3024351a878c04fa68694e198109336e823fc1bd90	ACKNOWLEDGED	1	1	2026-11-27 08:42:52.591323+00	\N	d3b7799a-5cbb-4df6-bf79-e75c99d36189		\N	\N	\N	\N	2026-11-27 08:42:51.924574+00	2026-11-27 08:42:52.592773+00	\N	\N	\N		0	\N	0
6206459c-75bf-40e9-af35-055a3a7ca57a	84b7e17c-c360-4436-8bf0-3a640ca4c649	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	c8c59fcd-6cfb-4649-b864-228e5d2edea8	message	fax	\\x0001ce06348b67ad478c32e9f979b7ae4f701503071e5ac4aad9f345bc91c7844159f66985a6b2fce154b767746ba10d4ea3960a86943b288d38a743e412896cdd0e4eecc2271616c4dc1e5f45a215ca0f4e47f092861afde1448a0b53dfd4a9507a96ac817f4144f4f40e1212c7026b4395f934c95606e25bfc49f94a7472cf4e6505b252f2a6be143586168bfba66c78b949c72d3f7e4bde6004626c70	ACKNOWLEDGED	1	1	2026-11-27 08:42:55.642538+00	\N	84b7e17c-c360-4436-8bf0-3a640ca4c649		\N	\N	\N	\N	2026-11-27 08:42:54.308696+00	2026-11-27 08:42:55.643615+00	\N	\N	\N		0	\N	0
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	9dc39923-4a00-4c3a-9158-7d94898fd12c	e430a574-0374-4e92-ada2-588cdf4ce68a	message	local	\\x00019834df1a3ed1dfc9b2e79fb582ce344548a41f60ad291e2bb61d466733c8210f61e6b311075007318f55809e4752b94be0e13242d76a34cfbace2c5b96ed3301566fe53820f367bb286705fbd76d2e05d52ea8fc08711bbbc8ba7266b1b5fb123a37c39ad80fdd5fbfb2665d6a1e4bbf39d3ea6845f12e358881fdbd329984399d4b4603780c99265331bfe31bf728517b58facdb24eaf58f685fdb2d50950c09db000aa654b6a02cbd35817193b6e0dcc4412e831fabdec8f65f2ce667c86e8b4455b1a2fb3e2cff01e38ae10f05d42df5821ad62	WAITING_FOR_RECEIPT	1	1	2026-11-27 08:42:55.763426+00	\N	\N		\N	\N	\N	\N	2026-11-27 08:42:55.729918+00	2026-11-27 08:42:58.877636+00	\N	2026-11-27 08:42:58.877296+00	\N		0	\N	0
\.

COPY public.delivery_events (organisation_id, delivery_id, id, at, state, detail) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	1	2026-11-27 08:42:47.98739+00	READY_TO_SEND	
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	2	2026-11-27 08:42:48.007754+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	3	2026-11-27 08:42:48.069909+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6602bcde-6f8f-4218-960b-6d73e74d66c1	4	2026-11-27 08:42:49.307576+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6602bcde-6f8f-4218-960b-6d73e74d66c1	5	2026-11-27 08:42:49.310087+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	6	2026-11-27 08:42:49.341991+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85f67dff-26f8-422e-8c65-0ec7e4231bdf	7	2026-11-27 08:42:49.399512+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85f67dff-26f8-422e-8c65-0ec7e4231bdf	8	2026-11-27 08:42:49.409255+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85f67dff-26f8-422e-8c65-0ec7e4231bdf	9	2026-11-27 08:42:49.421331+00	WAITING_FOR_RECEIPT	
6206459c-75bf-40e9-af35-055a3a7ca57a	1b88b948-3c33-4cf8-aca3-27f46cbe534f	10	2026-11-27 08:42:50.322841+00	ANSWERED	
6206459c-75bf-40e9-af35-055a3a7ca57a	76766cbd-a6e9-414e-8447-2211e831d471	11	2026-11-27 08:42:50.333099+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	76766cbd-a6e9-414e-8447-2211e831d471	12	2026-11-27 08:42:50.334043+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85f67dff-26f8-422e-8c65-0ec7e4231bdf	13	2026-11-27 08:42:50.361877+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	14	2026-11-27 08:42:50.429861+00	READY_TO_SEND	
6206459c-75bf-40e9-af35-055a3a7ca57a	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	15	2026-11-27 08:42:50.436682+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	16	2026-11-27 08:42:50.442449+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	fad92444-a408-4a34-a5dc-40947486f403	17	2026-11-27 08:42:50.581519+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	fad92444-a408-4a34-a5dc-40947486f403	18	2026-11-27 08:42:50.582496+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	19	2026-11-27 08:42:50.747369+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	20	2026-11-27 08:42:50.820472+00	READY_TO_SEND	
6206459c-75bf-40e9-af35-055a3a7ca57a	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	21	2026-11-27 08:42:50.831804+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	22	2026-11-27 08:42:50.841331+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8f327ff7-4a5a-4ddd-a25b-bb3df6a121c6	23	2026-11-27 08:42:50.981856+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8f327ff7-4a5a-4ddd-a25b-bb3df6a121c6	24	2026-11-27 08:42:50.983158+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	25	2026-11-27 08:42:51.008365+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	26	2026-11-27 08:42:51.071868+00	READY_TO_SEND	
6206459c-75bf-40e9-af35-055a3a7ca57a	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	27	2026-11-27 08:42:51.077983+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	28	2026-11-27 08:42:51.081831+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3e404dc3-f894-4cf3-8776-07b97d5c52c8	29	2026-11-27 08:42:51.101081+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3e404dc3-f894-4cf3-8776-07b97d5c52c8	30	2026-11-27 08:42:51.102301+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	31	2026-11-27 08:42:51.12871+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	75b11cc2-6785-446c-9f84-9a2701698c47	32	2026-11-27 08:42:51.163187+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	75b11cc2-6785-446c-9f84-9a2701698c47	33	2026-11-27 08:42:51.167841+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	75b11cc2-6785-446c-9f84-9a2701698c47	34	2026-11-27 08:42:51.173798+00	WAITING_FOR_RECEIPT	
6206459c-75bf-40e9-af35-055a3a7ca57a	3b727fe7-8ecf-43fa-9ba7-425acfe911cb	35	2026-11-27 08:42:51.218459+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	3b727fe7-8ecf-43fa-9ba7-425acfe911cb	36	2026-11-27 08:42:51.219606+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	75b11cc2-6785-446c-9f84-9a2701698c47	37	2026-11-27 08:42:51.834875+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d3b7799a-5cbb-4df6-bf79-e75c99d36189	38	2026-11-27 08:42:51.924701+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d3b7799a-5cbb-4df6-bf79-e75c99d36189	39	2026-11-27 08:42:51.931069+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d3b7799a-5cbb-4df6-bf79-e75c99d36189	40	2026-11-27 08:42:51.937431+00	WAITING_FOR_RECEIPT	
6206459c-75bf-40e9-af35-055a3a7ca57a	11dd5758-762b-45f8-827e-b77501cf54dc	41	2026-11-27 08:42:52.023199+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	11dd5758-762b-45f8-827e-b77501cf54dc	42	2026-11-27 08:42:52.02418+00	ACKNOWLEDGED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	d3b7799a-5cbb-4df6-bf79-e75c99d36189	43	2026-11-27 08:42:52.592057+00	ACKNOWLEDGED	
6206459c-75bf-40e9-af35-055a3a7ca57a	84b7e17c-c360-4436-8bf0-3a640ca4c649	44	2026-11-27 08:42:54.309009+00	READY_TO_SEND	
6206459c-75bf-40e9-af35-055a3a7ca57a	84b7e17c-c360-4436-8bf0-3a640ca4c649	45	2026-11-27 08:42:54.317068+00	SEND_IN_PROGRESS	
6206459c-75bf-40e9-af35-055a3a7ca57a	84b7e17c-c360-4436-8bf0-3a640ca4c649	46	2026-11-27 08:42:55.147878+00	SEND_ENQUEUED	Lämnat till faxservern, 2 sidor.
6206459c-75bf-40e9-af35-055a3a7ca57a	84b7e17c-c360-4436-8bf0-3a640ca4c649	47	2026-11-27 08:42:55.643047+00	ACKNOWLEDGED	2 sidor har gått fram.
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	48	2026-11-27 08:42:55.704221+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	49	2026-11-27 08:42:55.725618+00	NOTIFIED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	50	2026-11-27 08:42:55.709911+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	51	2026-11-27 08:42:55.727786+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	52	2026-11-27 08:42:55.730035+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	53	2026-11-27 08:42:55.730035+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	54	2026-11-27 08:42:55.753336+00	NOTIFIED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cb6a1acd-635b-465e-958c-d7221a8b5515	55	2026-11-27 08:42:55.753269+00	READY_TO_SEND	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	56	2026-11-27 08:42:55.735561+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	57	2026-11-27 08:42:55.759008+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	58	2026-11-27 08:42:55.73656+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	59	2026-11-27 08:42:55.763276+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cb6a1acd-635b-465e-958c-d7221a8b5515	60	2026-11-27 08:42:58.356836+00	SEND_IN_PROGRESS	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cb6a1acd-635b-465e-958c-d7221a8b5515	61	2026-11-27 08:42:58.398843+00	WAITING_FOR_RECEIPT	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	62	2026-11-27 08:42:58.877296+00	NOTIFIED	
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	cb6a1acd-635b-465e-958c-d7221a8b5515	63	2026-11-27 08:42:58.891245+00	NOTIFIED	
\.

COPY public.eid_evidence (hash, sealed, expires_at) FROM stdin;
\.

COPY public.eid_once (hash, sealed, expires_at) FROM stdin;
\.

COPY public.email_link_accounts (organisation_id, id, user_id, kind, at, due_at, attempt) FROM stdin;
\.

COPY public.email_link_bounces (organisation_id, bounce_hash, delivery_id, user_id, at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	\\x69fb9033001b6208d90aca561392f57c78f0bbb3e864a544d1fdf0a1d4d77488	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	2026-11-27 08:42:49.533316+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	\\xd38e2a8317c7c241d3ab16667b5386be7a47d1038bae5913975980d71e6d1fdc	\N	24227314-9625-443d-9af6-28526ad6e289	2026-11-27 08:42:49.816574+00
6206459c-75bf-40e9-af35-055a3a7ca57a	\\xc5c01f8e3dcb7f38e11b96c1efec0cc881ce98176d082e4184e36932d9cced9c	\N	3b1649b6-c8be-424a-a97d-66b9db006989	2026-11-27 08:42:49.841813+00
6206459c-75bf-40e9-af35-055a3a7ca57a	\\xda6731594e68a61f79ebc6e7a9a37c5fc42ddaead0862fc5162080186bf8e6bc	\N	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	2026-11-27 08:42:49.848239+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	\\xd905a8568499877c7082b3673f80a69fe6ccc22403853b8a4996045ac33e373e	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	\N	2026-11-27 08:42:58.865021+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	\\x456ff2a4d8773b8c9ba86ebd2912daff6ee1c103ac21c7479f212d5cda33033a	cb6a1acd-635b-465e-958c-d7221a8b5515	\N	2026-11-27 08:42:58.886316+00
\.

COPY public.email_link_links (organisation_id, delivery_id, token_hash, bounce_hash, sealed, created_at, sent_at, expires_at, remind_at, reminders, over_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	59407cb5-5654-4e1c-8ba3-318c8956abad	\\x50309a52b7f7d108c3d3378da37ded54ef4c428281403869c94a228c94b9049b	\\xab9a3caacb4aab3ce1a99cdb44b1dc5d03aff550b9c0aba909f01d1ab0b569a8	\\x00016e731c814fc62d1451ed1e8b5b80cf6c46247b7cd951e8238df1821ef8a22eb14bde5d731f734b29a7d3834cb88624aa24b6e915570820cf5264873069dc84f0414270c48854a8dcf4b75fbdf977a29ee49ef3d735c18ec67571fa6a86a2c7bddf799fb6dae647df4210b8c0754af3904c0f9cc3db55fe8d27deea65384c0509c85d2fb28c18eb9f5539ca9faccf9645c970a69c5ba9d6d1c4637436762975	2026-11-27 08:42:55.713497+00	2026-11-27 08:42:55.723398+00	2026-12-27 08:42:55.71434+00	2026-12-04 08:42:55.723398+00	0	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2be514a4-e35d-4dc9-b3ba-470a08dd3326	\\x0057dc6a2be33f321c8aa8d6a06914b9339172bda4fa9573e7bde86bb03b988d	\\x919b94a5bd33d9f2f88422e1882f090d965b5b58f545c2ea1934c512cbe7c11d	\\x0001b4b61fad7a2dfaee919925be5e5b83308d67152f9f77196e4e9317f62c00feec70340ba79529b534c8d31c0b16628caaa90239cdaa2e28d027bc1181cd2ee42cdfa1812a406beb1c3be434fa2d90d46475aba90bb195fb6f41f85908704cc54ab9ec820da4e9686759ecfb5e68efcd4f8186f4f98774b880ef66cdd05c4bbe92090a3aa539228f591938da39d95c2589141b86c514cbd6a1faba13dd974352	2026-11-27 08:42:55.737766+00	2026-11-27 08:42:55.750459+00	2026-12-27 08:42:55.739899+00	2026-12-04 08:42:55.750459+00	0	\N
\.

COPY public.email_link_notices (organisation_id, message_id, due_at, attempt) FROM stdin;
\.

COPY public.email_link_outbox (id, at, key, sealed) FROM stdin;
7	2026-11-27 08:42:58.87329+00	ff6768f1-a9b8-4739-9899-19c44ec273e8	\\x6d4e65db0642a65ee7e28f3c225ff5432c27d01e3f5e4c749407649fc740887541379307cb4abfd355848f5e769660b90e3932a095637e1769da828b2f33783f3e27c5bda914ee4cab1afb8954ef509a45e8af4ba77dd5332da709f5181c9210ae4e955207c39109708f98bdcf1cb5f6c807d84f4da88b6e96d3886a1f6bc2bddb5f357019d70ded69b829c9069121be41f809be3e5fe0dbfb3be80cb87f3e818c83835183d170b6e305bf461e5eae11aec6f3ada54aaed68a19550ef8896f3e06a6a47e6c4e530cb29db04b4636b7fba49ba0f50fc132d42b913cc2b0bb7071b1db542702e502db4ae3ab35c2aae8a4d845dc78522550d77c0c0e2ef5ce79dca71884d72160e7a281e0f656736c8a58c4d6e1ba4697455e5d62ab2063f97c8405c1780003cd291712f43f12f04d0918bc0c7636c0561e3f7b97d3f70e67e314cf37447c0451d8aa363436bc504ef4bde66cee550f0423e50c75b44c6a0e491acf158ab5251c4d938b3579175904d718e4638a372a8a655856377136e251f3db8d2a92a532666dfb11eb146d28128ea943139e715677095a14d00a6b8c38f9e2d1683ee5fc6e21087310c415723f2588b501ab6eb2e2e472e97ff20966688a4bc5a317a3c6f21a8d66cdb647656fd8868bf918593db917956751f5b5ad1aee5f639519da7e7f6235dbc12511f48559b4acd744cbfa7e3516d640abfe9b661e9330c32280e96c2fadc78c8f4aa8014233b099411c3123f3d9054142f4b919b5e3772ac6be1827b58e1cdbdd1a306dcd3282ffd0717e76cfce597a2d41dce962c5b6ed0f3ae648970150373ebc67817949581ca121f958c718a89574e8e5763d2eaffae9653518d08ef5e40272c858a88c77d76a28d90b88d7630a95951aa1e80502fa6daba0182b88a858f5acfa2479ceb61197bc81871f9bedb42247e965ac7c88d45a6b48d5950763b90beefda747b2147d541c7b989554c8cc049eedef6d744b2e795eb9798b9b4f9454ddb30e7e2cec9860e88097f8321b239ad06c6936c92f208bb3530ac747f706766e94d49df553b25d8891be0e3fa55c8b819e13d2688e8137bb7004c90b5e9771f1c1bb0c7b0879c5c8796b6228faa73688bc7aaee0c4b334f88a39f21b531360d7b979109cd7b4e4461537944dc0d58117375e9b0577dde94ec00eb2817709c5a6d2e7229519adc7545ad0c90e0243cdbd5231d2fe289a282fae34d0414a4faed7cf803d6b51c13936cb4d1c68c44efc3155f39114ece04fef405969a5d6740a82cee1cb047a5aa57bb1af31b35f55f8e16fb4b64e5843a703ae950e71c799cf863e41ade4700b42d4f2f892fc174ea1fa8d51c1c32e51e87259aefa76ffc3dce14efe28272f771c4e099907a5769e1b777e2d25ff31ac3cbb2871dc49d9189a18342c004af4484996bd696c7b157aef231d151e348d5f42a449f8df435eaeffc788657b0f5473f00d3f82a579c989d864fd67d237a747610bd3e2507f46592ffaf7e69b36da7d354d81e57d7338bc2fb64957ff58f2e282865c832f1a96cacb16e573d06d8d8a5bb16d007aa4f78693aed6410459fdd33325c424827e355f94dd825b2454d7fa66d810fef2d0aad84cf9821d5804fb5807b53f6381385c562b3ba86187bf7430dbf1fdd448b6a655f41312bd302422c830cfb8e005ce0aaa6dbf8b773ae6e36148c9ab91f89642b058330e82fa4d642e9177ebfa835f32e8d7a62b6882ce140b8ee0f537100bf6975bdc0239ae69b9f19df51e5cb9504e7ff25cef5f0e6db0c25698a18b8c329b96205533939a49471c06f7243772f325a018d5b5ed868a6af57c970c0d332c28806eafb2874e051ea5e9873ae7ea64ebd3523df300f520c852408e958b4f5de4e5fb736c2668e8954f83ee21182c0bdbfd630cf132a9f8ed02532fbaf0888eaa6ec814022e4e480f21e508639d90223fee2be7653e8792b15613726d6e11fd57bee265419e70d4c207e992ba7dd6eab8c6b7130a9dfbf8a8892ebbfea644a99555c7c458fd096fab7a3b3c1eff61a0b91781671dfd86948187ebce34a97787ed5ff8ef554ed8b19d7a5ab41be81ccd2981351a6490c5e2df2211278e497580efd910dcd1857d5b4ca7d3b8fa1f160960226ecfc840b93620c98773044bd95dc999dacbca3597b2a9a8365a5193f1df71854a142c231fa81ca028215555112cf0f5dac5191f38864ca790e780be1d7056c920c622bef2cfbe77aebf61aadd420a295a623d3220ed2ca7ca5bfa085cf7db09ffaf6e65182b9656816919a16ef9fbfc5234e6ba521590f60b1a1def0ccc12ca8250ac377f6be1a509df9fd5c24c86203e30d1c3ceafc16b0de473712f1cf9b66ff23b0d8c70954c2288c05b388f3a11dcb726e517cdaf24aa0d51b823daeb5a2c7ffcefeaeaf7ad9a5e3b2b93a8f4e6a0b41b6d5e350e4a30d82302882c582527bf1d18f7303b58dffc277d556551f3383e7c03b2b2076799cd48d6356f6b06d1cb757a4ff250547e5e44eb8e9521ac94f6cfbed443ed19b55823efb273442ad767a8bf21d317de8d919bc58ca22664770d7b67ff04ec538fc10900f90d7adffd53fb1eadef53e24ad043ec5e16cf7a7e0793dc53e0
8	2026-11-27 08:42:58.889212+00	68f6e89c-ef89-4952-8fab-5a9fa88170f3	\\x9e758223d6bb59453936a2d56732061f393ab85332f1eabd13d4dfce0177dba133f9abb4d09daaf45135e6eda3dcbefe213b8a304b985fb250b37d711b22a42c6c32e3db235d8bb56b9f7e37fa4093827078d254bb5baa56fff7a44cd0e43704fb7f20c22aeb26a8ca3fa23a7b517b27d2cd14acd7a098ee4b461effe38e9c90b99e23b19e86e3cb0afc86efa70e44ccc0d40b92483abcca1427e9f99185ce7f40581ebe1cabe0463c2a5532792bc7b0e069a2459aa4d001bde52a290396ccc939e521ae665841ddc059706bb004c70ea140a18ce56f2740791e339d596f8a7f16acda62527d9325823e05e5d4f91dc34b2270b0ec5d310a853a5487b5b48fa204476d3dd212b2e25430997fd1e8cb26c2891a659f305cd7ed664abc6d38b850b4a2ccf8fc11ab83503842d1a26b981a8bb0a11b22ea35461fec05828e5d04ed7291bb69719696f13bd7f130eb0e4280bd215272fa762e9763da816c2d48671c2074eccc5c0a6ce3c4e53990edbf757196cf5c0404e23ef93f9a02ad62dd4afe5b073ab8e7cb5984cf5456481273cc9954783c48e8389fa11cbce25641aafa5479665c46ed1a1d71384176d98cf2d765fa942eb47ecf2dbbb5a110a90fbea66dc0aa3cea6df72a03fed1e6d65aa4eaac57402e8731469ac2ad6f8971ffc25f51e387bbcf427f40371804d680ab014ea9cb17140a4f0d4ecc2f74ccc9efb38e467c5f431c141497b278a373bc270408a73377d97f564336dee03b4d8aa380f5883f7c0ccbe2f95037d4209ce51d948a4d75ed80e550d06c0255be5090487dcd7b52e35be79dcaff84113bfd7e63dd0a58bae99db9acf61167c5958463896bd517c5982d3e7b529af43b5bc557c94be6d65089c384c0537f522e43e5c9c7c4876856a1db80619e74a1a46eb6070a49d8e98a0e10adacb552329fe26985f908076bf5cf03b071d6993543e1387779b6a910bb9a303388ea6e2108671f93b17dd47acd8f1e33e54f10a3f5b128134fb91672354848454eb3f6ea2a46461bdda53aa40c5932661c65309c9504f26b7cbf55818fb3f9f6390678d98689d845374d31fded25bc79996196f93d2d9a20760ed732e201d79b7bc5076d85b6b06365e4cf067dc23023ca07615f8270dfe3dfe3b44a062fff8d3523a23c054d137ec298591500d1229079f5e1a11adf96d5bca2fa7993d8e37c85496c057fac7416d3aebd1855d8db7bf0d9dca679dbd5ffd58b226fcc365e855d925e62de79bb104caa52b58656ed90b82d6ac77c1a3d4fd3ba4d56b0fbd07a353c4996df2c73e591c5c6ee9d036a856c8a4fe5f8af0956f195db3dea03d1bd0a9c26cb55ddeca58db962339ee60bdd9b42b7adfabe438346cf944adb86c935af90428e6950587b55126729424bb11dd3025adbd4b29ca4932bf66b087f4965e000ac471183f0708d1c399b76c88f465ce5c14fc06c6c03da5fb3aaf9ab05024b8a598fd68ce576b0a69290882cc55b689c03cba69c971e30fa171478e9828092757eea092242a576bbdcfc12858112161894442c9433c93de0bcfad7c57518d16d2a575a63315e385eceb30097003dc69d8b88c8a3604d6fa547961f12f7fe3076f384282822901a52fc94a872ac69fef7d3445933b1b10632f2ededf1db15e1710c63e69e8229d433c168d7725620a85315d80f6990eaf7320fbdeb1f6fb74afd853d28584f2c3a5c043d9f90d2c86279295359075b1baf7b496c6abc48e256f34c850dab15aa1d544cd6e7106ddabbad3a15615d880b04122d45c34005cd12a8850881ea4d1bb4712a897fcadf0179acee6ec267b1538532e94ad92cf7f94c150bcb05f6d47891277db162c4f0d90fb3bd467da6aa012da5332b19054f44962c3ce0cbf88ab1fc76f624ec4f0f41685b5b0e5d3fd233e924029cbf979a8e0ac4ed59c0a94ecb0f08e3ec1b68736e2319b8c97e09c58220c3ac9c6793061aca6fd2ec8b05de2f154dd715129b268671785fa1b577615f390f03012803a8e99a7a320c76e3d22ac415324671c048a795ee53fe6786d7aa8a7b538161c9dbbb57ace812d4683dd8efeec7fd391f2d378f9fadedf0b51072ecb8ddde0e7e7c8fea6611cfefdae0047fbd0cf1b3573a3bb8ffc25455b699dd450d551ee902f83530cb6d52b68c321a39ee7385d4bca57c6af0362f6d248c0d899b7f41bcacb2f12f5c98cedfd703c2fc3114f7f686e30932f9bf4cb72259cba4819e9638942dd57aa4f1e355a686efa95ecba997003eb31d973986303959296193f3149f96b19e3d31067c766c96bf9773462193a895340d4491b8423bbb637de1ffb341bd505f95137dcce0a7714c06abd973acdeb8f6b523f7642e86589583b501eacfc8d05ae815011126457be86dceff12c4140132f139a2cec15761cb8c8906938b1a180c10fac2545c7008b0398615a849b47ce2768bcbe59a54cc34ea62bdb0957e860e7c0826f56e851a9bb035f267e5a6b0d12d0ed1b93f2a4677b342ef8dfb0d5763e2fa752356d8ec5f42f6b9faac7a4c27d47fb529d2304fe60cea0298c46e0fba47ca4945a83dd0e3b6cbc262812c326690cf645f154003a3e640cfa5af0660fc4551275aed83d930fad5
\.

COPY public.fax_contacts (organisation_id, mailbox_id, number_hash, sealed) FROM stdin;
\.

COPY public.fax_jobs (organisation_id, id, delivery_id, state, remote_id, told, reason, sent, pages, created_at, changed_at) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	2bb5cccd-1390-4c45-aadf-8f3af2f9515e	84b7e17c-c360-4436-8bf0-3a640ca4c649	ENDED	2bb5cccd-1390-4c45-aadf-8f3af2f9515e	SENT 1		2	2	2026-11-27 08:42:55.135416+00	2026-11-27 08:42:55.644923+00
\.

COPY public.fax_lines (number, organisation_id, mailbox_id) FROM stdin;
+46109001001	2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0fcc0268-5473-42e9-a9e5-35a9f781b2db
+46109002002	6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a
\.

COPY public.fax_organisations (organisation_id, from_hour, to_hour, weekdays, note) FROM stdin;
\.

COPY public.fax_ranges (organisation_id, first, last) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	46109001001	46109001001
6206459c-75bf-40e9-af35-055a3a7ca57a	46109002002	46109002002
\.

COPY public.fax_talks (organisation_id, mailbox_id, number_hash, conversation_id, at) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	\\x5ea131765c7b96cf279ea46721ca1d662e621954ac6c6495491e233cc779813b	f80c0cf3-8d84-4f3e-a014-7c9d83b78524	2026-11-27 08:42:55.145373+00
\.

COPY public.flows (hash, browser, provider, wanted, state, return_to, used, expires_at) FROM stdin;
\.

COPY public.guest_sessions (organisation_id, hash, ref, loa, provider, facts, created_at, seen_at) FROM stdin;
\.

COPY public.identities (organisation_id, id, user_id, provider, subject_hash, label, secret, created_at, used_at, loa, source, bound_by, confirmed_at, opens_at, name) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9df83a5d-3720-4f77-9e6c-d363bffd3080	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	personnummer	\\x02cdadbe14f1ab63702a54e37426a9dfe3b68a6f1f391f71d1c4f5d2520aab64	\\x000136f3a24eb4af30b6074a6798a7b1caa076fd63bff44b24bb2e112c265c7fde6acbe4	\N	2026-11-27 08:42:47.439403+00	\N	3	system	\N	2026-11-27 08:42:47.439403+00	\N	\\x0001fd4fc089c8d60012099ea7f17a6c2c25878f8f77d75a39b38b5d9496
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5697563b-d180-476e-802b-5d87e75f547b	24227314-9625-443d-9af6-28526ad6e289	personnummer	\\xbfa9c7a431fe610c0bec403afdefad71bfba228a90b6b2721767d6bab94f3d92	\\x0001205dc05909ef276be4d3eaf9d4880f1715b34396c7e3741c0589560f1bd7b72ee8b3	\N	2026-11-27 08:42:47.605879+00	\N	3	system	\N	2026-11-27 08:42:47.605879+00	\N	\\x0001fafd9ee6e9f4ba6a02a0cb23645f5b19f129163b02437b2bd051e787
6206459c-75bf-40e9-af35-055a3a7ca57a	ecae6a44-9de7-403d-9a69-b5e7cac5a4cb	3b1649b6-c8be-424a-a97d-66b9db006989	personnummer	\\x15791d21b00223a4c95d32b2a92faff6ff6534100e190be2be44741a7f5f3ea7	\\x0001038473326d033eb2e115baf51c181841a2791d2e2a9c5737757ee21e7e4b308d20a4	\N	2026-11-27 08:42:47.772692+00	\N	3	system	\N	2026-11-27 08:42:47.772692+00	\N	\\x0001335548fdddd177f8367c62ca94e20f4858c51db15b5d7e11bc369c83
6206459c-75bf-40e9-af35-055a3a7ca57a	da6aab46-61eb-44df-a380-ef72bee8af47	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	personnummer	\\xcf655d34efa736cca71989f683988a8f85549b7c1d66772fcb10f5e8e023064e	\\x0001ef9009008869deafb7e52fbc9838220a8d73197ec5f236be7c3a3074932b7af5c9cf	\N	2026-11-27 08:42:47.924125+00	\N	3	system	\N	2026-11-27 08:42:47.924125+00	\N	\\x0001be1f806c3f510aa2383e49d54b883ecb2d34898708cfc84fcf2fef03
\.

COPY public.installation (name, value) FROM stdin;
master-key	\\x62b4023285ae608000ffa66bc00207f49047f234c61e7057ed0dc4bf34384a9d
\.

COPY public.kept_drafts (organisation_id, id, user_id, content, message_id, changed_at) FROM stdin;
\.

COPY public.mailboxes (organisation_id, id, kind, owner_id, name, description, language, transports, is_default, created_at, deleted_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0fcc0268-5473-42e9-a9e5-35a9f781b2db	function	\N	Socialtjänst barn och unga		sv	{}	t	2026-11-27 08:42:42.332761+00	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9f41677d-4434-442b-a8ed-1cc4580c2519	function	\N	Biståndshandläggning äldre		sv	{}	f	2026-11-27 08:42:42.641736+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	function	\N	BUP, kansli		sv	{}	t	2026-11-27 08:42:42.951215+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	e5984ce6-2f06-419b-8c5b-827b1383b862	function	\N	Utskrivningssamordning		sv	{}	f	2026-11-27 08:42:43.258608+00	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	08040eec-c3f0-5272-9b04-d0fbd536a048	personal	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	Anna Lind		sv	{}	f	2026-11-27 08:42:47.431618+00	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6e56e0ba-af32-5495-bee4-1e306c1fd141	personal	24227314-9625-443d-9af6-28526ad6e289	Bo Ek		sv	{}	f	2026-11-27 08:42:47.602841+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	ec3e305c-2168-5562-805c-ba3efa586bab	personal	3b1649b6-c8be-424a-a97d-66b9db006989	Karin Svensson		sv	{}	f	2026-11-27 08:42:47.765571+00	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	ea84b43f-3652-539a-ab82-bc9ddd30a6dd	personal	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	Mats Berg		sv	{}	f	2026-11-27 08:42:47.921069+00	\N
\.

COPY public.memberships (organisation_id, mailbox_id, user_id, administrator, until, since, may_answer) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	08040eec-c3f0-5272-9b04-d0fbd536a048	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	t	\N	\N	t
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9f41677d-4434-442b-a8ed-1cc4580c2519	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	t	\N	\N	t
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0fcc0268-5473-42e9-a9e5-35a9f781b2db	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	t	\N	\N	t
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	6e56e0ba-af32-5495-bee4-1e306c1fd141	24227314-9625-443d-9af6-28526ad6e289	t	\N	\N	t
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	0fcc0268-5473-42e9-a9e5-35a9f781b2db	24227314-9625-443d-9af6-28526ad6e289	f	\N	\N	t
6206459c-75bf-40e9-af35-055a3a7ca57a	ec3e305c-2168-5562-805c-ba3efa586bab	3b1649b6-c8be-424a-a97d-66b9db006989	t	\N	\N	t
6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	3b1649b6-c8be-424a-a97d-66b9db006989	t	\N	\N	t
6206459c-75bf-40e9-af35-055a3a7ca57a	e5984ce6-2f06-419b-8c5b-827b1383b862	3b1649b6-c8be-424a-a97d-66b9db006989	t	\N	\N	t
6206459c-75bf-40e9-af35-055a3a7ca57a	ea84b43f-3652-539a-ab82-bc9ddd30a6dd	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	t	\N	\N	t
6206459c-75bf-40e9-af35-055a3a7ca57a	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	f	\N	\N	t
\.

COPY public.message_api_assertions (organisation_id, hash, expires_at) FROM stdin;
\.

COPY public.message_api_clients (organisation_id, id, name, issuer, subject, mailbox_id, auth_ids, scopes, keys, keys_url, created_at, used_at) FROM stdin;
\.

COPY public.message_api_exchanged (organisation_id, direction, remote_id, delivery_id, step, at) FROM stdin;
\.

COPY public.message_api_removed (organisation_id, id, removed_at) FROM stdin;
\.

COPY public.message_api_services (organisation_id, url, token_url, client_id, sealed, public, deletes, well_at, failed_at, failure) FROM stdin;
\.

COPY public.message_api_tokens (organisation_id, hash, client_id, scopes, expires_at) FROM stdin;
\.

COPY public.messages (organisation_id, id, mailbox_id, case_id, direction, transport, state, conversation_id, remote_id, ref_to, author_id, confidential, attachments, head, body, evidence, evidence_blob, created_at, loa, reply_allowed, warned, sender_check) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	2280f171-15d0-401d-8846-7270ba4091c3	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	out	sdk	\N	a487c28f-435a-4e27-b127-eac8e963668d	\N	\N	3b1649b6-c8be-424a-a97d-66b9db006989	t	2	\\xfefeaf1b6121f89b5fc3a366463e2a71cc8cfd112f23308f342ba292e7574e8f67948d5c4a8d848d49c7045dfd3e09eba6b01b2356fe905fdbe6a505206920905a6ae54a3bddc0acddadf5bec3cdfad1396bee88a7833d32485e7b3250714939a3d3eab44aeab325ebfa8d193399ae577df924952ac25e0b83d89f19fca1fb07f010c9730864119bbd4a08c01d79726a8b2e74c90d7352774ef61fd0b2829a4a9c4bd90bd4974e275c7face04d6a469092bdece1f9fba3742d83f8ae03282a982e922f33ead1b3cf9718855bd1583124a4b865d6e5133dcb5fe463f6747be34ea9667faf4ea4d3867192104cfdab2735b095ba87ca5a56d5919293ba0af463da6f9199dd6bf68d42d76573d889fc3d16c759e356b5c6d17fa263c9a09ffccee09f57ca2b3bfcefbad01e8fe12a79e2f1c41e36dae8650a136b4559efdfa7b6bc4ff84029f88e9e51a2c34f74fa353cdcbc82cafa6686d8b0cf82de2367e4a89aa4ee8c9f38d4f86c0ec9cbd5ee883ef10a5563e2e07197a0f83eaca663bd52fd7504e5fbb503e6622cd82b38ed88045a837b0995a2426517134f1c0686af67feabb1e739b6a5413f399915a84628312f41aa55d6e64756b46b68d496ff7df339353a8b046573a94ab85efa86370d52636dfbef8f0061530fd8af77f407b63725118b0a3964023e50dacd6d91bf535e5411ad64c9c754fe77cb04664ebdd4706690f8d2d4	\\x71525540b85c37f193f09e4b8d47c9d99504c582bd8f4513ee1d6df224ffbac388f9b874822e49cb70364bed96802cf1a60443d7ec549f34e972aaceac3f6d9cf56cd2c3129607b76425d5d7769d439e9fe3343aa19849defb3745c04c6da68991b810687869fcbcd6252588f7245eba658153313056e1dc5bc6de2ff974e177e63efa5d123cdb2fed83c7d8df181cd29170d7d60a3dcc0a7d6b8b852f465184191a2afb2353890003ab197414374a07abedeb8f3d6bff936768822f5c6aa1c06fc619a97fd6cdb44eeff6a8f853914c866b9641a492f1c4b4a758854307a56e0e8e666d9f6e7cdfa2cd9c3df75498f619a485a8f2876fe3fc9b3a807932279f3a114a4d6ec584f14903085353264a11f2459664fb9462681f59fc58fc2192c0db2737d5b251dc50acca608edf14f75731dcdc12eea148fa20a3983744d12cb731f7992dac4981597d8e7b19fce0888469a329fedf830888c0c3831cd10b1489b89674d84be2de8de95c82672c0f892dc65f4e247a6915877d135eb39ea3ae88bd800b13	\N	\N	2026-11-27 08:42:47.987251+00	0	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	5f498113-162d-4e39-aeaf-c9f49d0420ee	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf	out	sdk	\N	a487c28f-435a-4e27-b127-eac8e963668d	\N	1b88b948-3c33-4cf8-aca3-27f46cbe534f	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	t	0	\\x9fcabecc9c0564d31754ecb28ef4c04d32d5b1df99fea9c1f209c6b863a852d037f4049146cbf42be945497cdc3554e51f1b60bdb0d1d7dfbe9908822e9ba3e58bff1d68e1848b598822aa00a7f34d6123e568470d9c3fb40756a319b895531a44f0d01888c8b3b047aaf97d2a6832e5ce38c341ccb7858a8f9c53edf995f6390a186215cdc1e6eb21b9c193949af355798cbbe6d9a23243a67b9d4fa838f8d66c7172e2abf01b59917c79ba47d69f6ed7f57927cc6b8164447f6bdae7419c625b3562492b34155485bf9bd4e774bbb41cb82b777ab2f6978f9a6daf21c8cf393774908f458cd2173f9f354951afe3d496dffd7c92098bae8c9c7c6183f24093e58675114f86d291cf47d17c5b955ee1c646b012058041dfe3b6acbf79b2eb75df7802571dceaf85c0efb791788bb8504b4ec7d5462393982aa1e67f0742b22ea5a52eac531241265ed672618532249288adff4fff5af31c18571bfbee0972bade866f20d35e9d856ab7341e96343e612b262eff1146a8f3e16f92fc9af749e3661dd1218c7ecd860301c6a906205dd055046d82c87f868579d471c29b4279be1c1c47b7f5e6a89aaa75ce985f7f87f299d4a9b81a4977e330936778b18195711a1d9e19dad4f690c1b1e7a7c944097e59522a613f4b9c3eb02a942bff325ab97e7affe1b808cf292395260f707ff5bb6081906073eb8d7fb07e855b8c9672f6ff8e6dea651cb7e7	\\xcdbfb53d926e09f6f183c704ac1b8122ebebf2cd9a8580ad61b74a49e1cfe8a5b80b3ba582690408e9572d90da1c8d0b116dcd71fbb40b45aaf4b68790b7cffd2aeed30eef6d49dd91f67117735179794e87edf4840cf32779c02c80eacefb44d3d622585e317abfe27fd24b311c338caf2fb285506b5869e01db6272128783f73f6383ee3f04f40e029567b4ca2	\N	\N	2026-11-27 08:42:49.399352+00	0	t	f	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	f3e9e870-ad1b-402f-8226-e5204483cedc	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c68aae4d-3aba-42b3-b40e-85d82a850718	out	sdk	\N	8da2daa6-7a09-49c1-8010-66d477227024	\N	\N	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	f	0	\\x757a5331ed6ba5d28904a7c8a7ade2e55f57a0547925367fb166596338d61ef409bf8a317b15f9ffebdf68eb9c86175822eb7e0831987943f745fbf9d5fe188fa4b0ad4a3ab2ec4a595a39ec0ece6e51605d9f667ce08259bf6b77d3b905bcc95336fa1110905976ef6bd53a3e7105b0a57a20756e2c74341e52a0e2ab6c5cf605515112131d924bf41081665fe64e8e508d1a37d0f14ac1b6713046a7a984059a62450536f7e54ba06a862bdb7d70395d17bff9848d0a1f24b7af7b64b207cef42350b250405672f3aee4c2cd29a16289aaf3af2b81d8d47eda06ec11b9e4c3f41ef8328594d794fcb02c111d53c8aef2e3aa7af23a60e1d74a4e5936b6afc70ab20a20a9ae216b0db5a182cca5b34c7d259a3daaa3b02b4a1f767a2bbd404964f1733c3ef05270be1559068e27c6c18789d40444b93897139610757667834d8c9371b95774c7d5619644b18f11274e95bf90ff8e1d43763b9962b69ffda12f912c350d9050d311d7536c794fd895292e44a1caced171dfc28961a36f8debb967547e4f990f5ca1f0b2a5038f6d0ea6508498d6c18b226d5361a096437f9482dd009b955507984086b8a638991e4f923200581a821eab2c4ba1b2fffe6aed0836a63c16e14c71df4183cdf2b14e85e62271c03db0769caaccc6c51b09b986a171feb787027e6afb5360b7513ed1b342309ce4292e8766e5dd97953df7c2accad5caef	\\xf5893ef009bfc2070fdba39df86c6663cf413509cc46925a0e7fc6440b98ac4ac7e43545f443d7e925e0ffeea6782bf70a719ca30c1ebde67b9cf29b55d2fd32ac22547972e1652d0a478d492c22f924c32ae6ced3215fb5c4f63de197d1bed23be1ed762c8ccfca9e13bb1ea1c90f794fde197764fceac0351920f5ae725f1f5eae8ef99aa4e004c739d9572d32bf756ff7bd9397a6627373dd6e666f5afb4921ec6b0a81d41ed8fa2189a7f4cd34ef7809d47370d6f2b5c0e6227dcd9af72983ecf8d2d190010b113a4057d31d696663825366de962e319083636245ddbd60143dc2f172262d72622239e5f0154115bc75ba77b7e41a47ba40385bac2c179f15bae7577158f7e4acbe80cffde6ae55325c74c96ac8899c6ba587e7fccba6ac8d67212b1a7a3a6a6cbc86be62f5ee4240b626	\N	\N	2026-11-27 08:42:50.429668+00	0	t	f	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	54ac4681-9be7-4acd-8562-89a3966dc4a1	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	cf94cecf-2aa2-4842-908e-a4af999fccea	out	sdk	\N	2c48221f-82fe-4612-ab8d-f2ff639e3881	\N	\N	3b1649b6-c8be-424a-a97d-66b9db006989	t	1	\\x88c9066a284179219fdce8dababb8172b3b171f316a8f2437885c4230dd4a28180d0e2a0cbc6d0337f7a5ca788341e8c11dbf4c66b690861e7d49149c227b816959b294ba645a27f52e0b5d0e5a5028451c602e35f7c8320c6941b6caa89421d824acf0893f68e93a04f861a7ee1df7e98e2c2bb7e2cc8724f4db33c96461f1356e74da7cc54cf37b013053507c18e333180a0740ac770fbb7e7bc12543840e1dbf2d987cb3f905f0c0affd4f20344c2fd99371b8cda86edaf4ed220f17ff4a8a24e684a7cfe1c3f29c14d67b19f40892c7f6374156ee90d909c7cacc4da03e235f66ca267eeef52d721278770631bd344ceda3c30b1d5a25edf09106a1bbfc5afea9f08213feffb08254616d6b2e49be54079a5a86ecb63749896df317a901913bce9d19c738d52ba873ed8c72ecd114b8b3ca15dbdd89c09acd769e30451a3441f7dbb0c78bcf56dacad3160897e1a0d14005da1e099c37ca4099c87053270ab5302aee33ac0764e0ddec7f63e0736ed200f052243056faeeb39c7b519958d43d45455508d15b51b4fb520ab4f00502b5ec9876ca751303a7a0b094076b4cb6bc14e756fa3df502a80875c94724b7bac8a9f2d6e7d5de317f95ca8e18b9e44fb4638c9233854f7d25b2df2a692314816677777419bb483b2cf73a88b76c097858bfd80efe08b2ced385c768fd087da629c9794caed16a1	\\x8d58b5e1c44e95b52b033d570c65594219c4aad51b49d768fe8a49e464fd8843545625f9d8e64592c4c9376b81858df78211baf4411dc33c9e8fd3ed44f559734d944340093152bf2a79bdfcb3db89f09e48ee	\N	\N	2026-11-27 08:42:50.82038+00	0	t	f	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	7e4b5dc4-fe93-4727-a8c9-08767160202e	ec3e305c-2168-5562-805c-ba3efa586bab	8694cae1-74c9-47a5-85f2-305e49c814c0	in	local	RECEIVED	680f5997-c4f8-4cde-bd57-746d681e8b17	7a2a04c1-5e11-4ea0-b52a-a9c7abd3ea4d	\N	\N	f	0	\\x3152f798300651772b239014d5a58ceda145ba8894fb3364dc9ebce4c6bf9a19cb9f0a3f8295e7e8997ba9306db08dbf8489b561f223a8f3d8a866412ebf93050643f9fba4cdb0cbb87325b1e8bcc222f587d8d9247cdcaeda8282235a24211a5cf0cb87170dc80f36f4f0db81bcb6922bb35a48f5758722a0d346510bb7a95d2742b3385baaea6e1ff4bfc7d712c6511a20420f76996549fc2a4c8538e5797ce392775dfd08e258af9f11f96f1462550cfaf363de3b8897e5025f950688fcba3f013065c90af18d9afb64ad2714ae06a8c192f9284663447fd18872310fa48898fa7d135fcb18691d4d3e9741f6a4813d95203e5ddd92f67306f0f01c1f59f824f8aa0c6532b4468877507399aefc2f22f216f5ab789f9ea859bc9e2006bb3a66ff4f89079141c68642a39fc1538e2b2ec77df847e18dbcd89e352d8625384e9c8385f616c3dfecb3a3bcfbaf0b8564847e3332a4a5d2e45dec4f1dc6112d1df0bf40e7f0e402b2ef8a5575a3a511d805b868554683b2d0ab699dd6754198f53c561fef50a61d1ec2fab3d541fa53bcbe6f0585b3dc10a0afa69fd59af4bc48e543ad441c4839aa4eb5e1f67c2335f7af312e556058f25766ce3bfca9b56bcfec71e0c2794c7cab18a7de2f5b8159b87615620cd67c6df7414dc9dc272e0541954edcaf9242e75238b08b78	\\x1fd4cdf782c76e4a9c3153cf35b1469a226517702856aab2f419a90919e949ea110d4f09c3e789cb1174f9c9ceaa1317e788af4fc1acc080c2fb1da7e62da54452f0564977beaae333e9dd790e60712eb72dda2f434c945897363cef5cf7f69944093b1b77c0bbe60fdb6c64e7575c26df39ab46fd58d51c73a271f281c57e04d540978f49bdb050c4b358f96265b5176bf75afd	\N	\N	2026-11-27 08:42:55.743406+00	3	f	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	f4ed8c4e-3920-4a6e-ae8f-a4b7099c962e	0fcc0268-5473-42e9-a9e5-35a9f781b2db	d8e9d198-26cd-477c-b03b-e1e867344d07	in	sdk	RECEIVED	2c48221f-82fe-4612-ab8d-f2ff639e3881	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	\N	\N	t	1	\\xe8a630a82b21545e34265386e44f3e86313a4d6eed0c7650cab1b30b553efbb70cc35b344b73c3df72b0f95126fc5fb7e010adb8185b74b36e39f0ab7ce93fa04623b95644eca36ed1470a8b0a03bfe97e90470e2003490fbbce7a1e32b98dac68e3d7d1a4151307085076e14ed9392930739ec0d748c275624ce6dd996fd070494058cef4f37b1ff080f5fd531cdeff17a2e8f609dde6b5730cecea4f20e89ccc4d702d45e8d5c463dd6aa559fd8df7fd1e74eb976e6e1ef2a763abe1eb9cb2cc10889c604f4a6f71e45d12e128f88b44bfe3296c78c4266e566f8b326f9d13e44de74a1f8e0e776bb355320ac23e2b495676ad29c358afd392797401107168d057401a7319931e2c8bc93201ad7394955b95512ccb9b51a723c2b65f2b8d293fd1c2de34ae82a203e31b4a167a9d81bc7a92567efc2baff4273462962fadcd43a8b503b79336bb5e67516627abf50f34f0a3b1e630e4bdf04a72909127dce2dea749d4e02ad28e8669bd05cef73f85efac07a6f39a4fb2c79b34154b08a4d13ff07c2ff59658ea997028b8cbb3c51872b3b7da7dcf021a6d8b495d68823c08c4eb0907993834da2cdba608776764faaa37434fe3b6b62032c909ea541954f6789e76583700f19f606323c5d448b902c19335f29cbe5abb659aa870e2cfd0ef398fbe66f230279c28b683dd8162bd1b4da19eaea19f124903146e4a09f340aa293b01ef9e2b50174d279cc924f0305bb8d4467c04df528a18b9b59f2e3511af8fb3d6930fae87988bb7a5bc8cb4ff2b39c3bb97934445d1c9941863d04850dc536699de03f2f4079987ac3e7a1150a15a0e02657b17a9ea41e436d45b6b7cac987111f9022bc53fddc73f65049baca81391832b2c7f4d9c7b0ec774e36366ca250360435e6319dc60ae753e7a599a0522b40f8a8fc7b48d1cfc35d57e376931925764	\\x2a84193530209e3f13c0b6207792f44c60f6fd8b069567c5ce922768187c3d4e82dbef0f0876b325cb0784f3aa98822cab465fb7bea0ad999156bdc8284f57e0cc4d7b024765cff3d289982d51b24d2fa52976	\N	\N	2026-11-27 08:42:50.968196+00	0	t	f	confirmed
6206459c-75bf-40e9-af35-055a3a7ca57a	a4c962b2-9ab7-4a0c-b97c-c5be88918c45	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	1645b4dd-0a1a-4cec-aa37-2f0f145b0cb7	in	sdk	RECEIVED	7562da7d-fc30-4eb0-bbc0-eae03516f485	d3b7799a-5cbb-4df6-bf79-e75c99d36189	\N	\N	t	0	\\x7061eb6caf3bc17e9a3912cfd2b2e650a55a463567db43ee1f8c08ea4150f6ad287811dd682350859d1dec6d60e128dc868e0ce5d70f2808dbaf0f68b6d3cefe43e5fa7c534eedac43ec68953f9f71de3b81d3f9a400ac5d8b909ca6f5e5a68077f766c6e3ee2885b0265d669509734f79dad3fa6f49c534d455f4032e5edef95bee27cb85ff6ebb62c1254ed7d5af67d64cf73caac2cd0fbb342ee31354260c064ca04038221b869a6af3619f7e9704cad29848ce8cbdfc0718081db25f1df5c86f7c79bbebf4d36ee2373dbdaaa01402d2b0b256670d65b1c9e9749661dee86ee60b5bbb87400a1a71dafa1713e490496f8c781217b424a36c5abeb0703fbc9a6c681c7e86cad8de9475e1d59acf66b93aea5cdda8714288bb1125dab923fdbb4b2f5b369665fb69b0fd253612c797a0de1267d4566b1655afabe4589374448f36a8c2d3169389c2288c7db6533ef035ee343b76c5d3ffcc74a666ed433d00f7ed36baba2fcd7c4b2bf136483c235b8053a55b8c336900d4703cd58ca0465f42db0c46b504741a9a9069bcd96ce5300bb4234acb7928065fde2fecf70892db75cecb0a27df4725edccc888b79a49a924d8672507e966bd72649df1c581fec07acaee7e5afe836012063a9d2f6e6c030db10c6181aab6fc5bc5bc0d9a26aa168b9220afdb2acb9596f4e351e8a73b4942b6cdbdcf29f507e81f86149387ec30f21670d9bdc33b567db9e29bf0fcd9f69aad29ff87d5e93285e19ed5631a364b509cf0ebf6913a738a123579bb1369c6857d2b9ab5777545a79fd9db0764c7d0eb7db7db2bc96a7deb3a8e89d16af167a7b10d39383abbfe1a26315798ca95ad4818d0d55d3e7fd7d212ec4132b1450669fc0901cbb42373d867d9b708f7e9024f226f2d9b0c044d98218600aae535a37469fdbfee37217708d279ab7d30b066c193154769503b83af22b061d0483411665549e1df94a7803b700a	\\xf675636031baeedbfae48b3041d0a34d9f7c470ff937c1bc7fde85d98bf9416a6de8b9a80260751002a87fa3252a7f4c5c39d837fb1f43d1f5483b3ed81051ed5d6885ade80731b7dea6d7fbc44200c21f55cd8101e1cafab0fb00df78730ce83f30f8adb4d2285ab584c2f05294a43e4542e4cc585c560d621a73ad9c0c53e88f7fc41ab060aa54304df216de9cc636e33863befa4404da529df8954aa264c1e3fd603488e596b1797544b228d7209fcab2ebb2dde8f3a41655783d39ac2c4a90e8c2d79d73a941573e44a9f25a	\N	\N	2026-11-27 08:42:52.018352+00	0	t	f	confirmed
6206459c-75bf-40e9-af35-055a3a7ca57a	41b0c565-b047-4dd5-a2c1-87152fd728cb	e5984ce6-2f06-419b-8c5b-827b1383b862	e21331b1-c98d-4c55-8cc9-e690ba9b1a11	out	sdk	\N	0d9f46f9-df25-4728-bb2d-43eaf7976553	\N	\N	3b1649b6-c8be-424a-a97d-66b9db006989	t	0	\\x6854aa1434cf52ad83f79bb1490f611433ac64d1797f5d997e6486e89da406cd47ea7e9b673f11163ab19e5a291f5a92fb3a465f67467cb2e64d952f9c570d0076f8a663eea0a00924cd0da91804c4d60d1a0949a569d49cdb277ded1bd97f40284ac1916214c146b2542af6f0f27b2ac34bcb320f198cb87bb18baa44db4cab67201a87741aa53eced2bac02f3630e2574f74737e1268c980b9dfe9a3b9fd57430e5fdbfd4c1e8f78e72e88ade604464e7aed480e5a6d364d88623eddab53b5f8d14b1dea5e76c485eff7f710be917f500ca0a8b61dc4daaa37e07c092b2e88f7baed6bdf9fcd7731bf612cbf4e28b3a3433e88757a2727622af9963e3c27c27c513337dbfa3689747257c04c8baf49d22fbd514d03553803698c3e8816a9823b5ddfe8c38e17a4d54ca1bc64e39a41bbcffec8399aa1d77af614641892fd165b874d146d4a4ace95841cd6f54bcc4c7b07ac786f42a7f6ee2c3c1ea9bed72b6bed36462e396c92a26f8de4300697e615839ebc5db11a388cf82d0081d4c6923f2a72c0dc719b7d8b2dc7583008e131250c6b0636415f9dee7b155ad530647ff3143f21cc0a0989cac71c0582fd8fa8cf76a8b4ecf05afb4984f65edbf292df02d415712b317627808ca661b18586b26ccc31a825debbe6e41d602922fed75001db53f141f3110c6cddfcd5	\\xc00dfb4d7ec64c44315ecb64274634e8edaf488766ff88aa1d45c3237bae5489c810c818722f81a70928325fd9a568c5f14f2b68ea556ae1aca1bca6caf81ba2f169714217c1192394b55c97bcc3246d2ca0a728a8d304669643fbf0f81cf090cb0547931166a71399f7adfc91915b855275416c1811612f85c0ee370689c90a26c233cfaaea33549e905595790b2564603356b7d31ab207e332a2b7d67c9371edc2d0a1eceb8f76d0e2cfc55307aa949c066ca355452b64101a299a8c3d522f60ab2ea9bf049cb6a4412925df3e3f52196c8fada26b42d27fda	\N	\N	2026-11-27 08:42:51.071781+00	0	t	f	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	ba1600e1-b018-4d8e-8a21-4ba1e2da9754	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	c8c59fcd-6cfb-4649-b864-228e5d2edea8	out	fax	\N	f80c0cf3-8d84-4f3e-a014-7c9d83b78524	\N	\N	3b1649b6-c8be-424a-a97d-66b9db006989	f	1	\\xd58edce380f1c80a8e9c9d42cbfe3bd2c19f8188e2716c4ec74bef951d777732062dd453ed5dc249ebfdc50cc503878159e80511ad1600203f932db633f7b6b2c5a4264309edb79ef8b727077276a0110051a07b8e849e735c9ac543c03ba373d1298195b1b702c3f4232ca1c750a7b8c27e9c6e7d73dd1b6cbd0c76e6bacf148815f181a5f421ef4fa4240c87a4ce1d7d418b0e373d2e050aac11d973457c0ae342e77806564270b1034ed3f8004f13e86b822058b6b656d0b1eb67c87f40621f0ab4e77622f2f4d9849895fb91d04cec015b1532550acbde43a820f9cc5777182a7a322d24bf5738c9a073db7f9e174b438e275a5d9377da0d1b06bd59d72bad7f0120e0decf19da7dd555418683bbd3fc148ce6c7c0483a51eb3581944fe1a1c65da876ce3b4dadb8696f002bba03e66b8d48d912f790edc7061eb6b6813f49d8e609ae5451099ce379300c404b59fd204cb3bc355110251b4e871af9232cdb3093b0169dc0952204c9b30480c94aee20e5886c20fa0761f41dd1a43eaf	\\x7156eb56167ebc795ca8cc1160a1d19b22dbea3cb3c8f1300cc04e0ab4dbdc46070f89cd1f46df04bc2927bbc600b60b5de5ae833d7167bf8c7a3833562f4a5365400d994bfea801c652552cd013a2093b79bb79044cdac6089bfe7ac572da92507516681556ae3a0e41b095c2a259c2acdec6ce3d9cfd223383d38946e0b972fef293c3ba	\N	\N	2026-11-27 08:42:54.308696+00	0	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2704ebd4-0cd7-4af3-aac5-5467cf22fdd9	0fcc0268-5473-42e9-a9e5-35a9f781b2db	ac93a2d0-c8c9-4bca-9386-72dc4e40003f	in	fax	RECEIVED	2d582b79-1cb8-4474-9a09-ad86b727a366	simulator:2bb5cccd-1390-4c45-aadf-8f3af2f9515e:b1614dd5dcf26ece	\N	\N	f	1	\\x70d390e0c1fbeb0c3d078d5348d9fc5eb2383687cfa207747ec54bb031caf5b1d894bd5baa742c6125ba490c3c7666c87c062cdccf7dd278aea6e32f8d3c3b630a934c6af72fee7adab6ed390cce11ab5b41d653b3ea254042b988e89ee06281423c66f6eff40115ee9ac06c6d9a9d318c67f033faed28b7937e710b12da9244c34c50ca7d460dbd637ea73747c5acc7ce10362cf8e29bab984982d41d6725a9c9c3662ec8c4019dac45d6d2b63fa642a8aafe9378630b7de14d10332f8a8092585335a1e3f4e8b7722f91f55f56c6145517494aa6c290f59e946875868b58a351a01626611913e4050f0001ae99888bf7c34e5bdf94d4bd1ad0870d971653dd1456c6526643172bf7b2bd7d15cd8c9dbcfd962e0c2ae71ef9706879172745fd964b58ad89ca86c3715c1cd7a4807d197ff463c2b64df7ddb4f9b3ae1bd54c26b729297512cd011cfed8cb6a3512e53ae56434d944ef7aa26f787463e26dc079ed14987a626571b799a0af15edcbc3f061cf98c37272ed14ee8f44aa6fcb	\\x56d0db757f71b6832ffef70bfbaf2ddd16cfca30789bb66e1e39f35c623bca12cb07ec3d32afda7e6504228d298a75f53dc57aa8f12fcb29e10ae56557ed7078ce860a4050124d10d150e6725d2dbb8ba3341d53438504a175aa2be28d7d117cc51505f906258e250006ef3b0c	\N	\N	2026-11-27 08:42:55.141674+00	0	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8cb6b37b-e294-4962-bd6b-a96fbe918d62	9f41677d-4434-442b-a8ed-1cc4580c2519	481f5113-1d1b-4cd2-bc82-9e34d8b098f8	out	sdk	\N	fee62b75-cd8e-4a25-a31a-0e5ecee7f053	\N	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	f	0	\\x8a6297681850aba7eca74e731c93885bcf1dbaba8e771adaacddd94bd15b145f7c67e76afebf0ea7242ff02157117aa1f00c5b7b3524afdf40eae004fa6139b685aa3aa7b53432798fe93666fa0def70ff4893703104f6b2ff659773765ced448a3868643dee3194e72b025968d8bd17f1d0da624c7f1e29705cf7346470413aed584e97bb705b7f7d49ab78a5622de0f3906dc9181d1cfa94f2809f21c9049643532a23a5f879ffeee51f693d8289a96636fd245f15412b330e4acf86ddea05163758f335434ed99b6e633590d4ea6bdf079b1859cc6b7317695f028abb6e7997b92323a63047061abca4d94cd0a8ea1f5a1ca4b6958f7a4c04de8a588dcd7c3112332e10cd2b1b13956e4364bdc29d9c2eeca95e70b9b4fa325ea9c26cb81e0a58f504c97981ec145bd1bfb54e2484762c25096a0dad9372a2eacb5b57d66c4cb5d14b5636dfa97c2c3ecbc93ca8ee8a2900d335f862faec50a325cf65b81368466658adc4a3e643994da42e597129adbb9c75f1de258d10ffa7a961580002d324c6593f6e8b5950f234edeb1dd2fcd6686bea04d50738ca13eb0d1b71afa28e42f9f335893caa5bf846117a2e7f325e0ae559fbf1f309cf1c886af2c1a57661b9795a5c7ddada8c7d685ca8cbba82b7f11495672b8ddfb36d26e3efbeffba7f74d36837	\\x1bae02486a96386d75b5ac55daaa1d7cfa54fc95a14badf9022807ec9818466f21471755262b1bfdf8a9ead5a761a3394f9c48cd24cadccecca1a9369af906ce9625152ba0bcbfe826fb37b1fb16c650c2b850226e032808d705c1a515f25883ccd16bbcdeae38050910d9	\N	\N	2026-11-27 08:42:51.163082+00	0	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	a233d2d0-a236-4af0-a028-0c067c998380	08040eec-c3f0-5272-9b04-d0fbd536a048	48eef988-4df0-4d96-bb20-2b49d1f5835c	out	link	\N	3ed8a679-c10d-4158-ab1b-6a095e191b03	\N	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	f	0	\\xfc24c8f2a54636256a20702260c7a497cfebd2d751527120908e72343516601ef567c0166b10a16ad76d6e94a9ca9ba4bd4afe88de06d18a3b0edc1ee095cfca0547843cbf990fae702876c71c2f2abf86f5f73caaf22a2542b14cdbd22e8386747ddd2f1b99514c18cdff1b7d2dffb936c792c6c55fa7245fbfa111bf9d4435ff8f9baf10b14edfb5786902ed6560f691fcab0a90156cc619d2bdd82c538fafab8e14f105d0ad99183b5ffac00819ec5f347737596ddb5afeda95615917b081331265b812d5adea3746eb01596aa54a5dec14aa79d16b8eaa4c2af4c3afc69ffa149f62cb5673e73ea0daaa3cf589292a722ab3ff591360bf9d453c84c23b7a6b034684e75af4f874e5d06ab70829cc1f4f9f8e2017bc33ae713fae856c2189a439966eb8b66e5f1e4c19986c2a3cef86240cf662f5e6c9a012038b3326bb899f9439a31b435b927bb8105a70a331845061170168cb97fb4103d821a2a1f68ad6f122a2d4f876c24bb60eb3b52a162511c5427aca2514cbf3a96f942f8c715f03fe35b6ce4e004042e632b9997f832a02b1fbe5a216227d8444bb6b7f3cebc549f41b6c42	\\xc113fb5ee253e34da9b8f0fdf68a3414009f5f4acf0b8668ba502f4604dfa5e21f57a2d343dfa4503664a5813b4509eb7afed29cc87802e9017b63578b4426558f57168ed4625e9a819dc718a4c2f8dd2ff8852056971db5ccabb298d2bbc29c9c65eec3b77a71a6945a0c05850475c96f48dd477d9afe36426a0725ed27f14951cdbb3005	\N	\N	2026-11-27 08:42:55.704072+00	2	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	14681497-0995-4651-9758-29fe49a88299	6e56e0ba-af32-5495-bee4-1e306c1fd141	30606fa9-0001-4885-ae0d-5adf7fefafec	out	local	\N	d3c0d237-bab8-4462-aafb-f2e6db2e5562	\N	\N	24227314-9625-443d-9af6-28526ad6e289	f	0	\\x2301ced74ac3b068477607fabb7d12c350459699c47b7109187d920bf964c1aa39b20b2dcd10ef8e92d9abdcae952a6b774f2b8d4a54c5318324ff068f612d54498babe23654bebe238e90bf612f89ea99c14063612457885c764702251b45799757dc365b05ef2f6e27aea27d872adf122f701cd1476c702b3cb5396db87cedd050fa215ab4b11f03bd8a0a4b522aa12151f1f0d263b6d5edf8455ebeaf1ea152bedd06df87b17211a566a1507725839c57d98796a51665c9f2d88ab11287cd77b71dfaaf1b1ca3b942859386dfaa27947782a488124b7df6701de4235ed5f8038d5ac29152f11a31c3ecf4034c793f83667615c39f4fbebf1b15f3486d88d3b105e448ba5834e4dc706da845b9867a38d2f3d2ddf631d6b0e311aa38e553a7ceb1b4cd2a403495eda55b5141b6eec0839514e09f1bf500d89009adc1a856378fa281c4cbc9edbf1de237c85fceffbab9d2abe735f0e44c9d66f3b08cb156654d5a135077cdcd178670136eb538c720e26df391fe36fe4e0246a237808ee885b7fe2e76dc822e1471db1f56b997400408985aa2a07325987f406b5889b7c40472f7408ddc15f76b26b51dba66bb9bd5d4f08c6344e1ecbea4adb98fb3970b1f39b05ffa3abaa71bbc3055bf9c669c843ef817e760a40c097733a00a250b473d1d6d5681ee338e	\\xebe42b7f11053f3e7befd991c64ded615d2317845fd9dee58a419a30c7a1b5b4b4d6218b68a7daca2efe8480e65dbc5ab9684de4f4690a8463d394c1116153d7c9099c6e6788646f3dc0e1afdfa73ce843e9755123cc4eb4	\N	\N	2026-11-27 08:42:55.753189+00	2	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e21f2427-9b97-4c37-863d-15cffbda2f0d	9f41677d-4434-442b-a8ed-1cc4580c2519	4780bc8e-50fd-41a3-b70a-bfc2bf7fd19a	in	sdk	RECEIVED	0d9f46f9-df25-4728-bb2d-43eaf7976553	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	\N	\N	t	0	\\xd2cee1a1faaa54bc566ff47e1869dc48f27ffcb0b959e5ee6d01e43666e75095c795ed175d57f7b3890654c65711236d6c493f870937da877e9f18edfdbb3c818730ce4fe41c4f1cb19b31ec3375a5934432e94d926bdb720daa40a9a72dfd9f1335e8b53ed7b29376ea2753bba31748577745abad447495b65f12e05d859a4135f36d60ba54a551543e2c12923a158aefcdbc0282e043c2d0ce124c8772b71711e45348f4aaec7c2fa3ee96103a1e29f9151beb9ee9ee7fa928acb1ced0364f93b3c2c9c98569a752a9264a2eeb8245b81d56fdf919bd0d442be28e1562c8fce10411b493afbf3ebe252711555f53cc299ffde4bacc816af66aba91c0ad136f03f48b226f750bf6a3717604e58b18d517394f670416c29fe6bd8e497f66f9f0ac5dd44320ea36382c8f94437df3311688ffda8f3effb34c6b3294f5cc5a3915d1a3f163887ca347bb194fcda9fc38bf9789fd8640a5d630e6dd0baa0704a52bd7a91d70e5e16b80bf77521d92d1b75c4a1091714142f0e5719dedc478da7a5497e781be0a1b67c6c1a1963f5f36ac524ceef41bcdf8228a5eb317144d97f56394ba0a2cddd5c642204a57cc39ec9356f195ec4a17e6142e37fa8587eb2c736f6f08de7f10bf3da2bfcf120fd8b00141463b01277805a2c4561f1d00f3a4b26f14e81562647fac8b1dc50e62d10acc655d369ea155d9f61427a7cc11f9e547e86d44c9bffcdde71c1c3919a538619bf4e25d3889a7ff13a7c598f2ffdc13d39e2fd6ceb9e43ee19a79aba9d9d1fe60de49fee163b32e1beec0e2859ec61bd77bec7ad83307f19541ebd6e8acd59cd04f2ab007c1cca3e24f1322bf8a70c8e3e6812cb4e127fd8f840853f0eb5a128ff61ef44b54a3da573952a99f06c3bbcc30468b31fd4f51e63d9df13caf9591710f92eba42b735b106d757d	\\x6ea486afacddbd9eeb34c162f9c5fc3a946e1b75884bc1101b1ef2b4b1972001d50f2b838d6346c1e75a58f74f426ef494b393ab3b298f3b1244c69bc198096f358973d3abbbe2dd64a4691c47b2d3dc69e1cce1d243c498bb76345b5812ba7caa32e51179919d62f05997cba50bd53c9915249df110e673c9380e62f8555715841b8bdb18b61cd71fa1eee0bd24986cf132266155fcd2eed373170d5d59afd93c9e15c2097f3436e40cc4bd976dd9bec55c3b456365e2221189314650639f450b265b48a843106a0afff9bc1f14da8696ba3435048dfd00fecb	\N	\N	2026-11-27 08:42:51.093685+00	0	t	f	confirmed
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	b4a66383-7477-4434-aab5-a0c34174c000	0fcc0268-5473-42e9-a9e5-35a9f781b2db	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7	out	sdk	\N	7562da7d-fc30-4eb0-bbc0-eae03516f485	\N	\N	24227314-9625-443d-9af6-28526ad6e289	t	0	\\xae62fa6c8622622badf933c10ad7397c848932cb0900d1389f1a329f537bc12dd11002e2d93c22f94044dcdca3f025799fd498addad301a67e2790134bbc18d964102f2035fbba30f89599b84990102977fed91a8878a5d4d72b0aec5b4076fb1b6250a388c856f7fa51302ba3311538f03974636262b2dfe8ad138bcea9a41d75bdcd7b99e5d74390de9414ddf8f0ab1c3e42fc6f80eb7cc08fae0373f7eeb58019977952125753b2d06727c2866fa862c1a9ef4a90aef7ad95519dd5584bd625157872d9bbe7a007caa69ee5e061ac0c6ec0ee794e82cb608d41f4f775605c6de5e2f3446d6aab25c42b17afab9cd417ee75617afe5cb09cd4e8ee16b01c90c033ee761eecbd1958ff785530dd887bd36aa7a7ab5b3173a99936458caac8f0af68e831962a558a5370b0f4c1a2053a5f15e6c612c9470e2c4855b6791a75d947c319be1f35f5ec219f3233bcc66af4befde1e21d6544f3b95acd6c0f033f9eaf5c48c2f6b38b3df92518f25cb7924bee97a325ae11dd9f19c0553c2cda00e6624916d61bb65fc482e77d4d517bfcf14196381253286cd8c19fe050bd8b61e9c516a65463dfa5abcecbb7aa7887284f2e342a19733028c1ed4ef969ee1b2f47205a4ffdef9096e71aba73f1631e75d612c318c75cf10d1460681f80d2157d4066f1881bcfe3d116a06e626da2cf651198d331635c6f93f4	\\x1adcb86fe35e17abbb06ca89b42a1f0629ca329bb684f3f634df67c90d6bffc99ebd96d286ba596ac8dfdccbbff8b5e1b899066676086cb4ca7b7173f9d3c921c261f220869d3253f1d33500a4e9120bc016d9f7d1eac700fb866a61d07261548bcba331454034effc08fc85e0b0cf973d72e6747dbaa38c0ad866e34edc6dc13b4d239b68de678e32a939d1dc90045e8743ac4817b16a598db03ef49b0a971507ebac5d7ef7d79ff8b6d04ad18c16dcf63ee2465075572b82921ae1bd051108c90eaa0e122947e57d3820ae27ab	\N	\N	2026-11-27 08:42:51.924574+00	0	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	9dc39923-4a00-4c3a-9158-7d94898fd12c	08040eec-c3f0-5272-9b04-d0fbd536a048	e430a574-0374-4e92-ada2-588cdf4ce68a	out	link	\N	680f5997-c4f8-4cde-bd57-746d681e8b17	\N	\N	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	f	0	\\x3c321915d09ece7af59729aa7b9ee12197bad9a367859ebbdd31cbaf2d9327ca04217d7d0ca500e5a2353bc2de43de0fbac128ff4e46ac937427a4582428de1ba149d57e1c7975e1b179ccf873d5ba179a388cb6885cee73772e15401203b96c938fb0e1b6a508078006a0e6e7edeb23c697cbc014092250ed256db59befecf3734820cff62d064de8f094fceac871b41832e2dcaf4c1ff50e73504a77e8b705c8c92d12e0a969773179e546c62cc51858733dc203464bdc22b54fe859e1d39092829e2e349ef70fff62eb161c380dcbd11c2594a58f97f094479004225f651810a56d816914154b69e1c93519c90ac62db4c10bc61148daab296cc2e77dd2d57172dfe036d83b3b0f6db9fe5024b0e0ef254d0c17c68745192fd9f884a3347068af0f1a7abc44a6c98318dd7406910e229ba25d54430433106ce30a26d7a238983dc6b9464aabe2b00ce3bf78bf44731e9c0c54f57a2984d5c772da75e585a79ac82280a5f79f170596676b03106cbacde9aa73e9de0d1db526c8a761bcfe4c3272b6aa908707d34b055713b5b5f540a6308d6da72db47f7aa67926c51b7a8e43e9c6f3510305b5b21a2cb543a82db77d019b56f011fbde4cd44465cd24aed8a451c9953e14584d51ed22db6ff7648151050d61cc62a79d3ab74e0207f7664a76b3ef709fb8b6f00973adfdd1d49a40717f47e29580d11d6184cd8e4e7870f63d30d668119919efce99b99ba1cc659522004ecf79b8368ec67b8b162ba9a12fbc3e5b70a99581bfecf8872335ecfcaaa9549d2ac30eea83e9a12a0d405b5374881edd12680facb9573f4f6aafe9026d1a96654e313240b4b85310916fecb630d528bd566a14320505eefba9d29d016e50584c81049728593054fbe607ded3a35e9526e42089285e4bb8a26515774578fa6a968aeab60e436f24cf748ea5e3f505ca62d8cd25e3696f46156153b8b0144b1dbe813ec8a08276496cef8ba5d1ab99c142ff0976d674d3f606bad77435282fce86947a07ee0583fa6aa05e6f799d18667b8e81a53581d89ca4cacd0776f126bfa217b63d74c50066c8624ffb081430f0fd45b8e771ba7df19777	\\xa7d41ac5662822a8139be1731f492eb0936719bb99bec3ddffdc460d62bf4049f7999257c3c465d854fbb0e8b94e35180a7882d014594d984197fc8f41d99e867f289c98bd9e9b5ef7b91e6a73d80a2b371f8d18518270c0c523a53e3bd62c6874084ed7e9befcc7eab937f79da38159b09ecad807de6a26ed6774d2d1ca031279ddc56e8dad48829681527895a57a9878322cb6	\N	\N	2026-11-27 08:42:55.729918+00	3	f	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	4acea629-3286-4be6-bf9c-30e18c50d543	08040eec-c3f0-5272-9b04-d0fbd536a048	ac076a92-f196-46ae-a028-bc18aab0acfa	in	local	RECEIVED	d3c0d237-bab8-4462-aafb-f2e6db2e5562	cb6a1acd-635b-465e-958c-d7221a8b5515	\N	\N	f	0	\\x8190960305558fbf801f1aa71b5ff8d1ed9d3358d124683ebadb06f0f38a1462a52bc553ba49bf5aa59ee5ce99e01d9f6763ceed7fcae2698155201122affb2f3838727360057b9a6b953e4b60d775690a1fd910a87347f431e28f819c430c4fe0c07eb69a1ec2f6da442f8a36446f659332773b3a5ee2c10a28a156f6996a06f0e22cbe21d1fce49f8bfe0c578176ce9b04f4fe3484d42797e193972f0fed0260a15cfe0febc63a639532129943bd121d782ac4a3736c059faca98b673a6cad481ab9869ae8db66427320a292b798f72988dd3fece064d840ce820fd7060c5a9733aa4743b068156164d4e0f1a56f3baad413d029e7ed4d52b480412da61ed41a17ca0e4f6b6f3a451b8c97ca93a0335d289160cca1d0146b59c5d73d25a339c105bbb4cc9cb26617e57507845e97a70f7649c51f80c25075fd98cc37b8bfff1cdf5a4ed629ea0030d52590f29236e21f040160a00808954336ca55af6a1f48730fe02cd2e6f4f39940e148a2205facb97db2bc21c96107d8acb4465e1dabd29714c4bbc7d947f88fded2b00a7dd62a6ec6809f592fbfb6a2a014e37455fa0cc6fc934599b886ea02fe5679ed917b3a20ce63ca71c78246776ec0d8ce0c55978b202f75b92efb53549a43b9953a9abe38ae72e69517b093cd3b73673302ca1045fd60b7553769	\\xedc04417426078a2c66233f957affbe9de2808e1cb25dddc6513e329bc46b08d27846e2fa314d4a4dab637e1a337cb6bf65c02b204d51c1196704f673cc1062ca475b3fcd81d1f477d7532164c14a240cbf9f6f841485e92	\N	\N	2026-11-27 08:42:58.365001+00	2	t	f	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	92ae7952-c18a-4b76-9578-0142152e9fa1	0fcc0268-5473-42e9-a9e5-35a9f781b2db	7c390feb-a96a-41ea-8932-95786264feaf	in	sdk	RECEIVED	a487c28f-435a-4e27-b127-eac8e963668d	1b88b948-3c33-4cf8-aca3-27f46cbe534f	\N	\N	t	2	\\x7fd2715416904a1fab31f59f57335333bc5eb7eafd21be06bc28ea331112b1fb223d03ff02cde09136f25e9c5b0a211741565425b3ed81cd1975b8b629f7297718fa627dbf0349193c81c110a4fa2c992c9605b63626689084b1233d7b835e38e8fcb6ddca98feebe4044bdbc587461b1ac89f614dc443ca9f37a5e093949437b52ccd68b79582db228d21f31c9f5f230418aa86895eb2145aad347a80553f5113f00e7c3ae2428883745803b3d17db6cfe2395806d3adb3426e2fbfd0b2ce985821c36397184aab3b286a2c9e1811c0dc7c92c53fe897d2cd3616dc5d15eb1e276a336f04d2f20f7c1d6d6354b6a1873b469f875d2003e4db4e607baac5fef5f40fe6e21f6b32171a939af11816debf7488b6580f3245b844be163ac12b6b1b2cfd84e0f14f96570babfa0c24871fb3896ff0d6fea8d737f76227a14b22cd45b543d548aba17a18febfb6cae86a022abd2dccaa14e41ddfdcc200369665e42026d9ac2a5d056b567daecf21e772dc4628b2a1e8b0af1dd1ff75c90dafc506262d565ad455545bb15d8c1b3b15926ec3d7c7dd865f70795239045507f28cc814b34d3d0663d0f1c90eb37e1cffa4120352951f6c2d305f63e931893e22d262f87a2ad446e7c9ff1fa3fbeba123fd957956d194628a1d86489015a8562c0cdd56fc4c034200d0dce47fe087b4548bd878d396ac3d5ad839e5d8866131359c9ce78263aca157c416f897e5062906114e7c8f8fea461a80958a5a4ddc6f51ee8d7fc0b14ca0eafdec41994e820e228cd942da424cd37b988dae30ad0446ba42a2cc2aca3f9a09bf316458a96cc5e66fa33d631bad14737c9f9cbfc58a5899b2aca1c02b8cd06e97fe9c7ea6c9c60f520b9619dc95ecf8ed640203ed0c58afbdd1bebc14c8434474f7e8ebdbea837565391f2f0a10420dd453792ebc162f1791ce184a5f13f10cce51a79ea87b02a124fc	\\xed1626b0abd64ba0923421c71f232b366f01079da9b30e7302a12ccbac3d3d71bad9bb6fc2563a0931bee913def7a99c3056807a8ee9072c4f86864ad8a5f2fc81e1162942c22979d77992b190dca82e21e42fc5a5386f02cca7bae844b110c2eae8578a204f2b140487cfce2e96eb3b3a304a007330c41b589e0d4f70860db2e9784d4f3af6c3e2daaf469c2011f9f810307e7089d7fc0b525c36f2c9ac46046691a8c5bc7a3e4694f7c3a8b4620fc58ad08d662d7e858437828e4e7f4a5438aff2c37363b8ed0fe51d92b20f63c2cb3f74c2e7395364f5d378c35469c751140b8e28ee14b0608d35330526155060f5542f976de3e7db8f481ba6cf3a37d73a973b66a962985750d56d2a663b64cdcf5e1163d355d5e3e8a9cc0953f3da8b8a3252124f73164dc84b4619586f38dc180f4f6020cb56767cb660f5d077f17ba213727591b0c5f01c2e563c9cad023bbd85d675351b7cd31b431c8f242f2607c0c4157503fb12e4fcdf756cdd6fd6eb20cfb4eb98349a5cb340d24c90a519344791eef5a9	\N	\N	2026-11-27 08:42:49.2738+00	0	t	f	confirmed
6206459c-75bf-40e9-af35-055a3a7ca57a	8df18282-cc92-4962-9891-294c8c2d9462	cf3fe6fe-5dfd-40b4-a6c4-83f07b654a6a	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	in	sdk	RECEIVED	a487c28f-435a-4e27-b127-eac8e963668d	85f67dff-26f8-422e-8c65-0ec7e4231bdf	1b88b948-3c33-4cf8-aca3-27f46cbe534f	\N	t	0	\\x0c82959dd3431ca37be5fd94fb193bb8c0dd98022fbfcb9b00a1070cd7e2c01e25251c858222f12b6d3567a78596114449e7c11aac66b3acde469bfb087f58eb126c5f15298037f96c4315f8b6a72bf3065bb7bbce7fc6cce57e14e0a5c303ac93be840b00e37aeb2007de6602c0e3b4cdfdc3015c90f62594c46bfd2e44c85dbe9d8be42b534b5207464cf6733839bc6c9148163001752c64c5ec186fb1393dea69a45c658c5d8265222b575ab0b4e81f4b7fb297ac0bfcb1d9cee21f36924e792cac94b3e84585557340695c9156157186abcee4a4922e22622a72d58795e4bd846c6b03aecbce49352800dd0b8489d9fee47187d346dd5eb9d9548e11f0ced52a637b4cf59df8e742c4cf616af752838a145294f2b1f7810c0442620f3a3da984476ed27e4486a6fa5c543b7e90b97ddb66bc182207a5f4432ac22c1892541f33a615cd2d547a8aacff90a67cc3792dc382926f14bd8ddf3773961e04b22539a456859408a3564e7a4413e76eac3b5980950c9003c274dd0738e6456a3426fda5306966338d7947aae0d3226e0b3faf248e576087932f9a1fdada3b9a3f6de105a9abf755ce518efa30ac8f0f29bf6cae9fe5452db86a477a1d28b5faba713fcce7b3909e3d014ee5656e07a5576d3e6e395846ca6bd230052236452cef15dedf3f8f7c25c79f3d3e8ab364877ed7d2dca73f824016d7c692063e1ddd7038f6d23ed96244fb0fe7b6b73da0c2c9fe3ec06ac3d9abd0ff7382d54025f52d1840f888e880275bc182c074e971e0ef38adcca604017332508d636e1e2c1c47f6eaf6ede0cbe5f4d55ef93c62a096b229b3b2a21986e0fa2331c7d0c76fda509041529ba99f020d8d055f57c1e6547704ce20826bfc26353c8e258ce5519fd2b973184c06fec44b43e799fe69c5ecbc60e75db88eeb654f4514ab0694b7c25dee13e9ec864cb46878dadc983f60d77de9638a30b2d2fecb046241eaba762d526b731bef3529475dba0bcccd	\\xc7004da6e43455a407c39fc2c1e7ec99ba48f4ec634e933b504a77e3fc44e8ff87135eb5bc7e398f672a2c6b6188f02010caa34fc4a9535d58e63b0bd10dd9d7c284f1efadfc7261d5afded6948de028e0460d6b9ed174093233b26cea309a723abb634e592fe898748165633b6e41fa2f6094e0ec5a91c766d88457fcef607eedeb0bc21833d3a003b6e99e03da	\N	\N	2026-11-27 08:42:50.325202+00	0	t	f	confirmed
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1daf65ab-08d9-48f8-b691-6263a7f52dce	0fcc0268-5473-42e9-a9e5-35a9f781b2db	69aa4468-f71e-4c4d-902e-f006872c2b65	in	sdk	RECEIVED	8da2daa6-7a09-49c1-8010-66d477227024	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	\N	\N	f	0	\\x2bc421d621dc8330c06b909169289081276fa1bf3b26be989f38754791a56e42dbd06728f8d240a43ff8505725fc4897bf2b60dd729feb1723a1f219d34c6b159bd16ba587098155468b30eccba93ce9e834b9971015c2378dffe98db31155808486d855f753f9b3a4ae5bba07fb33190886d71b69c5d8c2668841c53257cfdff06f5ab590c95f0f271250bffa96a48ac923b6575d5951347def2a2baf2fe39849330819232c57005b303001d0dc5d687195659634f164d24cce80fac24939ca99e44f68870d8429d84cc893cfd05693b936cb5ecc5d696f7a51372d02d3f67154dbedee544a84e80c61c8811ddb11ce61176c335f4c88e48cead28f8db574de43849ef5445d3665e04b103be9de081dd4b1526864f02a152c1fea850407a6d22a6200adb6796cd06301c990f931445a24149f30a0742c5a1f3550cbf75e19427b31aa91072a529aa6a992d44c373fb71d0610f6181446a8f729089a37f5e094beeaf3b675e0a913f0b73cd1155689f7c20fbdb749eea891bf5dcd2191a412a94355423b012081240c753e8045477be67ae7780b09fa78a0575cc83d1e597eed6659c02c91f466ced5b5df0f7265fca02303bf0963d59fc8b826c597c6256339cec57dee492eb346e499af8dc52bf2d702de071123c3ce4bb91bdd41fb27581d3415466338a14fa9a0e13ebb526d36b328ee89c7b852ad20ff354af3d8d8f95c663f2c0ad058784fa5a196e8c25ccca10ca70aa78802dfbbdef2dd9bf562395576a77265258d0e4f913ac1ece1f9670126980656d2af8d44fb2604c2eba6920f2c21ea6004cdd418de110fb5c808d3623ec63f3e16b338690d889a4c3faf3ad7661f87e6b009b1da31e99a246b918551ad292cfae822616279dd28b617f163e82497dbeeb2e92bef0c784cbdcfdad02a4fc41264ee1c65935da416bbc0b16ffaf49a241f40d39f60e309aee38125	\\x7a8db8e3cfa370658d0d2abf8bd1a4953487d3f750ad92a2e4256c353824ac2d1b66fb4bed3eba3846268ee6334666d91f4ba9307970c49b69d5ad7b734a1ba3072c267d50481f554c7998d869c151ccef5807ef5eeb8d9d1a3470a2c0d9bda96b89de6764f9273190da456a74d9237ac95b7e7d38a4b5d8e02353ba7465cc94c83554f814de7abbc1c629ad9787c11e6ea188c07e42a2ad69a81a3bf20c8005b90a4bde3ee2775d3db55fe0afb81fd5b59d0651be570cb9bc2a20d4cbfdbbc7197ed8c72bbd5961873df404fd9e3f82f4982b90ac113fe221e6eba80650ea25284352d44f55d583415f490b4bf8017b9de5bb66a851f71f2de41a3a72b8bbcd736c3b650262b907185de89e69e82b940ef19a7892ef24a5261078f5c91351c8df452cabbde721dd1451d9228a07ed90d4a74f	\N	\N	2026-11-27 08:42:50.576+00	0	t	f	confirmed
6206459c-75bf-40e9-af35-055a3a7ca57a	8dbf86c8-0c0c-4e06-8faa-91adab671c1c	e5984ce6-2f06-419b-8c5b-827b1383b862	cb454106-5dbb-4474-8bf2-7b4bc79470af	in	sdk	RECEIVED	fee62b75-cd8e-4a25-a31a-0e5ecee7f053	75b11cc2-6785-446c-9f84-9a2701698c47	\N	\N	f	0	\\x85ae96a181a3ee01fcf1e76aad234e1cded35d01d170c550b4609b5afe02421708733bd869940d115546243504aed2b5f69f31017716c9522462d84853ebc61ecd293d8f9b10f1356e3bb3954dbb63f081e2d8fac26d9297b2229b7b1af90bff0c3611e9bc65c6430bdd6729caeac159128776d511632e25e2c3add090f9190516fafa696f425fb50405ca8b4987306e9f08d57e8e2316698bfc9dcb5fa9bb4be339dafbc4ada1fbb857250fc469fb7b5ad97c5de0bde580ed401551643ce22d3a96509083a505342d7de37cf13b8c539a63350485dbb608b7976d7f18980b90f03b2b1df055a10a160ce909497f227619a7dfc9e24c7388a6fe4f849a1aa380d50148dfa8a0bd4546759e544687ecfd15983767d7bfb1866757e3aebdcc840885e3cb197c99a88c87097eb8c30b5d67cf52701509768d99b0db4058c33efb9fb1305710f6594ac74a8ceb57c5bbef3f7789d9cec6394252823c36c6d2d1abb5dd2d80ae13ebf75cdd78ffc0052c298bdf33f50cd059e91ff4da5bf57da8cb0afd99ea4fceaba3e41352d17082a31584cb611adffd051bf7b0a6eb1c72d4b6085205eb8d746ffadf223a0f5a6cfeedc60bf81361445e609669a0b4c4ff5d2a4956a8993d99651710726fa8a25260db3011dacebfe3dd0fd26d941f63c826bc4e9f665975e5495790f2d1801412cf4ba72cd0c93c7436a2bde17e551b92426811cdfd0e8889b060cfcb734a279820fae6f24429130131bc13f2fbc7639fcf251ab2f7a3ae94a4566fe0bc430642304c55d969b4c55f7bbc36c1dd3e11f6d102f7129223f64e24c82e48112abee9156207dbba1837485d4f9ed00671ae461b233d3b0ce699b6d6e96ec03c085782db55291f6638e623812de2c465e3109824331fd8722db6a69526e5528b25ed5f527f83a9b7d87181c1fd	\\x905730cbd76817761751f3a32c4938c8d6bb82047d1c95c94192767e0c0dc1c5c5873ab3db92625362eff0852ead337cab6b736c211ac4d41343da7a128a416842e21a6ec049f57b6f6a6c6a58cd96862f38d1e7df18436b5b3624521bbb14dda96c757991c9fbfc7ba799	\N	\N	2026-11-27 08:42:51.212833+00	0	t	f	confirmed
\.

COPY public.organisation_keys (organisation_id, version, wrapped, created_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1	\\xd8edc8f131ba17fcc55792add4b4175d70c237c731fdbc876f5dac7e558dd072652e4439c3c49910fb455375c5c3e57174c5367d4f7a23c2839c7222	2026-11-27 08:42:40.307966+00
6206459c-75bf-40e9-af35-055a3a7ca57a	1	\\x6b634cce04fe2c867c19c1f148ea509d117bdc8c1fdb6037e9d9d9794b0d581371bc530abd3d515b6aaa1e522c0d3e8b99e118392dc8f4f97b835b77	2026-11-27 08:42:40.61417+00
\.

COPY public.organisations (id, slug, name, settings, created_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	bjorkvik	Björkviks kommun	{}	2026-11-27 08:42:40.305736+00
6206459c-75bf-40e9-af35-055a3a7ca57a	vattern	Region Vättern	{}	2026-11-27 08:42:40.612514+00
\.

COPY public.reads (organisation_id, user_id, case_id, seen, at) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	3b1649b6-c8be-424a-a97d-66b9db006989	dde4e639-6ae0-440a-b01b-ba3fa39a6dc1	0	2026-11-27 08:42:48.019948+00
6206459c-75bf-40e9-af35-055a3a7ca57a	3b1649b6-c8be-424a-a97d-66b9db006989	c8c59fcd-6cfb-4649-b864-228e5d2edea8	0	2026-11-27 08:42:54.321464+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	7c390feb-a96a-41ea-8932-95786264feaf	1	2026-11-27 08:42:49.382107+00
6206459c-75bf-40e9-af35-055a3a7ca57a	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	c68aae4d-3aba-42b3-b40e-85d82a850718	0	2026-11-27 08:42:50.441831+00
6206459c-75bf-40e9-af35-055a3a7ca57a	3b1649b6-c8be-424a-a97d-66b9db006989	cf94cecf-2aa2-4842-908e-a4af999fccea	0	2026-11-27 08:42:50.835699+00
6206459c-75bf-40e9-af35-055a3a7ca57a	3b1649b6-c8be-424a-a97d-66b9db006989	e21331b1-c98d-4c55-8cc9-e690ba9b1a11	0	2026-11-27 08:42:51.085943+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	481f5113-1d1b-4cd2-bc82-9e34d8b098f8	0	2026-11-27 08:42:51.175301+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	24227314-9625-443d-9af6-28526ad6e289	3d4ae81a-e9ff-4dbb-a408-1582420b6ad7	0	2026-11-27 08:42:51.935954+00
\.

COPY public.receipts (organisation_id, id, delivery_id, transport, remote_id, receipt_id, state, applied, reasons, evidence, at, received_at) FROM stdin;
6206459c-75bf-40e9-af35-055a3a7ca57a	409a678d-380b-469b-aae7-9eeb7a8b47a1	1b88b948-3c33-4cf8-aca3-27f46cbe534f	sdk	1b88b948-3c33-4cf8-aca3-27f46cbe534f	62ce44bf-2299-4e55-b30f-a9f2ec1053c0	ACKNOWLEDGED	t	[]	\\x00013288d9503cbeba30fa21464950886503bb395515645ba8428342461bebd67a5d57aa60e8b340e589773bdd5bb4434465f54b4d735fe40d0ce7dffed67b4842ed885b902f4093f16cf40d1f53cc65db9200d7b591fb1375e77c3e0a1b84ee4b5275fa97d34cb8fa36c21059265617ce143c27aa45c199e45959eb5c1777ae5253cef848479d7c8105b9fe856e804fa995ddafabd5de065cfb058ca61268ef976739c99555b1a8bf6b69c188e07859a57264a50b7d5e4b91f4502a2eca8e60b09ae7c19729d6d09b1bdc8356d5a0c2c292a2053ab4dc60be966012586e261f72698f2e0c0b638b949b4f63007c91d8628613a7176b2dc7e6192546977cda1f7d1bff8fe2d68d7bc063898521253f38a55343f77c10a0de3ce2e78ed47614ff60fbbef7a7b89fe83d1b88f0c035000a795d44d0ae04b480aebdf1b6d9f4ee38dcf7d5ebef682b132f99e51f8078945bfa75a357be0f748b144c37ed9fa6c1e15a82f575c34bc5703ad85ec1d2207778c07e99930f49a6b210a0b39664791183b120acde916129e671d2f657fdc2377e8c95aac2800fc522189b94fa17f790841b395a0018f639a741baaa9e90fdbb9e78f0125b3490989bf88888318048b06495ecdcc8072b6b0fb111e8f8f6ad915db1c30baf56076381bd7432164fb7877f9e5ef564b1ceb4df3d6aaa89d01e0e7fcd98acf950790f164e81a9a0f1f31dde1b6689c99caef10ce3ef1442b2ceaf1e54d7870a996dff2f7084a20c64f13fd177592c4974f44b11ca34501a009beee0eedd7e3ecc7f011a64112554c65a8647b6c66e95306528a80091991a86e65bfe01e1461e9956dc52611a2f2dc6856b4f016054baf1c011e57e5a8f72121153ad728cec49dcbd8a89dcdddc623429c9fb068fdd73342eb4a02c8e26596d0dc44b66d6628a4d18dca2bc181629063dc9b285d56a2333238947413d08edc438ae22fac0df8a7fb49d679cb8a41ab48137102d6b778debb0a2b0248ec9b6a4b00e03a9d3107fd5f85331116f0391ab143b851e8d685fc48421d4d15d89dd471ac58222a9a5efede1754b3a5126fc826174d952301bbfe05fad18e4e7826448fc5b7d32e23fa6d26304e096de63f5aee69ca65f54a8ddec0e9b6d9b937aed6a768adbe9269619c473f6685fdc89458d4923a9c964d7ec06f006a260482fceb1259bf1c0bf2054ee1cbecc1399084645ef6ee5a5987c0ea12d2123612d5af59d85ba9693766a0e80bbc1f30dec7f94000638b3a30bd837642feaf66b6489735a68408415d30cdec201f55226c72c45a61b1e21267c75ddeb6bf539d6535575952a5d79aab0ab2e4b04cf77e1a3e6f817be692af22855a60456ee850600937133498c87872ca62638bdcab92366502c03de4c4bfb984a975cf1491df9341b328768d3165c1323fd7d1e7bb6afe57a205623fb1db061e264a877b753b6cd187d7414e0127e1f3492e1664ed004ff9b41032caac48478eceb67ca5df70282233f1280ca5d9fd9e9ec3533c248f5cfb0d6c51c50f9ca2bfea261a588a6a32deff124ece5b2b7d03a1376bb0af75e1b1ae13c846c69a6fe8da60d5a1af66c039490dcb2bde48ccf7122a072e9d33373a53fe00d86835919c80cdd5f25d596a8bbace0c37dde507efcea690752a21b61f8acb523e3e030bb38e317caa18ff198c47f315a005fab2d9d80943c68f5b9e96cc6ed253564b14a4a06c2a045f286a010d5520ce3b79da5d4a9d7395bacc7b4619a1dc44b58b18dbcea22ceebade224716694710af436d2de57b1ce01bec9058ec55cb66b23d24cb4600eee40cc65d3b7eaf330826d3e2eb5099356bf5ca1cb3e7cb07dd5ca071f3bc804622ef5775dbfb56637e570b95e4d865ecc4131c5e6e5a3f495110f26620a2fd7f95a4b486a669e9ddd641cee6383f068656d961b9e6747b33316e4524f80c097ce9757ff3690e5a061cb9644d0458d5295f5073918d72db1d5b05fef2ff9053c24a209142c351e6fd748b766c74c83baf810232d0c7176ebd62701f8ca483e666317bf4bfc54153b214e8b0ff9f638565f19b7a408249fd0243ecc5927843d7dcd434cdae857c823f12e31f8a4e87ee8a87b7743cde4308cb5fcfd4ec2723721712473dc3ded8e614a3773f7b24f9bfdd4f4d75a2b5dd2a295efdf7c1d553823c1ad98f1862ec795c917caaff4e8b89a266e3e98b8a279c64c35c984e1bac1dc42dbc178e94fdfca92f43d2c8b77e9e32d1277e45a6c095ff95c63eb15d17f6ce93d3229af02818c62264bbf95a9185361a7fab16aac802bf602e3c2b48a2cb1ba56ec3950cb86db8970366b2af4a6ad2dab72ed07ae03da2bf78c8ea6501a090c848c9a21082e452f4290968d5ede5617b3dda1fed01624fd7cabd21743275a03692c59e3679896ff355828494d009f83a266863d28dc94be0742c729d185fea1a5c7eaf9829895ff63eb005f4680017d7481163efd92dfd2589c07aa6aa08686d71342d966ed1f97e20cfba78734a2caf4ac370098b87a97fb16e8f4f70d3ba479cb293e69e2548b84f2e991ebc5dc85523076bced676a2fb5191b6077309497c0da1b2c30a46117c7ea548cd583eaea0bdfeb63d21d700f62dac0e14b13be8495e7f7982b94f3f9e876ff8f51925e69232ec6b37aa5a9e0c934558e5b84cb2acd6ada9094330b974a9fe5a8597772417efdf733c168d4bf6f7446430889131ad2097797afa09ab714c7d40db84caa19b8114e9088b209e0a6b26fe6047b23ff317cb9cf9751c1bd3d2953ae6726879ba4c2ea4a5344858c794f7ba30ca1d877b04f361aa94708b6793a1767b73ad4e29dfb117b0719ecaada01a469dc4e89dab7640d159b7ab30014555dc8b443eeef58d814ab33d0b40de1345f66711feead92ccc13321247ba19d40a84feaa2613218d47de1923b2952251ba91634f9fe83a4b524502e9b8f79a180e92abaaf21af7d2e6ea85ef1cb86ee73526786e70b8b54c64c59dbc334f6edd8b0df556799c10c912d6f3500768e31fd708ced597080b9ae969355b2ff8e2d993ea880a29b000beff067a33637c196136b594095d187a5183a01316d3fdb09c9d4a1921672faebd11592551925b2f2b4135042fda07721afb386336d21afe1cdc9aa98923fe3beea11313ced0b2b3ad5336f544480de80ae6e8aed9da3d6015249e24e008ef0da9730e27ff498d84fddd576ddc686c171e6b24742dd0abc23c574b4abe3688dbb2d1520a40219ab6c2843ca89459dc8ea455f0d949cc36e2d9d5724535de586efdd9c794409690aacfcf58e53c8cefb82816fd3741e0292e90703e6be81e9c1409b4cc7d773d2a0b86c922e7a8fec073309418f671e9aaf12bd6f923a8a7bb2af62ebf39a19f2d748ca87e9866557be30f04a24166da3f2f055eb6252e9010d8bdac7abf3ab3a88ff0d4c7aa37e0bcfb7d8aec59f214ef3bc7577d4c3dc49a636a85d65ab98f20e4bd25ab7dc5cfa2263aa333532449fe57e50a700c0b17ec6c376547bbeabf3177d323f25ac2cd3865941451dcc5b4af4e06cf8ddf07f63dd60b8b25c4307af5f2ae3f42bea94c4dd8c2efe9161f0a2004d89dc911cfce77ac9c47f1377fa87784957806a0b6eb7afe64d1fb4f1d6a3f9984d0f51f2bdf14ed4502aa5c89b97a613421fdb6bf18cd65876d27652adb184f2db4a096bef5d926226bb6491f00e8d2b24a380db1573e33f8d5122d37c731bdda4ce34037e4276f2c085bdf2e1e1e87f5d6a5f31a1e583599726f4f4405389e89b8d6ff9865c8e821deac226d10784c8bf029bec67c9ab49df3e32a99caa5d830f585b019dc07a989bdfb4ff1600bf5b998b7191c76195f8969bc02ad0059751c85ee64c556fdc174f7d5f36dd696e68fe53c9f739c0d74f42db30e16ef027cf4f952a4147791ec5272f5e2dc31b32d9716df9a9e18b6fb5a88ace6c18f6a2b2f13e696e5df7b9394a63c24bf6675320f46812c94bdf27f0b00d1a0bf9e29b41d34695eb377f7934939bacdf9ad5b3e37d13a4ae6cc9a1ff43f1e6f8cf605ba1a5935691a5f8110b61ca42452840f322ca0ed6aaa0824a08dba604c412cb8a6ca5e7ae9c5afaf60fa4284f1a7bace0be82b73d30c258398df4587eda6c02fa26448070836207b0fd15de8433c88b8075a1d70406cd53ad592e2b676437e2a9c59d213f20612e7c18bb4be8580e0f287358b8e2cd4d173888e10eb3f41d7beae3840686061e6d362bce44627e04a9bd96ed34df2881066919f9092bb66fc9fb2068338decf2bb17fa5a8f6981071f0a4e656f9c66eaf540ab0635951ead6f0e75843972ca342d073058b4db9df8e6d7341d116f7c1c2e3ccf0f93f6e548d582e52de8a7e3ac63b1aea27bed69a524c461f9c620b2837d4cca069633f1e7ff98e6bb08bc85cd80c679469bb8678ef0199342e38778ec1c93c5ab8fba9a66b41099f528f5afd30b3fbdc3d8edcd0673914c4615f875c4483f86142770b3898b9ceb1eec5a8f1c64ca330c058793d657a00d786c43599bf18bdff216e5cbe0914b346ca1d987df9d5062fe710c11e711cc62516b14c09abe486e2b911e211725746a5872a49b441af1487c2fac4edb5886f6b5596a582d9de976f0ede7dc94b0e930136071a57d8fa06228b9d5ba22a5554ff044fbaa9d79d4436d87e7d771f3f09d13b75ec9e718ef8629ca2130fb1a77f506a50e6404bc99a10d35baf27a749b854cf5f69d061661083f0c81406866b2401c8d6b3c68ea8043ec5550b7a69622af2b51653b49bbf369b19da1e0980e536b2f6858f62b46cb41cbf9f5ea753543da814762eb8176116bd5bbd39079dcab56e5a1b5eeef74d96c2d93a70a1dfc6e85c82857cb73a757168c0c54903d31e605599b352eee95d4c03298d25176a2f29bcf94052a929e4d1b8adc81f56aa68f03c51aa015030f5d02b4687ab082617067bf3064a342948a9e5a9fd6a43da17d0778f462795198cab4e857c8c7cf8306f89d74e971d4e6c18dac926aaf4b71326154983e319916ccee5c4ba3c9c31335b4fad4e9bc4a816ade52472dc1572dc05abdaaf60d934b1ac3edd9978d03f8c7b8dc80b4f139cb7c5d94cd51970697c3b7eeab6f48197b35673b32e6f1f293e3a3a087963b12c24723f7f947333fc6efe466224781e0708bdeb1cf3ce9e3bd14eb3582b22b56b5f6a785760381a34ce9e0a8f22ab6707d8988c8e549461e6cf4060f1b28e0b10757e842a9db6b3ed37940bff101bf40e59c0a6eefdec9b6fb7610b0887e2a3704129563bcfb0d689af8a2fe1da24edef98d1419df382bf2d1be7a1b1c7b1f44bd560533ac34db0b8c6601dd4846eb37085526c889fdc09e2610edce99a847e369c867d07f190b33649831de92bbd8e92ebae0f31e9a9131470ee344e3d0fa47b34b714e9a7633100523f643807c2fac301ba73cdefa9e3175bc8a55fb510a91ff47c48bad77ca9224c5af4b756b8655ad9354f4d6dadeeb8eb7c1087cc127b41c5edad9f65739aadf21ae59e7337cfaad181cf32b666043ac1e08f34042c5b4f2804a07698c51ed45ac932a60ecf7a6e7395c736b2ec377b408d5ba962b1a0f13d6b20b2c368d81f35c347bfc1a830a19418bbf9709ec4c1687b70445e8b8e2122afaf1751d425e366bca2f9ba414d644319217d1b60e75a2cc73e49c35d0ad05dc12fd02d10b1e00431fef72f0b5d3969804efe4e7afa1a3c52929681194a8dcd403401e474f1cc07ef18eb5e9146866be0ee69ece8af074c461dba62e8ee72b1868b3d31d8ac3a78662393be93614d62427cbdf04df995fe30166b3a354689ebf8906adfb0e047fb6e66eb7adc5d491d167c2dd16f1957c7ea41d1e9a944363343ffb42bf1c17899ab31da86043db8288b5c3de6ca99a1c5480e97f524d658097df12978ab1b3eb8fcb86bb564cfa02c94d337f5319d918372a68c4adb1ae34af86b95da5b247d45208a959aa566d469284a261ae66f359b0db4617f1ba821bdc92f4d664aa453adb1f38919b959ccaa89b36a99f979cd927437cbe7275985b35703c9b2ad3474d96ccca19ce95842f9eef0d2e5877a5be2e477690e2228e7c4bf1030cc6ce0ad6a074d009966aa80f2cb6f22eab14a856b1e0717cae802b55b1a9f84cda1097b8af5c70faa1e8d34e6d0f00f7a1b382ff092fe0c401692e237a783c74ace6a094cdf3a06977cbee7567fa45fd791873120ff9a08d973445cc1f478da41db1095ddf5915462f903e331024d1ce2d7c9dfdb8d23ace17616ffe64609a73527aae54dfad9664cb8eb44702738d4f1a6a541e7738ff2acc631adc5d319f9170e8af26d07c5d8e69bb727bea43216e9f0a5e3b385dfdde81a47d483fd7420711df4006181d355b8ad31dd12914ff762711adaeadba9ef21c35cf8a9a25dfd278359be5007ee001ea6547ce43586fe0b46f147fe1b4cf1b401d793456e2f6e6e51fbe1700378deecab75ab6b86a14045c9c8eb7950f2797c6b92b295ceb32e8357c6702dd9e331c8a03d6a5eca10c6656529b6b8e749449662cfad81f5696d4d3ceb67e301696b8c48c4188c6932c1e69bcb591c3af86fad2cd49d5b321bfd159298218e2af1a94bdb1731a56a06316bf48fa1d4d65954259c00f0b625001c8f2df9c937b2827df2bef4aae0a78b4a1e8250f3ccb066d7cf8aa8bca8985c75240c8276881f9e41090f5358fee99358c2936d1ec9fc013a4aaffa5a476dc4c1a988e2f34cfc6288bce7d0d7ec1ae88468a95dd63f93f3574b8b9a1ec57793ede16a695b8cd9e2745ede005259605ea74957e2d79eb6d99de505b67571080809f39d3ab8537cd644a945c6953a34084587f792aacac09b078686aa31755145373048bd3101c34be51194533839d4d6ab21b1970f995562389709ed767e829a97a7fbbecca266a5b5736e50ac741b72b6a1a1cfe7cb0f5929cc645ad135dc8bf2a3cf2a5000fb4edaf1baa2ecfb898c00627cf841c5fe6adddcbab864510395b9a88e1fccb90c90550ac3856ca0e318468708b43429edbbf3a6855a56bea391ae65a45482f9868387838f8c2ca0d67e36ab868f128ccea3a259b7bc5ed4145e0b612947506f67d0b842d41e5c9fb92600c5461c4c9f454d522dd7f2701f71a4094ee4dc95a27e6ac9ea35512307b1f755144aad6897665a282d5e0b5f8a5f301eb78be39ef90285436bb3d8546f7124dd376ab84f7cf5c197e0a65e35815dd7a2b32300261cbf639be405ad8f7f6620fd032608d0bac07fb0f9813da5fb1f9b2cea4413e9e348b372840bdee8afde38d7a14fd89863dcabdda49fd066e61654658ab37d7d6c46e5c33be36b5be74b7114b9edfc462d7822c4268627d3eab5451b52926e199ef911430dd71be93feb96baef457661326b5ec5b7de3b50e9cead7a30264873932f7a49323250f1ff96832455a1d16d499d8b6ebdefd861566650b11ca3d2fe544f2a62a7c72a3e91184d5077d0f65f0970789c96dc63c3cc0d988bd291de371d62de5a9528525fac9d11c8e4e817dffd66f461d81a95495e4b36ca781527daaa907e824a67aa6315a7fe031ae0dc063b10bc7bd5f06e88d42cd9e8a9ff48e6f5fc8fdab18e5e41ac9feb502d06e1541dffb8c7d83ef73b16fff26c5fa6595953d092031972965c5aaeec9a3e957165ac168b933279bb93041f42b4edcba9a1e6830e723992964a59f02a991561146ef21b9e7b39209e9a03c78988b60a6f43bef568905ac05cb3dcee526cdf62c98a5a93a45eb0907c26c484700ada12e7f9d73ecc317d7ba31db65a67b90fbb5e19bb22aacf6a6f45c9351dbfa9d462e3caecffcb8563617fa5ab09712393aa173789a72ccca6a87f36b7afa461c5c86b4e06363c7e693c2eb310d600c2517a49a9fbc68637f6e500db877c823b1a10d748a04700ab8e485716a0f8e5c07d60f116aa5368a03d62c068fe61ba57c2f40b915554d4feac6fbd630c83b9671008ad6ac6ccd61cb82b0f92bb0c9ee2f8e164b0f520b6311b577e41d429cb0ea6462a752f7660b5fdd25efa707bffda0b9385cb7b748dd08989f4d28e26ab21988367c05be2260984c0cedd72339499ca2e54a53bb9087710a2925df41db728e385a5d8a02287e879311b100080a04b3e708c42023d58f92b5576320ddadcb576984ce0b25eb77f6da1c60ca7b3e424a36a26403372b345c002c7b1275ecb3440d8ccfc69dd63ca828bcf3f5c0c81ea5b29a37b7a678bc7fd1e87157431894c802c8a742b71611a4ddd6a94f6f240d7dba1e5240d07bfc5071d18a13083c5df180ce7af68e94b758e2c9db2cd82dcf2aaa7a0a83e1388433da64cd0173e5a96ce23c49dead2427859808b3c05f42d1bc65a809449cf56501a5dfc01226bb2e3e702417f1988130e8cc026ace1bb4d3dae74dd6c21150a04c63a780466e5aa82bc8d29630fd9b62542720de33dd550f788775ad313d492ca8e598add9bc715cbd124f4634a439081f1852c63533590512bc72486fc39cca5b8c8248160bb0b5c4ba32f6a00df68b9d069f2e350c6d8b8845c9d13f31ae6de78986760146b48381cd4bf73a998b085ceeb450526c4b9da0a524026b9a7a1957f98a8b61aea83bc924ea085bfb354cc00ffc7dec2d4eeb48220175698a0fea5a49601f8cc375f9be94f555482949f46551c48574a49bb4cf4eb94731264eb12546e2774956868fbf2c589c673c487aad5ae6be4cf9e3b0e305b68bd2049291350d9e227f5e873fa0a764c7a8072ab4c736d7273c9a4d2b488e343bdc7411f3ce14a6a5115c14ff27a0e176ab9046486f265bb7bc8e70959c78515d49993836b9a221b025cae9b50779508b60cfabc939e9c74bea86f915af77a367ad10c5aea565249d0f88d293b61a951ab8fc97fd9afd05ba0c2694b8e7a3eddef3779f346925c6560cbc6e6fcc0b447651097ecae5c5f40391f32be4428b61a796bca34dddf8990553c9d17c1f7d5c11d00fd95e2f964113e4738737a2adba94d1357fc74c43d390766eae1c7e28d122936fa5d3594f6265c36a1af4e46fd952761fbee8	2026-11-27 08:42:49.272+00	2026-11-27 08:42:49.342067+00
6206459c-75bf-40e9-af35-055a3a7ca57a	98c58e01-ce2e-480f-9701-4e39875f881a	84b7e17c-c360-4436-8bf0-3a640ca4c649	fax	84b7e17c-c360-4436-8bf0-3a640ca4c649	2bb5cccd-1390-4c45-aadf-8f3af2f9515e SENT 1	ACKNOWLEDGED	t	[{"code": "", "text": "2 sidor har gått fram.", "place": "NA"}]	\N	2026-11-27 08:42:55.642401+00	2026-11-27 08:42:55.643089+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	2faa1f5d-dfc8-47b9-93a1-0dfe974d466f	85f67dff-26f8-422e-8c65-0ec7e4231bdf	sdk	85f67dff-26f8-422e-8c65-0ec7e4231bdf	b7467c71-dec1-49ae-b99a-69ee6b1e05a8	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:50.323+00	2026-11-27 08:42:50.362178+00
6206459c-75bf-40e9-af35-055a3a7ca57a	b7a74b3e-19cf-4077-a0d5-bc52e035e131	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	sdk	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	b1b5eab0-2edf-443e-af07-a93e0c83312b	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:50.574+00	2026-11-27 08:42:50.747426+00
6206459c-75bf-40e9-af35-055a3a7ca57a	d644ac05-ff8f-4111-88e0-7e5abe1630f1	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	sdk	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	27a3462c-859e-467f-8968-dd995da77fee	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:50.965+00	2026-11-27 08:42:51.008427+00
6206459c-75bf-40e9-af35-055a3a7ca57a	afeab2e5-cb51-43cd-8da1-920b72402825	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	sdk	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	7d1f9b72-5aac-4370-8ccb-3bbad7791ce3	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:51.091+00	2026-11-27 08:42:51.128765+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	24f93761-2f3c-417a-8b6b-3a57c938227e	75b11cc2-6785-446c-9f84-9a2701698c47	sdk	75b11cc2-6785-446c-9f84-9a2701698c47	28aac914-fa32-41db-b9e4-aa2b700385ae	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:51.211+00	2026-11-27 08:42:51.834926+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	85d28922-b52a-4146-8336-6ef58d74f984	d3b7799a-5cbb-4df6-bf79-e75c99d36189	sdk	d3b7799a-5cbb-4df6-bf79-e75c99d36189	dff4faf4-bae9-4055-a1af-37b38f3d999f	ACKNOWLEDGED	t	[]	\N	2026-11-27 08:42:52.017+00	2026-11-27 08:42:52.592113+00
\.

COPY public.schedule (name, due_at, lease_until, fence) FROM stdin;
core.uploads	2026-11-27 09:42:48.225397+00	\N	1
core.bin	2026-11-27 09:42:48.752132+00	\N	1
core.sign-in	2026-11-27 08:52:48.789773+00	\N	1
fax.fetch	2026-11-27 08:43:41.682937+00	\N	20
core.senders	2026-11-27 08:43:49.019175+00	\N	1
addressbook.refresh	2026-11-27 08:43:49.022499+00	\N	1
core.audit-seals	2026-11-27 09:42:49.025105+00	\N	1
addressbook.watch	2026-11-27 09:42:49.302442+00	\N	1
sdk.overdue	2026-11-27 08:43:49.521471+00	\N	1
sdk.log	2026-11-28 08:42:49.525216+00	\N	1
sdk.certificates	2026-11-27 08:43:49.529185+00	\N	1
sdk.fetch-1	2026-11-27 08:43:41.698209+00	\N	63
sdk.fetch-2	2026-11-27 08:43:41.950441+00	\N	64
sms.catch-up	2026-11-27 08:43:49.820377+00	\N	1
email_link.sweep	2026-11-27 14:42:49.822083+00	\N	1
fax.follow	2026-11-27 08:43:43.954175+00	\N	21
sms.send	2026-11-27 08:43:42.205463+00	\N	65
eid.once	2026-11-27 09:12:50.063585+00	\N	1
eid.evidence	2026-11-27 14:42:50.065299+00	\N	1
sms.sweep	2026-11-27 09:42:50.066752+00	\N	1
email_link.due	2026-11-27 08:43:41.656848+00	\N	9
email_link.bounces	2026-11-27 08:43:49.963898+00	\N	2
core.alive	2026-11-27 08:43:49.320872+00	\N	3
sdk.status	2026-11-27 08:43:42.666939+00	\N	10
\.

COPY public.sdk_access_point (id, answered_at, failing_since, reason) FROM stdin;
1	2026-11-27 08:42:58.607224+00	\N	
\.

COPY public.sdk_arrivals (organisation_id, transport_id, message_id, document, sender, outcome, at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	1b88b948-3c33-4cf8-aca3-27f46cbe534f	1b88b948-3c33-4cf8-aca3-27f46cbe534f	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:regionvattern.example	ACCEPTED	2026-11-27 08:42:49.298151+00
6206459c-75bf-40e9-af35-055a3a7ca57a	6602bcde-6f8f-4218-960b-6d73e74d66c1	1b88b948-3c33-4cf8-aca3-27f46cbe534f	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:bjorkvik.example	RECEIPT	2026-11-27 08:42:49.342289+00
6206459c-75bf-40e9-af35-055a3a7ca57a	85f67dff-26f8-422e-8c65-0ec7e4231bdf	85f67dff-26f8-422e-8c65-0ec7e4231bdf	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:bjorkvik.example	ACCEPTED	2026-11-27 08:42:50.328861+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	76766cbd-a6e9-414e-8447-2211e831d471	85f67dff-26f8-422e-8c65-0ec7e4231bdf	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:regionvattern.example	RECEIPT	2026-11-27 08:42:50.362357+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:regionvattern.example	ACCEPTED	2026-11-27 08:42:50.577613+00
6206459c-75bf-40e9-af35-055a3a7ca57a	fad92444-a408-4a34-a5dc-40947486f403	afdbaafc-6ce5-41dc-a6bf-99a25416dd7c	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:bjorkvik.example	RECEIPT	2026-11-27 08:42:50.747568+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:regionvattern.example	ACCEPTED	2026-11-27 08:42:50.977167+00
6206459c-75bf-40e9-af35-055a3a7ca57a	8f327ff7-4a5a-4ddd-a25b-bb3df6a121c6	7b73a381-6bdb-4130-a3b4-a44bd5fc126d	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:bjorkvik.example	RECEIPT	2026-11-27 08:42:51.008589+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:regionvattern.example	ACCEPTED	2026-11-27 08:42:51.097793+00
6206459c-75bf-40e9-af35-055a3a7ca57a	3e404dc3-f894-4cf3-8776-07b97d5c52c8	e854fdaf-52c9-4fdc-a078-bb8dd0491a27	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:bjorkvik.example	RECEIPT	2026-11-27 08:42:51.128932+00
6206459c-75bf-40e9-af35-055a3a7ca57a	75b11cc2-6785-446c-9f84-9a2701698c47	75b11cc2-6785-446c-9f84-9a2701698c47	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:bjorkvik.example	ACCEPTED	2026-11-27 08:42:51.214547+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	3b727fe7-8ecf-43fa-9ba7-425acfe911cb	75b11cc2-6785-446c-9f84-9a2701698c47	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:regionvattern.example	RECEIPT	2026-11-27 08:42:51.835057+00
6206459c-75bf-40e9-af35-055a3a7ca57a	d3b7799a-5cbb-4df6-bf79-e75c99d36189	d3b7799a-5cbb-4df6-bf79-e75c99d36189	urn:riv:infrastructure:messaging:MessageWithAttachments:3::messagePayload##3.0::tm-base-ext-sigenc	0203:bjorkvik.example	ACCEPTED	2026-11-27 08:42:52.0199+00
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	11dd5758-762b-45f8-827e-b77501cf54dc	d3b7799a-5cbb-4df6-bf79-e75c99d36189	urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2::ApplicationResponse##fdc:digg.se:edelivery:messagetype:response:1::2.1::tm-base-ext-sigenc	0203:regionvattern.example	RECEIPT	2026-11-27 08:42:52.592261+00
\.

COPY public.sdk_enqueued (organisation_id, transport_id, delivery_id, at, recipient, purpose, word, asked_at) FROM stdin;
\.

COPY public.sdk_identities (organisation_id, id, participant, pair, created_at, signs_from) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	8bd90004-f07a-4147-a3f3-758860e02f30	0203:bjorkvik.example	\\x000140323ceaf1d9cb54e57fbebf0668de7e4fd5f98bf3c1d24b2920c262eb9c3f15aa8c610723c7f5259b871ffd8bab9160c8597f6c94ebbb42063910a61b4a22c2991b29288af7b9b2abae57f24c88c81aa3dee6288d5449f44832c0e0a886fc025c5ba300164a9956b237f4406a5a06eb3bd30378b3311674a647c9c1682b8733fc1bdf357af4a94b0ea7812cf05d93dbf562b48febc22e78abf372a62d8cfaedd68ccac457b7dda304d2e4e5d3199327764865ad83d1e7478241eaf616a3a4f9ac8bf356d37c358d826e1f3e37d88afc44e4baf7c405c707db5035e0aaee58e50bc820e6425cf9db80d0dfaf553906ce873b7d4df0abcd4d10fe99d5d6d5a5744b18243c5ba884cb5d080db48cfea491e9cd28ce79934fe8471e0954976013ee034320cd79939599fc9ba7605f9fa93209a4a177b7d5ac17257ddd97995112cc8574cd94fa270df2e70bdaf093fe4b92cbda398d5c455becbfa490e5e83e68085e2836bb36df3f8cfc69ee62f48aa6429c10d2efb9acd45299de13e303d3089bb349995e955407930f058768bf90cdc6a654687e5c2f1326419fce20b0c286143047567327224c19e21b4ffe317a8b9d4dae149904f25daa99aab00c139275bfdd00f1f832459c29b951c3ed295d052283d741057b180d1cc0335cef72977e1f893760ed1528a0cbe1450224ce019b12c7e56d2893bd8640b79ccfeb567a8ac9eca63b933e55daad29bb3a377a338e95a4ab08043a9970ed1d77ad2a8fb924844a377346fff95ebedaca66a37424f1ff8b467058daa89c9092fcbc3d9cc5d769d3bbf7bb0a01e7d031a2c2e8241c416d8417ef4d6213f78d12c70655886ccf4f2361a903fbf098b119fe8f96599e789385720e14c60a15ef200c948b5db8f11d8fe87c551c6aadf1b348165cb72ad7cd63e41111bc42b879eb79e43a064f78e804e2f06a73714625c60cb0ead397117bbc0c96185acbfe50539df0de42e6b8048f97704518a7806de212f958d4152ef59319e18894b9f6476671f339a2fd06c1b5f272cd390d5e49cd629e1a77c1e053c0c4caf89e02bfe184c627adf79e46979a9c750637369d82d889f1c75e656e0392e6098f50c8489edd00d3cc2dd71cf0e2eecee143678defeae1734f9aba1db6629677230d6182069f21181e2c6c17c782d94f9ed8db343282f85b4aabb6cef9c47f7509978d9e190f6f25820616f0160283663e1fb469633908d06fbb34e10a06b805db8a5eb07092dc11a10f85b5459896351d221290b6dc782666bf8f2e625b4fdf0d8786fe4b3e6768cf68b9c76b137afa76c2118e5212977c3eab68f791ca95b62ec109dc1a025522c7d5c97921108ba08429e23d6a1826b0ab4d6b7c866ff48921c8b4ce9864bf85334535656003a212d4892e17db9151049777c51b3134fd6e34b455b8fb2e60e3f3fd5639a3d7fe8fc4dc9695c3211f4994d066bdd1655432a69be4495c115cf00e72ef951164594114d6d73f1e2a567994e652fb20341f4fed3cebce8b77d995820e94e589c4c69d479bc8ff3d0c37d55ffaac37fec3ca56f70e1fdfd0fe445e9d2904f9aad9aa631a0f872b8709ed90bce3561d9bcc947940f182a04fbd963cda84e49a43d6a5bb1f574f50a63a9f8b7f5dd160cff2faa6c2d0e0b8f33cbc81a4371e3e74a934be93cd2f713fc94abfc0bd7d9fbd00ace64df84dcb21bd45f162c49715dff2ef1c31ac3f77d90f4773d71cbade472b0d517ceda2b382b950682e00bf10ef800be8ba7bc2aa0011eda6be3f6078d85daab7dab1f6a35fcfa27dcd63afde45c9119438fb4c1879222879dc023163f16528fb849e8fec2567ad497a4f81923b57800425395961740e7f1c03e129162abbd8d332756acab8029a75eed5cbfd95408b2480403601e3e2670374286ac8cdcda9470542518f70e729d6853923bd8ba6d73b2dab5b8f919d5cee07ac22d8ea0c5d6bfd448970d85adf60d7d94ed1894d2e144622fbba7d54ea19e3984d27ca8a94b62f535fa25a0a4a5e0fb504dfc4c4c3dfbbc3cbc10d8da5db1bc86c29fbae7ade0cf4bfb1e243cc9d41a781179630f0d91203ad0885776b59faf7280f50d1d7eacd020e9cd80792b258026a9e4f9bf7d0b10e96f5f5af07925738462945145755f99f4571277a4408d0f395cd047525fbd46b0c6cf75b8e85085303b0abdb87f2a276067007f8580c9c8a477d280e559de8d1b508324be4d5a1cc8bc7d749c9b30de502190f46e27aad9b1bd6aa03f70d31e0d555fd00bd672d6e9df88f7a33c643bc8e55f06f611b6be5a640a236b7894eb16e2a5100ba125e9df9ab3caded0080b3c33f038f2bf4727aac97743efc51863b2aa0fccb305cc37a568a72ecf5248b072aa6c3704802ccd422b9e6301a0e0136c5894bdb5cc25369c4dc7a92c0bf799def3e8dab3d3432b6f947caf81662ac410dd1137ffeec9ecf47221a20aa2f1a3acd0508c08255b311f52b0e8009088ac48e7a2bad36dd54fa5891815540dfa6e3cf74f0d25f6073eadbac90e7f1868fb6c84987fe800cb597898cada1f7a48b130226b96e865be51f9f5bdc0935a4a63cac3617f4975e95e5ac156b9f33dad78d10a5e7163490d2bbb26a817929241a55cb224121ade4a16f6cb4832dee43b75492e631494c0dec3bb62301901cd57d536879cac09f81ecc9b97721007d9af1bb09cc86fd37db712e87000dc7540e4996a8c10a5ecc2126c4e6c9e93c364c33fabac9905a1da1e8bf9996164ac65ef53b6171444e6e356a408719d4ba5365e09da12f8100f7ab24063f1f9c63b8ee867cc8dc09c40e56e5d5f9a0851bec9e97b694b59ec82fa91f6661174a5b91dcb5d10c46a4f8b596af2a8d53678fad626250c7f957ae5c24595ec2a14b147bb98714fc92b6f62f37b1eb827854546ef79fff43e4c891bbe76fcc2423b93f0ecd011a033d186418c875b93f50262819a2c653fd79e5eb3ac52021c86452cec5aa613d62b23f975c2c13ef7226b214beaa4c0215eddb2bfafd37cbfa7069f99e273693b1ecc9c80a92bf233ce82e598caf51ee9eff9f29f76468f0ab6980d4bb40b8448cf861dc67a5f41be756d8911fe8871dd94602b5b378fafc538586395ad923c56cf68ac5f0b606f50eb1194fedbeedc7b996a628b2d723e4b1f536643e217fb41afacced43ae39bbd9456a5635498643084baa26e7c71abacf70229df8ee89c743a9f9db9993cac90491f06f6a807b788a73ee182051b65289063ffcb5ed68416c27437c38cb3831f3898a6680422d601d367d3bd774083345e1ea9c59dc210a0ecc74101687b5fc2bba11ca881e0ce751994e4dbcfba1d44850090809dfda52ccd66ad73fe8f9a90b3ad720c8cb70b4933090bf5115f95a6038c08eb3a5f9d10587dff23f29b6fba5e2e9178c130551b01d8f8fcde8d92738544ead3661e99d1f5042de24712c5c0f1b506819d911559419f928f65efbadef19590f8e9ac3c60d40899ff1f4dca032b0abc2e73ca83f71d930e604a9cb623e50a21f9b34aca8d18208115c0a5cff6afcdcd70e16d4911fed1a58659141ef62bf65514b6a25a0fcbbbc9ff8300b3eabac452f3f3a5ebc679d94deb9ac7f391f4c9cde8d07b673b10a4e502b4d83015030706594fef2633043e5a6727a005c448c419f03548c226ebfff09c4a6652443a6459c99ba89e3f520775e4c7c6b6aa5f89de04f8e9f46734cf6d7cc4a13113caf56817a7bec350e22018776575ab52bd61f72b5d610cb10a63dfccc53f25afa66be6afa02a56b0b5b53572317359af3f7b66994c65b95824c876c7c216831eae904700d862a27b4a5776af2f9b07231e384090de94dd9affca82788179ef2eaf9892d93f23d5aab5c752b9a559e60654bdbef0c60778bf7f17464906020771f55f15f608ffe6168cbefa135cb9dc85479c1231901dc7993b94fc043e7041e4ab7a03c90bb1f540c004e6b0660fc6f854a19b393072419dffb1cea028ed34e5deb27f7db9a9e59b689245ef06f087375c793fabc624a54c1db6db0962d24f4cc4e3858b626287b42f009177c97f90cbea259c596d9b38d3ee2e85af3f0f7d0d2240e54b74fdae06cf3408b2d53821fb9ee03e5197c8c07fc58c749c369cd31526cfe7cf0c922f875924cee49d71cd2b580cdb308a0b4c523fba4b06f1bd64ec4512f182f35a61e668795b1b3671458c136ddd4aaa99371b4ae99dd9470e24a189073f57dc68be52ad857f4cf94f20eaf4979f49e94b79f4cebfbe305f68f4c1c0ec5aa98af87297657392e2f81640ada96ff7bc2e916489b9d6b78764c3227f5c8051f47ccb05be6e8b606781a4253db23882a6a13dddfbed947c4b5e9e7bf48b6b364f929f72b345d5d318fd85d9953fb0533026c32466061127001a27fd0c07ff295f81c6cb54adf8b63caafd43319adeeb3587c793db17e6bf3e46dd877c99b2954429c0f656cc267e76f6a89c789e838388fbe7f82bc66869f6a792cea878b0b324713c79f23b75dc0521eaf8e1653bb5d3192626816f665562b678ae4d9e2fd9dcc5f6e14855202825a533c6d46b8232752dcd219df73b1855e71e1fc80da1334932bf1b8da326aac7278c122022e88c5153b41752b2cdd0d7031c7ee291934bd0ab9f324fd78b898717b8c9acf01b6f87dc74ebe80980827df4599074a12da00e4d7acb1386de119f66fc4098b17d0cec4877091cfb095fc552c06742e783beacdd27514a856717380209674fc9c253ddc66017f85987c458b670a06cd2243108d524b7e1815406eb284712613679098a82cc84970f09a9bb82154ea1d6213866895d68f1e155b8f005854c17b471abf7dbde2a7bbb5891558f6dcc55162b01d3edf62ca1bced31377401d704d3a1b5169a5d43cde76faee2f9611eaeda05dfdeb294d5e48615a5730718ea9efa410ddad5a4d2c5ca1b457a4096e440a883e79ed9354967c8131c3e9bcaadadc5349c515c5605a2d34558203555210802a279c0fecc5bd3672d2e9b0b3d78bdbe35b851fd45f2bb96eb50c47d595ac162aed2e3ea85fe033f1b6cd18c1a496359d391a7b22a3448f51fc2c3e48a47b967ef34064b4b78c472a2de72f1937d545e6339f346bea58c53340a1c9404b653d789b8e95732e44a85894a6d9023a9cc256b16779752972580d72305e50e60168ba23b52565ab386e33285bd133c8116d393e8824a124033954d0774f0fa77a23fe6795b06a47d4d6cc0fd622d7099a12d539575e2841ee7eb0d17af97b073c4e0b683e1975ba461ca0b676e2ebb25047ff754e4e7c17028d7ee4a00aad494c7abbab89f179877c36ce8307d0e80b492ba9c42ede7e3f8e7276bad1593e91758b4160798ba941ff012166d64646ee8e10c411126cb8a68c4f9fb5f6f7be758324799fced772b89633d701d0908338cd2d90c6aac00f294a5b8bbe4f75138356877c628f1eb5c992faf3f7bb00d15f646f9f244767a05fbf1aafd57745298a54637770e535fadb67bd42c387bd4606383d3085b902a41eb40cf0789c25bc23c9ae7139771fa101aaac5f2c9a43640efeb8b2ad5ec551ff2015d88799ff0ffd7f3bf27b9a4b98a3e54554d7fc5bd8f0356d190f03e27f2ea7ed1f754f1b2967145e3e321cc64e9a744f6f59e5ac2e6c7077547116f3831757f4f2ffabfee4258b29c2e48b5bcca7952d6ac59fe05a6200	2026-11-27 08:42:40.942267+00	2026-11-27 08:42:40.942267+00
6206459c-75bf-40e9-af35-055a3a7ca57a	038ae6b0-8ce3-4c22-ae8b-1062b6d8dead	0203:regionvattern.example	\\x00011b959db326d4d296e1ffb291a8025f873c804345e5b315f057fee345905689eb3d1a2f263b3ab1d509e13993c0f0e7e39facd548509d248c70a7d0d8907945077bfe30002131a27ecd024d289d7c7f05d6e34ddb0f61e7ca983ff50f37c5b4dbabd32fc4a92043be70088e1a123e6a6b80a3b71b4dd9ed8e53996bb9b972d39eb3d5fa1bf05347fd29fda00a681d7a19014778630f9cff634bcebeb189fdbcfe69b947d1a3aad34c98b29971fa6167277e8ed5e2b9bf7307c95958474445a0bebfa30d994ddc95e5b5c493dd56431b6bd827c6ab09a21099921ced586ccb02ce0948e3bf920b70ec09442c4f1e1ec872f58a6c1e8cf4cef68304e8414eb5eeec69319a277bf49f91a52932cd17df2b55250a26a234c5d32ce6a6332a458c349945f0945b76de138d3442fb251ca67a708d2b236c6536dcdca091cfe8ead2fd589834584444939ede4240a21d68ac6330e416fb4d7444ce5715dab0058806861e450e1afb86b94012c52ff6c3a89e74bab24e87c85dd62dbfee3598a02052e8f2deab61a6f311743a4ac7e3d3380f9a54887ae662534d2a673ca710b33e8e8a2a8b24730f7e8efb9f036644771df1db80b15eb7c62a072be8c226242f8d213efe2e37037d5b2c4194820d24c8f1b87c57840fb3c59632cb68ecb91b5280451f1b437b6a358a22a74de91e612b9ed31b51ab64e950250b703b00135f5db501c480849c9a55941e722af98deb0cf638307e85efe9144f28f8ae72524baef44a544f8a862df43c33848791ab5a8ddb8add23152c477dfa03d8e86c07366d34dc2dad6fdbdbe20402bccdabc07a0e739d8425051dc34457c8cd669b4aab294a44f13b74d96388b97c60a80fdb75f96787af6b91907d853516d7554e7769c2d392bb4925e10584e006fce7de70539ea57ced878bb286d2c341f129674794268bbddba255e77e56c3f7365c64dbc9e89ddb6bfd0d8149c5a04e293a82f6cd059893ba882ea11bbc1aaa0a4e5e7051707ebddec79eceb05d28b97f729d5498fe06f118a77db07cff5ba51185f7e66e4db84fc2b33aef01a8538eb26c7fa11ad3cd6e51782a24bcff8ae4cfa81333f16ef795cd348755a1acd4477ac8b3d25807fbd9d65f10482b9ee14bbacf06d1f95fbde964306d6cb687cdcc5e548a9abb775e44cc6127cb47dc0ae96eb80ca64b1da5ec8d6dfc98db266fc0c115cc1fbedcf800dbdfe11c49b052c39718fa270ec7d6c21689ebc7c7b8f91127506457c43fe47fcfa362b0567875f7410ac2e94230b91f4b376ba0af144fbd902c2b6a100eea491808552d89dc3a2899ae757eb1e010575a7295369afb84c8633c9d46a565e187f237a77d4a889190123e08456a661496787642486d1862c77f6a0800ac6e36efb8a58d58d06fe2469af18be31eb5c0bc97b7121784ae16df2a0a6b8a0ac13c1f8ae66a05a82d27c426340ac9691467dc1c5a02b5df203ab5bb2e71937cfe7c7f7eaf37e1e8d72da30c8edff217da898007b343b88a384808b6ec1e4cf56631623892e452f0ab4224d3c08a1a3b5b8ad6bfa017d75bf663fdfa30b0d7f0fde781e493e8c91b63ac9c1201df8bc91e1eaf7dc960f60592f3fbb446dec169c5ad96922c5ad2c4a7abf3689170b846b502ed8bf1d03a5e453a69269f98edd47bde63368dfb913575a1e68f0c65bfc900883693d31aac8b429368419ed9790c4c11066be4b00166b30da3cd3fd217cef13843d448316be8018e06493ad61367bc7340514fcf6b7e15947e6c8a64c0ab0cb66ec4a87f792358e98504131edf9adccbb13112a397778f6a67e280c7917c99aebfd31c1f422dcdd0259501fe41600ac1840e3cb893bd350d6fd843349d1faa6b5fd00cc6bf3d3acecf76fe314b66eca4e7e78de990c70089491723370c8a9bc8a483b7434ef06e5621b0b7c1c79d48862c69aca1305cbf5f76d045c1e63e4728471df4edeb8b6ebd1383c767a5834163ac0d7584ffb9b0941e9524d3c626e5e601092fc57097e8947f8cae42a878cc0ad64af7a685ac10e141058d320f9a1f9230deda1e1399ab0f7996a216842cb2c6a8420a841673bcb574b0a06dc47a84eb4ea1e31e42845f1b0ebe174cc9018b3a07ef487106cb9adad152ca2cb92fb5eaef52590e7ded8e619968d9b6cdee3575474dd1b63ac5712e89d60554fcedf108ddfa4235ba84c4625674a20db70f6309c97bf01a0dddc91bf577fe6ffd73f7b7f22aa44b0c65765b2175fdcfe13ff04b0c672836385b0bb70b8dbe7ea6661c0e5acf798567565cc599b08944179254b0b3eea1e43b2f18736f67aea6edaed5ee99f4a3652887d6d1e4ba9ede2e74b17aa1d52235e7d79806cfa39acaec02449c41c8a46d9b423ef8f2d48d2563ebd9736834cc5853d8a6352432ad9262966c66c120609a7e05b9965907d2285625e11dc5ec6db446d165557746462ee8e01ebecce096bf821dbb055312306091e19352cfc6c5565e3514068bb026521c80bbcfdf9329e5d507d001a86c260526095f116d092c348374b2c4f4a91d1b741e9865a18e79964f4a64eeff3a93b663fabe651ec3de7040cf4e0a66bbb779233d251b78c3a3e994887e98f5b6c6aedb6c5636fa0ccd9633821238e5d898542fbe00e2e15986277533c7859f352f04e92cc2f73b10792709fb3d4cb59a07bf32e1d1db6d7c339a3ff123ca71da15a092a8ae77207971f1a6b1dd01a157725c32a42b195bc7d1c62716f3ea8cab6a898b5d058f9004f52a0e7f88c162726e066e43151137b0cb5597e46c0a35f77c30dcee541b9cf7e6c14c72e76a604f47dd63e8d6e11b0c21c7710c18ebcefdc834042463f98edd5b0925eca2b70502edb5a4b89121dbaffcc554b710da95cdb1e0959af88b6060c6a4e1345d8b21e7b0075efe6a720ef1332ec54eb5357a4e2c59cccb313175f1b300fd93fa8cbaf2e73487db6dba130351b1e0a1358aa3bbbbd94f180de58ab89c69b72123ae9e4b20b643aafc574dba690c9765e27e918946c73a62e066c35f16e71de31070660a3b14de2bb1fb2ec1645075539c1f1c58b20930b37a982402cfcf560c93b1bd676e7601ea53b2d6e282e977dd2257328b08a86a688f106081d56b1b004cd6dbfb15d811bbc47f4476efa2bdacd1e610129e8a00b304493fe35b1cc270d93a68d32da5ccdaf09181126c357e37fe149ede8f682339a4fcf8c53ee10455609cb2c28b2947f396b3e145e036fbfb0a2c3ee64091fcbdbaf02af05c64398c710892e0e97dc1a2919e66930e6797af9fa92a93e5820d53c4f83f19ffef0c3872d1e2b9b86c50174a82a1007a0ebde882bba4d993d696c63623c4880f155d13437eaf5045be515608aa63b479c4641379fdc5ca6233754777296cefaa7ada3354e53a17156fe3033e364b6b6a6973a9d94c828e80a9466ff4d85b0c4711a4c362480c9f905783d3c5e80b14c45478f8c75c546de9188daf1cba8dc4f81ba69fb88d6f78e9d5c3353509fa99f57ba0f282811e4dac6534446a13d19536f1d87c0b3265754a1895ebb3a5149281c490f07e3b46825877325df5bb93cb4e85dc8899f0dc766526d2d56b72ddf8a0d7186a708ebb1ad9423ca481148ceef4dd3b2112e5759916275b38cad5e68e7d047fcbd602b5f95372e73716574fa51d127415e9a92075972ce0b187163da9b64f2dc27f7b1be7302a615bd3f215d79f56e04ddcccfcd66a3dbee93fdd673ffa2b4d96495a104fdd5192a206ee5ea0ce6b6c9e32c6d179c3e00ab08c89282e2dc9197d3b1b887853b683369515da32f78d447719ffd38036744317c0c8ad9ed82c50b7d441d4276d6415613b89beb9b7f17194a79908a3fa0ca500790db5572b82721d801c7fbc93e3aeca67624046d2f52ec6223e2897769709ee177e83a4ef2c082157a2b958e3906ea7c7c554e90dbc0d8d839adb640ebfc328cf3723e3238e1df73bfd9ca5e5614b6ee572f5759c456accc123ac1e77c54e423acf5a236fca2bc35685607481878381b1e554e75f89b797ccb41f81cafbe34d40b1761188cc1803f8f9e2929d9b2bebc9aa88a2e0624bd2e84ea727f57ec7e4a64ce86fc6323a550f95f64de16ab3e3fd8b7523474046f9ebd42b67e5c9aa5d613c7ecb4dbf4d8964eb6c6e02ae7912de20a2447eb3cf345bee74b96bc54c687b26d85dcc09e012a29eb1233a668f5ca6ece4e67af68c04f480e5a10e246e7e8d2ca548aa08794d98d9d20cfaf22b6de870a118d4060c3e99880e969a581af461f6257f3aae8568b70e44533a79838f4742af93859dfaac92aaccc8d75489e6cb16fdcc4479f36992aa1e0a8ba83e591e9f19bf4e8517e00fcbff89cd7116f21f1f64b180bf1242745e5e45dba3ccecdefc676ba73cf4e1b065b5b6febc21e8402ad46750568130cde057fc39c2520b5dfcf11d89f8601052926c6f09f1dcdc962dfc0ba5480d839a17715d76dabaad7011718136c18c82b70b45559aab983407f7847c4f1e0f3fa134c7bf3b631199c5921612f86da0a10f63646182493139f7eac68d67a983bb44ec84bb9db3a90af962dae78923dff91318c8dd9085f8ada1b267f3eb48bcc66a40d37d0e52088aac447dcb7b93d40d02c30824b8e7a13f9f454f1ddd2ae009e03c39dd07c8401d7bee73e4f16db757482dd65aa58322816ea4679baea044adcf513d86ee369e9df84ff4a66ad7f080c6f6cc064fcbd0114e34f32c010b65f7d09a34e0f179fae4bf2c5036389e0d03c9e5baea2a279083ecb5d078c82483c2f631ca25823a8f8d92ba7c68879a5f7d5bd04666ce60f776677c425066256d01b936c204f302c2186def63cafe5408640c10d118302d4aef0036fe6d47db10d1100fd3aa70320e1cc5afd5abd088a4131c93084a2a850513c7a08304bcc80afc2243dc0a9f146abf632d21b189056025734867d6348e1ad898d0ffa01c1c31cfc05b9b84b821b4c4887a9f2eec4e417793ae1d27f3eef635035786ce866e80be0ac5cc09cae5faab5d54a3cae5793b3b406796c5ebaf5ff6966a6c00b2b5ed01a99338b4111801a34f708b728928d46aecf9b5d758beef859f167a0f22fbf6743786ef013ac23713ac92883bcae42550ba96eb8427eccecdc1554f2f43bfa559d6ef995e5bf0095e094e913c55c636986fc72ea0875d720d50a33f66ef381fe57e52196a79f48875923cf8177cfff0a2d352a649961527dc84a9e591939df0cf5e3f9cf00a6704006cf7c422f9049be7168bb338a5653f9ba4fbb112a8ead5eafd722fa07e301fda476fa5524d4e5c9bac24bbe0a58eec53e11c42144c54088f8c662ebf810d3dcf4abaf39756adf9e4063ab01ecd46184c1133e13488f7ee774d69ba3ac83f11c8aa073d39f40d39936a0d48095c8a168db1ef758902418a3c8649b3f7e59136879a1bbc8a68b42ff30977c745206c7c2a5c47521ef9863e8595507f760b141af03b8d02452e92d528b193d9963868f0d5fad6936274381ed0e485b5d32459b9ac10c38b92ec504178e0560e6e01405303d2199c65a09d9316ee30b006521b3b2ba0ac9631e677a3c549f5e602ad1b23b420c513e4cf7810c7f95b3b47f54260f293ab3d2c39cceff2340a47704411fe4644c27f5c56b66628a3ea128ff078c1e9e6a3fcff1ec510531198b9b1a8367a449f0f50a973f50583411a308d2f88a8442933651a1cee	2026-11-27 08:42:41.392528+00	2026-11-27 08:42:41.392528+00
\.

COPY public.sdk_published (participant, document, answer, fetched_at, tried_at, used_at, failure) FROM stdin;
\.

COPY public.sdk_resends (organisation_id, delivery_id, number, transport_id, at) FROM stdin;
\.

COPY public.sdk_revocations (fingerprint, revoked, until) FROM stdin;
\.

COPY public.sdk_rings (bell) FROM stdin;
\.

COPY public.sessions (organisation_id, hash, user_id, loa, provider, created_at, seen_at, identified_at) FROM stdin;
\.

COPY public.sms_gateways (name, well_at, failed_at, failure) FROM stdin;
\.

COPY public.sms_organisations (organisation_id, sender, notices, text_sv, text_en) FROM stdin;
\.

COPY public.sms_outbox (organisation_id, id, kind, delivery_id, sealed, state, attempt, due_at, expires_at, gateway, remote_id, failure, created_at, changed_at) FROM stdin;
\.

COPY public.sms_receipts (gateway, remote_id, state, received_at) FROM stdin;
\.

COPY public.teams_tokens (hash, browser, expires_at) FROM stdin;
\.

COPY public.users (organisation_id, id, email, name, language, role, password_hash, active, created_at, preferences, password_until, ended_at) FROM stdin;
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	78b9e37c-af18-4d2f-ba8b-d9a66ca857f0	anna.lind@bjorkvik.example	Anna Lind	sv	admin	$argon2id$v=19$m=65536,t=3,p=1$AWgiw4Dp93iv6XvXS0rHYg$cbxiiLOMTnqdJOM0Uby6FRYWDCNpok63bABJFEEezo8	t	2026-11-27 08:42:47.431618+00	{}	\N	\N
2ee256af-2ef7-4edb-a645-b1d8f3eb38d8	24227314-9625-443d-9af6-28526ad6e289	bo.ek@bjorkvik.example	Bo Ek	sv	user	$argon2id$v=19$m=65536,t=3,p=1$d0YgG91S8yi2vxRZwE/4MA$+Kta2In8272MZ5ri+r4mZVGHPgvMhmoIiamlJ6E/Yjo	t	2026-11-27 08:42:47.602841+00	{}	\N	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	3b1649b6-c8be-424a-a97d-66b9db006989	karin.svensson@vattern.example	Karin Svensson	sv	admin	$argon2id$v=19$m=65536,t=3,p=1$lTPdmnsNmDRZe3127CkyLg$FS04nAb0uTL+jvd+PGR3kiDUAWWApghaucDPyOPk6V8	t	2026-11-27 08:42:47.765571+00	{}	\N	\N
6206459c-75bf-40e9-af35-055a3a7ca57a	a152a4a7-11a5-400b-ade1-7f0d86a1bdaa	mats.berg@vattern.example	Mats Berg	sv	user	$argon2id$v=19$m=65536,t=3,p=1$7ZGvv9aAk/PM/I8abHjvrA$IqFZo5EAGwegGI+88fLZ59rIiOxmIFUpbd7lMha3sJ4	t	2026-11-27 08:42:47.921069+00	{}	\N	\N
\.

COPY public.worker_faults (kind, subject, worker, since, seen_at, facts) FROM stdin;
\.

SELECT pg_catalog.setval('public.addressbook_copy_id_seq', 1, false);

SELECT pg_catalog.setval('public.case_events_id_seq', 25, true);

SELECT pg_catalog.setval('public.delivery_events_id_seq', 63, true);

SELECT pg_catalog.setval('public.email_link_outbox_id_seq', 8, true);

ALTER TABLE ONLY public.absence_answered
    ADD CONSTRAINT absence_answered_pkey PRIMARY KEY (organisation_id, absence, sender);

ALTER TABLE ONLY public.addressbook_changes
    ADD CONSTRAINT addressbook_changes_pkey PRIMARY KEY (organisation_id, mailbox_id, identifier, kind);

ALTER TABLE ONLY public.addressbook_contacts
    ADD CONSTRAINT addressbook_contacts_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.addressbook_copy
    ADD CONSTRAINT addressbook_copy_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.addressbook_favourites
    ADD CONSTRAINT addressbook_favourites_pkey PRIMARY KEY (organisation_id, mailbox_id, transport, identifier);

ALTER TABLE ONLY public.addressbook_functions
    ADD CONSTRAINT addressbook_functions_pkey PRIMARY KEY (identifier);

ALTER TABLE ONLY public.addressbook_links
    ADD CONSTRAINT addressbook_links_once UNIQUE (transport, identifier);

ALTER TABLE ONLY public.addressbook_links
    ADD CONSTRAINT addressbook_links_pkey PRIMARY KEY (organisation_id, mailbox_id, transport);

ALTER TABLE ONLY public.addressbook_organisations
    ADD CONSTRAINT addressbook_organisations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.addressbook_participants
    ADD CONSTRAINT addressbook_participants_participant_key UNIQUE (participant);

ALTER TABLE ONLY public.addressbook_participants
    ADD CONSTRAINT addressbook_participants_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.adviser_words
    ADD CONSTRAINT adviser_words_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.alembic_version_absence
    ADD CONSTRAINT alembic_version_absence_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_addressbook
    ADD CONSTRAINT alembic_version_addressbook_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_adviser
    ADD CONSTRAINT alembic_version_adviser_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_eid
    ADD CONSTRAINT alembic_version_eid_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_email_link
    ADD CONSTRAINT alembic_version_email_link_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_fax
    ADD CONSTRAINT alembic_version_fax_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_message_api
    ADD CONSTRAINT alembic_version_message_api_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_sdk
    ADD CONSTRAINT alembic_version_sdk_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_sms
    ADD CONSTRAINT alembic_version_sms_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.alembic_version_teams
    ADD CONSTRAINT alembic_version_teams_pkc PRIMARY KEY (version_num);

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT attempts_pkey PRIMARY KEY (key);

ALTER TABLE ONLY public.audit_heads
    ADD CONSTRAINT audit_heads_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.audit_log
    ADD CONSTRAINT audit_log_pkey PRIMARY KEY (organisation_id, number);

ALTER TABLE ONLY public.audit_seals
    ADD CONSTRAINT audit_seals_pkey PRIMARY KEY (organisation_id, number);

ALTER TABLE ONLY public.case_events
    ADD CONSTRAINT case_events_pkey PRIMARY KEY (organisation_id, case_id, id);

ALTER TABLE ONLY public.case_words
    ADD CONSTRAINT case_words_pkey PRIMARY KEY (organisation_id, word, mailbox_id, case_id);

ALTER TABLE ONLY public.cases
    ADD CONSTRAINT cases_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.content_keys
    ADD CONSTRAINT content_keys_pkey PRIMARY KEY (organisation_id, owner_id, part);

ALTER TABLE ONLY public.counters
    ADD CONSTRAINT counters_pkey PRIMARY KEY (organisation_id, name);

ALTER TABLE ONLY public.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.delivery_events
    ADD CONSTRAINT delivery_events_pkey PRIMARY KEY (organisation_id, delivery_id, id);

ALTER TABLE ONLY public.eid_evidence
    ADD CONSTRAINT eid_evidence_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.eid_once
    ADD CONSTRAINT eid_once_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.email_link_accounts
    ADD CONSTRAINT email_link_accounts_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.email_link_bounces
    ADD CONSTRAINT email_link_bounces_pkey PRIMARY KEY (organisation_id, bounce_hash);

ALTER TABLE ONLY public.email_link_links
    ADD CONSTRAINT email_link_links_bounce_hash_key UNIQUE (bounce_hash);

ALTER TABLE ONLY public.email_link_links
    ADD CONSTRAINT email_link_links_pkey PRIMARY KEY (organisation_id, delivery_id);

ALTER TABLE ONLY public.email_link_links
    ADD CONSTRAINT email_link_links_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.email_link_notices
    ADD CONSTRAINT email_link_notices_pkey PRIMARY KEY (organisation_id, message_id);

ALTER TABLE ONLY public.email_link_outbox
    ADD CONSTRAINT email_link_outbox_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fax_contacts
    ADD CONSTRAINT fax_contacts_pkey PRIMARY KEY (organisation_id, mailbox_id, number_hash);

ALTER TABLE ONLY public.fax_jobs
    ADD CONSTRAINT fax_jobs_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.fax_lines
    ADD CONSTRAINT fax_lines_pkey PRIMARY KEY (number);

ALTER TABLE ONLY public.fax_organisations
    ADD CONSTRAINT fax_organisations_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.fax_ranges
    ADD CONSTRAINT fax_ranges_apart EXCLUDE USING gist (int8range(first, last, '[]'::text) WITH &&);

ALTER TABLE ONLY public.fax_ranges
    ADD CONSTRAINT fax_ranges_pkey PRIMARY KEY (organisation_id, first);

ALTER TABLE ONLY public.fax_talks
    ADD CONSTRAINT fax_talks_pkey PRIMARY KEY (organisation_id, mailbox_id, number_hash);

ALTER TABLE ONLY public.flows
    ADD CONSTRAINT flows_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.guest_sessions
    ADD CONSTRAINT guest_sessions_pkey PRIMARY KEY (organisation_id, hash);

ALTER TABLE ONLY public.identities
    ADD CONSTRAINT identities_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.installation
    ADD CONSTRAINT installation_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.kept_drafts
    ADD CONSTRAINT kept_drafts_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.mailboxes
    ADD CONSTRAINT mailboxes_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.memberships
    ADD CONSTRAINT memberships_pkey PRIMARY KEY (organisation_id, mailbox_id, user_id);

ALTER TABLE ONLY public.message_api_assertions
    ADD CONSTRAINT message_api_assertions_pkey PRIMARY KEY (organisation_id, hash);

ALTER TABLE ONLY public.message_api_clients
    ADD CONSTRAINT message_api_clients_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.message_api_exchanged
    ADD CONSTRAINT message_api_exchanged_pkey PRIMARY KEY (organisation_id, direction, remote_id);

ALTER TABLE ONLY public.message_api_removed
    ADD CONSTRAINT message_api_removed_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.message_api_services
    ADD CONSTRAINT message_api_services_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.message_api_tokens
    ADD CONSTRAINT message_api_tokens_pkey PRIMARY KEY (organisation_id, hash);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.organisation_keys
    ADD CONSTRAINT organisation_keys_pkey PRIMARY KEY (organisation_id, version);

ALTER TABLE ONLY public.organisations
    ADD CONSTRAINT organisations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.organisations
    ADD CONSTRAINT organisations_slug_key UNIQUE (slug);

ALTER TABLE ONLY public.reads
    ADD CONSTRAINT reads_pkey PRIMARY KEY (organisation_id, user_id, case_id);

ALTER TABLE ONLY public.receipts
    ADD CONSTRAINT receipts_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.schedule
    ADD CONSTRAINT schedule_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sdk_access_point
    ADD CONSTRAINT sdk_access_point_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sdk_arrivals
    ADD CONSTRAINT sdk_arrivals_pkey PRIMARY KEY (organisation_id, transport_id);

ALTER TABLE ONLY public.sdk_enqueued
    ADD CONSTRAINT sdk_enqueued_pkey PRIMARY KEY (organisation_id, transport_id);

ALTER TABLE ONLY public.sdk_identities
    ADD CONSTRAINT sdk_identities_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.sdk_published
    ADD CONSTRAINT sdk_published_pkey PRIMARY KEY (participant, document);

ALTER TABLE ONLY public.sdk_resends
    ADD CONSTRAINT sdk_resends_pkey PRIMARY KEY (organisation_id, delivery_id, number);

ALTER TABLE ONLY public.sdk_revocations
    ADD CONSTRAINT sdk_revocations_pkey PRIMARY KEY (fingerprint);

ALTER TABLE ONLY public.sdk_rings
    ADD CONSTRAINT sdk_rings_pkey PRIMARY KEY (bell);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (organisation_id, hash);

ALTER TABLE ONLY public.sms_gateways
    ADD CONSTRAINT sms_gateways_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sms_organisations
    ADD CONSTRAINT sms_organisations_pkey PRIMARY KEY (organisation_id);

ALTER TABLE ONLY public.sms_outbox
    ADD CONSTRAINT sms_outbox_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.sms_receipts
    ADD CONSTRAINT sms_receipts_pkey PRIMARY KEY (gateway, remote_id, state);

ALTER TABLE ONLY public.teams_tokens
    ADD CONSTRAINT teams_tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_email_key UNIQUE (email);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (organisation_id, id);

ALTER TABLE ONLY public.worker_faults
    ADD CONSTRAINT worker_faults_pkey PRIMARY KEY (kind, subject, worker);

CREATE INDEX addressbook_contacts_mailbox ON public.addressbook_contacts USING btree (organisation_id, mailbox_id);

CREATE INDEX addressbook_contacts_user ON public.addressbook_contacts USING btree (organisation_id, user_id);

CREATE INDEX addressbook_functions_participant ON public.addressbook_functions USING btree (participant);

CREATE INDEX addressbook_organisations_participant ON public.addressbook_organisations USING btree (participant);

CREATE INDEX attachments_message ON public.attachments USING btree (organisation_id, message_id, "position");

CREATE INDEX audit_log_at ON public.audit_log USING btree (organisation_id, at DESC);

CREATE INDEX cases_active ON public.cases USING btree (organisation_id, mailbox_id, active_at DESC, id DESC) WHERE ((messages > 0) AND (state <> 'binned'::text));

CREATE INDEX cases_channel ON public.cases USING btree (organisation_id, mailbox_id, state, channel, active_at DESC, id DESC) WHERE (has_incoming OR trouble);

CREATE INDEX cases_conversation ON public.cases USING btree (organisation_id, conversation_id);

CREATE INDEX cases_held ON public.cases USING btree (organisation_id, mailbox_id, state, holder_id, active_at DESC, id DESC) WHERE ((has_incoming OR trouble) AND (holder_id IS NOT NULL));

CREATE INDEX cases_list ON public.cases USING btree (organisation_id, mailbox_id, state, active_at DESC, id DESC) WHERE (has_incoming OR trouble);

CREATE INDEX cases_number ON public.cases USING btree (organisation_id, number);

CREATE INDEX cases_trouble ON public.cases USING btree (organisation_id, mailbox_id, active_at DESC, id DESC) WHERE trouble;

CREATE INDEX cases_untaken ON public.cases USING btree (organisation_id, mailbox_id, state, active_at DESC, id DESC) WHERE ((has_incoming OR trouble) AND (holder_id IS NULL));

CREATE INDEX deliveries_again ON public.deliveries USING btree (transport, due_at, id) WHERE ((state = 'SEND_IN_PROGRESS'::text) OR ((state = 'WAITING_FOR_RETRY'::text) AND (attempt > 0)));

CREATE INDEX deliveries_due ON public.deliveries USING btree (due_at) WHERE (state = ANY (ARRAY['READY_TO_SEND'::text, 'WAITING_FOR_RETRY'::text, 'SEND_IN_PROGRESS'::text]));

CREATE INDEX deliveries_message ON public.deliveries USING btree (organisation_id, message_id);

CREATE INDEX deliveries_new ON public.deliveries USING btree (transport, due_at, id) WHERE ((state = 'READY_TO_SEND'::text) OR ((state = 'WAITING_FOR_RETRY'::text) AND (attempt = 0)));

CREATE INDEX deliveries_parked ON public.deliveries USING btree (organisation_id, transport) WHERE (state = ANY (ARRAY['SEND_FAILURE'::text, 'NOT_FOUND'::text, 'REJECTED'::text]));

CREATE INDEX deliveries_remote ON public.deliveries USING btree (organisation_id, transport, remote_id);

CREATE INDEX eid_evidence_expires ON public.eid_evidence USING btree (expires_at);

CREATE INDEX eid_once_expires ON public.eid_once USING btree (expires_at);

CREATE INDEX email_link_accounts_due ON public.email_link_accounts USING btree (due_at);

CREATE UNIQUE INDEX email_link_bounces_hash ON public.email_link_bounces USING btree (bounce_hash);

CREATE INDEX email_link_links_over ON public.email_link_links USING btree (expires_at) WHERE (over_at IS NULL);

CREATE INDEX email_link_links_remind ON public.email_link_links USING btree (remind_at) WHERE (over_at IS NULL);

CREATE INDEX email_link_notices_due ON public.email_link_notices USING btree (due_at);

CREATE INDEX fax_jobs_of ON public.fax_jobs USING btree (organisation_id, delivery_id, created_at);

CREATE INDEX fax_jobs_open ON public.fax_jobs USING btree (created_at) WHERE (state = 'TAKEN'::text);

CREATE INDEX fax_lines_of ON public.fax_lines USING btree (organisation_id, mailbox_id);

CREATE INDEX identities_subject ON public.identities USING btree (subject_hash);

CREATE INDEX identities_user ON public.identities USING btree (organisation_id, user_id);

CREATE INDEX kept_drafts_user ON public.kept_drafts USING btree (organisation_id, user_id, changed_at DESC);

CREATE INDEX memberships_user ON public.memberships USING btree (organisation_id, user_id);

CREATE UNIQUE INDEX message_api_clients_id ON public.message_api_clients USING btree (id);

CREATE UNIQUE INDEX message_api_clients_subject ON public.message_api_clients USING btree (organisation_id, issuer, subject);

CREATE INDEX message_api_exchanged_step ON public.message_api_exchanged USING btree (organisation_id, step, at);

CREATE INDEX messages_case ON public.messages USING btree (organisation_id, case_id, created_at);

CREATE UNIQUE INDEX messages_once ON public.messages USING btree (organisation_id, transport, remote_id) WHERE (direction = 'in'::text);

CREATE INDEX messages_sent ON public.messages USING btree (organisation_id, mailbox_id, direction, created_at DESC, id DESC);

CREATE INDEX messages_unchecked ON public.messages USING btree (organisation_id, transport, created_at) WHERE (sender_check = 'unchecked'::text);

CREATE INDEX receipts_delivery ON public.receipts USING btree (organisation_id, delivery_id);

CREATE UNIQUE INDEX receipts_once ON public.receipts USING btree (organisation_id, transport, remote_id, receipt_id);

CREATE INDEX sdk_arrivals_at ON public.sdk_arrivals USING btree (organisation_id, at);

CREATE INDEX sdk_arrivals_message ON public.sdk_arrivals USING btree (organisation_id, message_id);

CREATE INDEX sdk_arrivals_untold ON public.sdk_arrivals USING btree (organisation_id, at) WHERE (outcome = ANY (ARRAY['SILENT'::text, 'REFUSED'::text, 'STRANGE'::text]));

CREATE INDEX sdk_deliveries_awaiting ON public.deliveries USING btree (organisation_id, changed_at) WHERE ((transport = 'sdk'::text) AND (purpose = 'message'::text) AND (state = 'WAITING_FOR_RECEIPT'::text));

CREATE INDEX sdk_enqueued_asked ON public.sdk_enqueued USING btree (organisation_id, asked_at);

CREATE INDEX sdk_enqueued_recipient ON public.sdk_enqueued USING btree (organisation_id, recipient);

CREATE INDEX sdk_resends_transport ON public.sdk_resends USING btree (organisation_id, transport_id);

CREATE INDEX sms_outbox_due ON public.sms_outbox USING btree (due_at) WHERE (state = ANY (ARRAY['WAITING'::text, 'SENDING'::text]));

CREATE INDEX sms_outbox_list ON public.sms_outbox USING btree (organisation_id, created_at);

CREATE UNIQUE INDEX sms_outbox_once ON public.sms_outbox USING btree (organisation_id, kind, delivery_id);

CREATE INDEX sms_outbox_remote ON public.sms_outbox USING btree (gateway, remote_id);

CREATE INDEX teams_tokens_expires ON public.teams_tokens USING btree (expires_at);

CREATE TRIGGER cases_words_changed AFTER UPDATE OF words ON public.cases FOR EACH ROW WHEN ((old.words IS DISTINCT FROM new.words)) EXECUTE FUNCTION public.index_case_words();

CREATE TRIGGER cases_words_opened AFTER INSERT ON public.cases FOR EACH ROW EXECUTE FUNCTION public.index_case_words();

ALTER TABLE ONLY public.message_api_tokens
    ADD CONSTRAINT message_api_tokens_organisation_id_client_id_fkey FOREIGN KEY (organisation_id, client_id) REFERENCES public.message_api_clients(organisation_id, id) ON DELETE CASCADE;

ALTER TABLE public.absence_answered ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_changes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_favourites ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.addressbook_participants ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.adviser_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.attachments ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_heads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_log ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.audit_seals ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.case_words ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.cases ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.content_keys ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.counters ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.deliveries ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.delivery_events ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_accounts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_bounces ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_links ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.email_link_notices ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_contacts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_jobs ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_lines ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_organisations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_ranges ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.fax_talks ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.guest_sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.identities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.kept_drafts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.mailboxes ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.memberships ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_assertions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_clients ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_exchanged ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_removed ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_services ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.message_api_tokens ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.messages ENABLE ROW LEVEL SECURITY;

CREATE POLICY organisation ON public.absence_answered USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.addressbook_changes USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.addressbook_contacts USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.addressbook_favourites USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.addressbook_links USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.addressbook_participants USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.adviser_words USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.attachments USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.audit_heads USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.audit_log USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.audit_seals USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.case_events USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.case_words USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.cases USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.content_keys USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.counters USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.deliveries USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.delivery_events USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.email_link_accounts USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.email_link_bounces USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.email_link_links USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.email_link_notices USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_contacts USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_jobs USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_lines USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_organisations USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_ranges USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.fax_talks USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.guest_sessions USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.identities USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.kept_drafts USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.mailboxes USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.memberships USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_assertions USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_clients USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_exchanged USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_removed USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_services USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.message_api_tokens USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.messages USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.organisation_keys USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.reads USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.receipts USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sdk_arrivals USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sdk_enqueued USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sdk_identities USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sdk_resends USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sessions USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sms_organisations USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.sms_outbox USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

CREATE POLICY organisation ON public.users USING ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid)) WITH CHECK ((organisation_id = (NULLIF(current_setting('budkavle.organisation'::text, true), ''::text))::uuid));

ALTER TABLE public.organisation_keys ENABLE ROW LEVEL SECURITY;

CREATE POLICY owner ON public.absence_answered TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.addressbook_changes TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.addressbook_contacts TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.addressbook_favourites TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.addressbook_links TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.addressbook_participants TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.adviser_words TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.attachments TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.audit_heads TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.audit_log TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.audit_seals TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.case_events TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.case_words TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.cases TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.content_keys TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.counters TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.deliveries TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.delivery_events TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.email_link_accounts TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.email_link_bounces TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.email_link_links TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.email_link_notices TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_contacts TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_jobs TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_lines TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_organisations TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_ranges TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.fax_talks TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.guest_sessions TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.identities TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.kept_drafts TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.mailboxes TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.memberships TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_assertions TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_clients TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_exchanged TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_removed TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_services TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.message_api_tokens TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.messages TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.organisation_keys TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.reads TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.receipts TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sdk_arrivals TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sdk_enqueued TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sdk_identities TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sdk_resends TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sessions TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sms_organisations TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.sms_outbox TO budkavle_owner USING (true) WITH CHECK (true);

CREATE POLICY owner ON public.users TO budkavle_owner USING (true) WITH CHECK (true);

ALTER TABLE public.reads ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.receipts ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_arrivals ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_enqueued ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_identities ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sdk_resends ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sessions ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sms_organisations ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.sms_outbox ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;

GRANT USAGE ON SCHEMA public TO budkavle_app;

REVOKE ALL ON FUNCTION public.audit_append(organisation uuid, at timestamp with time zone, kind text, entry text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.audit_append(organisation uuid, at timestamp with time zone, kind text, entry text) TO budkavle_app;

REVOKE ALL ON FUNCTION public.claim_deliveries(most integer, lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_deliveries(most integer, lease interval) TO budkavle_app;

REVOKE ALL ON FUNCTION public.claim_lane(lane text, most integer, lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_lane(lane text, most integer, lease interval) TO budkavle_app;

REVOKE ALL ON FUNCTION public.claim_others(known text[], most integer, lease interval) FROM PUBLIC;
GRANT ALL ON FUNCTION public.claim_others(known text[], most integer, lease interval) TO budkavle_app;

REVOKE ALL ON FUNCTION public.find_account(address text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_account(address text) TO budkavle_app;

REVOKE ALL ON FUNCTION public.find_identities(subject bytea) FROM PUBLIC;
GRANT ALL ON FUNCTION public.find_identities(subject bytea) TO budkavle_app;

REVOKE ALL ON FUNCTION public.index_case_words() FROM PUBLIC;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.absence_answered TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_changes TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_contacts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_copy TO budkavle_app;

GRANT USAGE ON SEQUENCE public.addressbook_copy_id_seq TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_favourites TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_functions TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_links TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_organisations TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.addressbook_participants TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.adviser_words TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_absence TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_addressbook TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_adviser TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_eid TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_email_link TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_fax TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_message_api TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_sdk TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_sms TO budkavle_app;

GRANT SELECT ON TABLE public.alembic_version_teams TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attachments TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.attempts TO budkavle_app;

GRANT SELECT ON TABLE public.audit_heads TO budkavle_app;

GRANT SELECT ON TABLE public.audit_log TO budkavle_app;

GRANT SELECT,INSERT ON TABLE public.audit_seals TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.case_events TO budkavle_app;

GRANT USAGE ON SEQUENCE public.case_events_id_seq TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.case_words TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.cases TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.content_keys TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.counters TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.deliveries TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.delivery_events TO budkavle_app;

GRANT USAGE ON SEQUENCE public.delivery_events_id_seq TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.eid_evidence TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.eid_once TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_link_accounts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_link_bounces TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_link_links TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_link_notices TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.email_link_outbox TO budkavle_app;

GRANT USAGE ON SEQUENCE public.email_link_outbox_id_seq TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_contacts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_jobs TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_lines TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_organisations TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_ranges TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.fax_talks TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.flows TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.guest_sessions TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.identities TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.installation TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.kept_drafts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.mailboxes TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.memberships TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_assertions TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_clients TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_exchanged TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_removed TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_services TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.message_api_tokens TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.messages TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.organisation_keys TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.organisations TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.reads TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.receipts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.schedule TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_access_point TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_arrivals TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_enqueued TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_identities TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_published TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_resends TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_revocations TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sdk_rings TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sessions TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sms_gateways TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sms_organisations TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sms_outbox TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.sms_receipts TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.teams_tokens TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.users TO budkavle_app;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE public.worker_faults TO budkavle_app;


"""The tables of the core. Every table that belongs to an organisation has the organisation's id first in its keys.

`SHARED` are the few without row-level security, such as the register of organisations (names only), flows before the
person is known, and the schedule. Everything else has a policy that compares `organisation_id` with the transaction's
own organisation (see `database`).
"""

from budkavle.storage.tables.accounts import invitations as invitations
from budkavle.storage.tables.accounts import mailboxes as mailboxes
from budkavle.storage.tables.accounts import memberships as memberships
from budkavle.storage.tables.accounts import users as users
from budkavle.storage.tables.cases import approvals as approvals
from budkavle.storage.tables.cases import case_events as case_events
from budkavle.storage.tables.cases import case_words as case_words
from budkavle.storage.tables.cases import cases as cases
from budkavle.storage.tables.cases import counters as counters
from budkavle.storage.tables.cases import destruction_holds as destruction_holds
from budkavle.storage.tables.cases import kept_drafts as kept_drafts
from budkavle.storage.tables.cases import reads as reads
from budkavle.storage.tables.columns import NEVER as NEVER
from budkavle.storage.tables.columns import metadata as metadata
from budkavle.storage.tables.columns import without_bytes as without_bytes
from budkavle.storage.tables.deliveries import deliveries as deliveries
from budkavle.storage.tables.deliveries import delivery_events as delivery_events
from budkavle.storage.tables.deliveries import member_news as member_news
from budkavle.storage.tables.deliveries import notice_choices as notice_choices
from budkavle.storage.tables.deliveries import notices as notices
from budkavle.storage.tables.deliveries import outbox as outbox
from budkavle.storage.tables.deliveries import receipts as receipts
from budkavle.storage.tables.event_log import audit_heads as audit_heads
from budkavle.storage.tables.event_log import audit_log as audit_log
from budkavle.storage.tables.event_log import audit_pending as audit_pending
from budkavle.storage.tables.event_log import audit_seals as audit_seals
from budkavle.storage.tables.event_log import event_day_totals as event_day_totals
from budkavle.storage.tables.event_log import event_days as event_days
from budkavle.storage.tables.event_log import event_months as event_months
from budkavle.storage.tables.event_log import traces as traces
from budkavle.storage.tables.finding import saved_searches as saved_searches
from budkavle.storage.tables.finding import search_backfills as search_backfills
from budkavle.storage.tables.finding import search_cases as search_cases
from budkavle.storage.tables.finding import search_words as search_words
from budkavle.storage.tables.identification import attempts as attempts
from budkavle.storage.tables.identification import flows as flows
from budkavle.storage.tables.identification import guest_sessions as guest_sessions
from budkavle.storage.tables.identification import identities as identities
from budkavle.storage.tables.identification import sessions as sessions
from budkavle.storage.tables.messages import attachments as attachments
from budkavle.storage.tables.messages import content_keys as content_keys
from budkavle.storage.tables.messages import doomed_slots as doomed_slots
from budkavle.storage.tables.messages import messages as messages
from budkavle.storage.tables.messages import owned_file_pieces as owned_file_pieces
from budkavle.storage.tables.messages import owned_files as owned_files
from budkavle.storage.tables.operations import clocks as clocks
from budkavle.storage.tables.operations import exports as exports
from budkavle.storage.tables.operations import installation as installation
from budkavle.storage.tables.operations import node_processes as node_processes
from budkavle.storage.tables.operations import nodes as nodes
from budkavle.storage.tables.operations import removals as removals
from budkavle.storage.tables.operations import schedule as schedule
from budkavle.storage.tables.operations import worker_faults as worker_faults
from budkavle.storage.tables.organisations import licence_warnings as licence_warnings
from budkavle.storage.tables.organisations import organisation_keys as organisation_keys
from budkavle.storage.tables.organisations import organisation_logos as organisation_logos
from budkavle.storage.tables.organisations import organisations as organisations
from budkavle.storage.tables.organisations import processing_notes as processing_notes
from budkavle.storage.tables.organisations import settings as settings
from budkavle.storage.tables.organisations import usage_months as usage_months
from budkavle.storage.tables.teamwork import case_moves as case_moves
from budkavle.storage.tables.teamwork import case_readers as case_readers
from budkavle.storage.tables.teamwork import case_restrictions as case_restrictions
from budkavle.storage.tables.teamwork import case_tags as case_tags
from budkavle.storage.tables.teamwork import restricted_cases as restricted_cases
from budkavle.storage.tables.teamwork import tags as tags

SHARED = frozenset(
    {
        "organisations",
        "flows",
        "schedule",
        "attempts",
        "installation",
        "doomed_slots",
        "worker_faults",
        "clocks",
        "nodes",
        "node_processes",
        "removals",
        "exports",
    }
)
"""Tables without row-level security; none contains content or personal data in clear text."""

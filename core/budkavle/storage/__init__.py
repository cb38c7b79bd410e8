"""Storage: PostgreSQL and its tables, the vault and its keys, blobs, the event log, locks.

Knows `model` and `plugins`, but nothing about permissions.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.plugins.protocols.log_stamp import LogStamp as LogStamp
    from budkavle.plugins.protocols.sealed_column import SealedColumn as SealedColumn
    from budkavle.storage.event_log import EventEntry as EventEntry
    from budkavle.storage.event_log import EventLog as EventLog
    from budkavle.storage.events.log_reader import LogPlaces as LogPlaces
    from budkavle.storage.events.log_reader import LogReader as LogReader
    from budkavle.storage.events.signed import signed_entries as signed_entries
    from budkavle.storage.events.stamps import LogSpan as LogSpan
    from budkavle.storage.events.stamps import StampedSpan as StampedSpan
    from budkavle.storage.events.stamps import next_log_span as next_log_span
    from budkavle.storage.events.stamps import stamped_spans as stamped_spans
    from budkavle.storage.events.traces import note_refusal as note_refusal
    from budkavle.storage.events.traces import record_once as record_once
    from budkavle.storage.key_slots.checking import keys_gone_by as keys_gone_by
    from budkavle.storage.outbox import NewEntry as NewEntry
    from budkavle.storage.outbox import enqueue as enqueue
    from budkavle.storage.pipeline import QueryFile as QueryFile
    from budkavle.storage.pipeline import Statement as Statement
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)

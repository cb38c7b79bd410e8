"""One message on its way to one recipient: the queue, attempts, receipts, facts, recall, undo, evidence.

Knows `cases`, but nothing about drafts or writing messages.

The names below are what plugins may import from here, written as in `budkavle`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from budkavle.deliveries import delivery_facts, evidence
    from budkavle.deliveries.delivery_facts import Fact as Fact
    from budkavle.deliveries.delivery_history import DeliveryHistory as DeliveryHistory
    from budkavle.deliveries.delivery_history import delivery_histories as delivery_histories
    from budkavle.deliveries.delivery_queries import SentDelivery as SentDelivery
    from budkavle.deliveries.delivery_queries import SentFilter as SentFilter
    from budkavle.deliveries.delivery_queries import delivery_states as delivery_states
    from budkavle.deliveries.delivery_queries import sent_deliveries as sent_deliveries
    from budkavle.deliveries.delivery_queries import unopened_deliveries as unopened_deliveries
    from budkavle.deliveries.delivery_queries import waiting_deliveries as waiting_deliveries
    from budkavle.deliveries.evidence import Evidence as Evidence
    from budkavle.deliveries.failure_explanation import explain_failure as explain_failure
    from budkavle.deliveries.recall import mark_recalled as mark_recalled

    note_fact = delivery_facts.note
    read_evidence = evidence.evidence
    read_receipts = evidence.receipts_of
else:
    from budkavle.model.lazy_names import lazy_names

    __getattr__, __dir__ = lazy_names(__name__)

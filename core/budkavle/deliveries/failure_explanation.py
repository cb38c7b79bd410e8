"""Explaining a failed message, and what to do, in a transport's words."""

from uuid import UUID

from budkavle.model.people import SystemActor
from budkavle.model.sentences import Sentence
from budkavle.storage import audit
from budkavle.storage.pipeline import QueryFile, Statement
from budkavle.storage.platform import Work


class _Queries(QueryFile):
    explain: Statement


QUERIES = _Queries.load()


def explain_failure(work: Work, delivery_id: UUID, sentence: str) -> bool:
    """Change a failed message's text about why it failed and what to do; open pages show it at once.

    The state does not change. The event log gets an entry `delivery.explained` in the transport's name.

    Args:
        work: In the sender's organisation.
        delivery_id: The delivery.
        sentence: The text for its sender: why, and what to do next; a `Sentence` if it contains facts. No content
            and no personal data.

    Returns:
        Whether it was changed: False if there is no such delivery of a message, or it has not failed.

    Example:
        explain_failure(work, delivery_id, "Kvittensen har inte kommit. Ring mottagaren.")
    """
    parameters = {"organisation": work.organisation_id, "id": delivery_id, "sentence": Sentence(sentence).to_text()}
    row = QUERIES.explain.one_or_none(work.connection, parameters)
    if row is None:
        return False
    notice = {"o": work.organisation_id, "m": row.mailbox_id, "c": row.case_id, "d": delivery_id, "k": "state"}
    actor = SystemActor(work.organisation_id, row.transport)
    audit.record_and_tell(work, "delivery.explained", delivery_id, notice, actor)
    return True

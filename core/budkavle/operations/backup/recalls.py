"""Repeating the recalls in the ledger: a restored database lacks them, so recipients could open the messages."""

import structlog

from budkavle.deliveries import recall
from budkavle.logs import describe
from budkavle.model.errors import Unavailable
from budkavle.model.people import CORE_NAME, SystemActor
from budkavle.storage.outside import ledger
from budkavle.storage.outside.ledger import LedgerEvent
from budkavle.storage.platform import Platform

log = structlog.get_logger("budkavle.operations.backup")


def recall_again(platform: Platform) -> int:
    """Recall what was recalled before the database was restored; return how many recalls that were.

    If a transport cannot recall one now, it is logged with its delivery, and the others continue.

    Raises:
        Unavailable: The database does not answer, or the ledger cannot be read.
    """
    noted, recalled = ledger.read(platform.settings), 0
    for organisation in platform.organisations(leaving=True):
        for delivery_id in sorted(noted.get(organisation.id, {}).get(LedgerEvent.RECALLED, ())):
            try:
                with platform.work(SystemActor(organisation.id, CORE_NAME)) as work:
                    recalled += recall.recall_again(work, delivery_id)
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001 - a transport may raise anything; its failure affects no other
                log.error("recall.not_repeated", delivery=str(delivery_id), **describe(error))  # noqa: TRY400 - the error may hold content
    return recalled

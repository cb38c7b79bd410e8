"""Finds the receipt handler for a peer's own words, and calls it."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import structlog

from budkavle.logs import describe
from budkavle.model.receipts import Receipt, ReceiptWords
from budkavle.plugins.breakers import Called
from budkavle.plugins.calls import contained
from budkavle.plugins.loader import Of
from budkavle.plugins.protocols.receipt_handler import ReceiptHandler
from budkavle.plugins.registry import Plugins

READ_SECONDS = 5.0
"""Timeout of another plugin's handler, in seconds; it only reads bytes."""
log = structlog.get_logger("budkavle.deliveries.receipt_handlers")


def read(plugins: Plugins, words: ReceiptWords) -> Receipt | None:
    """Return the receipt from the first handler of the transport that can read the words; None if none can.

    A handler decides only what the words mean: organisation, transport and evidence are the transport's.

    Args:
        plugins: The active plugins.
        words: The words, whose sender the transport has verified.

    Raises:
        Exception: Errors of a handler from the transport's own plugin; another plugin's are logged and skipped.
    """
    context = {**words.context, "organisation_id": str(words.organisation_id)}
    for of in plugins.registered("receipt_handlers"):
        if of.thing.transport == words.transport:
            receipt = _ask(plugins, of, words, context)
            if receipt is not None:
                evidence = words.words if words.evidence is None else words.evidence
                return replace(
                    receipt, organisation_id=words.organisation_id, transport=words.transport, evidence=evidence
                )
    log.warning("receipt.not_read", transport=words.transport, bytes=len(words.words))
    return None


def _ask(plugins: Plugins, of: Of[ReceiptHandler], words: ReceiptWords, context: Mapping[str, str]) -> Receipt | None:
    read_words = partial(of.thing.read, words.words, context)
    if words.transport in plugins.own_transports(of.plugin):
        with contained():
            return read_words()
    called = Called(of.plugin, "receipt_handlers", of.thing.name)
    try:
        answer: object = plugins.walls.ask(called, READ_SECONDS, read_words)
    except Exception as error:  # noqa: BLE001 - another plugin's failure is not the transport's
        log.error("plugin.failed", plugin=of.plugin, hook="receipt_handlers", **describe(error))  # noqa: TRY400
        return None
    if answer is None or isinstance(answer, Receipt):
        return answer
    plugins.walls.judge(called, TypeError("read gives a Receipt or None"), of.thing.read)
    log.error("plugin.read_no_receipt", plugin=of.plugin, hook="receipt_handlers")
    return None

"""Validation of an SDK message: its size, its schema and its rules."""

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.formats.findings import Cause, Detail, Finding
from budkavle_sdk_transport.formats.identifiers import MAX_MESSAGE_BYTES
from budkavle_sdk_transport.formats.schema_validation import validate
from budkavle_sdk_transport.message.rules import message_rules


def check_message(
    root: etree._Element, *, size: int | None = None, max_bytes: int = MAX_MESSAGE_BYTES
) -> list[Finding]:
    """Return what is wrong with an SDK message; empty when it is valid.

    Args:
        root: The messagePayload element.
        size: The bytes of the serialised message, where they are known.
        max_bytes: The largest message that is taken (Innehållsspecifikation 4.3.3.3: 30 MB).
    """
    if size is not None and size > max_bytes:
        text = f"The message has {size} bytes; at most {max_bytes} are taken."
        return [Finding(Cause.BV, Detail.TOO_LONG, "NA", text, "SDK-CS-Size")]
    return validate(root, budkavle_schemas.MESSAGE, message_rules)

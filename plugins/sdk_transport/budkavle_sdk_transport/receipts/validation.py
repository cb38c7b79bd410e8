"""Validation of a message receipt: its schema and its rules."""

from typing import Final

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.formats.schema_validation import validate
from budkavle_sdk_transport.receipts.rules import receipt_rules

UNKNOWN_CAUSE: Final = "AppRes-R6"
"""A reason with a code that is not ours breaks a rule, but does not make the receipt void (test case 2.6.7)."""


def check_receipt(root: etree._Element) -> list[Finding]:
    """Return what is wrong with a message receipt; empty when it is valid."""
    return validate(root, budkavle_schemas.RECEIPT, receipt_rules)


def check_foreign_receipt(root: etree._Element) -> list[Finding]:
    """Return what makes somebody else's receipt void: all of it but codes that are not ours."""
    return validate(
        root,
        budkavle_schemas.RECEIPT,
        lambda checked: (finding for finding in receipt_rules(checked) if finding.rule != UNKNOWN_CAUSE),
    )

"""Validation of a message receipt: its schema and its rules."""

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.formats.findings import Finding
from budkavle_sdk_transport.formats.schema_validation import validate
from budkavle_sdk_transport.receipts.rules import receipt_rules


def check_receipt(root: etree._Element) -> list[Finding]:
    """Return what is wrong with a message receipt; empty when it is valid."""
    return validate(root, budkavle_schemas.RECEIPT, receipt_rules)

"""Validation of a message receipt: its schema and its rules."""

from lxml import etree

import budkavle_schemas
from budkavle_sdk_transport.findings import Finding
from budkavle_sdk_transport.rules_receipt import receipt_rules
from budkavle_sdk_transport.validate import validate


def check_receipt(root: etree._Element) -> list[Finding]:
    """What is wrong with a message receipt; empty when it is valid."""
    return validate(root, budkavle_schemas.RECEIPT, receipt_rules)

"""Receipts, to XML and back."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from budkavle_sdk_transport.formats.findings import Detail
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.receipts.message_receipt import MessageReceipt, build_receipt, read_receipt
from budkavle_sdk_transport.receipts.validation import check_receipt

any_value = settings(max_examples=60, suppress_health_check=list(HealthCheck))


@pytest.mark.feature("SD5")
@any_value
@given(data=st.data())
def test_every_receipt_survives_the_round_trip(strategies: SimpleNamespace, data: st.DataObject) -> None:
    """Build, check, read: outcome and reasons come back, in canonical form."""
    receipt = data.draw(strategies.receipt)
    document = build_receipt(receipt)
    root = parse(document)
    assert check_receipt(root) == []
    assert read_receipt(root) == receipt
    assert etree.tostring(root, method="c14n") == document


@pytest.mark.feature("SD5")
def test_reasons_and_outcome_must_agree(rejecting_receipt: MessageReceipt) -> None:
    """A receipt that rejects without a reason, or accepts with one, is never built (rules R7 and R8)."""
    for wrong in (replace(rejecting_receipt, accepted=True), replace(rejecting_receipt, reasons=())):
        with pytest.raises(ValueError, match="if, and only if"):
            build_receipt(wrong)


@pytest.mark.feature("SD5")
def test_foreign_codes_are_kept_as_text(rejecting_receipt: MessageReceipt) -> None:
    """Codes that are not ours do not stop the receipt; the specification's own Not-found is our not-found."""
    document = build_receipt(rejecting_receipt)
    foreign = document.replace(b">invariant<", b">BII2-T10-R044<").replace(b">security<", b">Security<")
    assert [reason.detail for reason in read_receipt(parse(foreign)).reasons] == ["BII2-T10-R044", Detail.SECURITY]


@pytest.mark.feature("SD5")
def test_a_receipt_that_says_both_is_not_taken_as_accepted(rejecting_receipt: MessageReceipt) -> None:
    """With a reason against it, ACCEPTED is not believed."""
    both = build_receipt(rejecting_receipt).replace(b"REJECTED", b" ACCEPTED ")
    assert not read_receipt(parse(both)).accepted


@pytest.mark.feature("SD3", "SD5")
def test_the_time_of_a_receipt_says_its_zone(rejecting_receipt: MessageReceipt) -> None:
    """Without a zone nobody knows when it was issued (C3.2.4, 3.1 c)."""
    document = build_receipt(rejecting_receipt)
    local = re.sub(rb"(<cbc:IssueTime>[^<]*)Z<", rb"\1<", document)
    assert local != document
    assert [finding.rule for finding in check_receipt(parse(local))] == ["AppRes-CS-TimeZone"]
    assert check_receipt(parse(document.replace(b"Z</cbc:IssueTime>", b"+01:00</cbc:IssueTime>"))) == []


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("2021-04-15", "12:00:00Z", datetime(2021, 4, 15, 12, tzinfo=UTC)),
        ("2021-04-15+02:00", "12:00:00.5+02:00", datetime(2021, 4, 15, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2021-04-15", "12:00:00", datetime(2021, 4, 15, 12, tzinfo=UTC)),
    ],
)
def test_the_time_of_issue_is_read(rejecting_receipt: MessageReceipt, date: str, time: str, moment: datetime) -> None:
    """Date and time stand apart, and either may carry a zone."""
    document = build_receipt(rejecting_receipt).decode()
    document = document.replace("2026-01-02<", f"{date}<").replace("03:04:05.678Z<", f"{time}<")
    assert read_receipt(parse(document.encode())).issued_at == moment

"""Mutated envelopes: never an unexpected exception, never decrypted before verified, never another message."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from budkavle_sdk_transport.envelope import unsealing
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.message.sdk_message import build_message
from budkavle_sdk_transport.receipts.reader import ReceiptRefused, open_receipt
from budkavle_sdk_transport.receipts.validation import check_receipt

SLOWLY = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
PIECES = (
    b"",
    b" ",
    b"\x00",
    b"<!-- -->",
    b"<?pi?>",
    b"<![CDATA[x]]>",
    b"&#13;",
    b"&amp;",
    b"&evil;",
    b"<!DOCTYPE a>",
    b"<ds:Signature></ds:Signature>",
    b"<x xmlns=''></x>",
    b' Id="a"',
    b' xml:base="a"',
    b"\xef\xbb\xbf",
    b"\xff",
    b"A" * 300,
    b"</xhe:XHE>",
    b"urn:x",
    b"=",
)


@st.composite
def mutations(draw: st.DrawFn) -> list[tuple[float, float, bytes]]:
    """Cuts: where, how far, and what stands there instead; all relative, for documents of any length."""
    place = st.floats(0, 1, exclude_max=True)
    one = st.tuples(
        place, st.sampled_from([0.0, 0.0, 0.0002, 0.001, 0.02, 0.3]), st.sampled_from(PIECES) | st.binary(max_size=4)
    )
    return draw(st.lists(one, min_size=1, max_size=3))


def mutated(data: bytes, cuts: list[tuple[float, float, bytes]]) -> bytes:
    for where, length, piece in cuts:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + int(length * len(data)) :]
    return data


@pytest.mark.feature("SD3", "SD4")
@SLOWLY
@given(cuts=mutations())
def test_mutated_envelopes(exchange: Any, cuts: list[tuple[float, float, bytes]]) -> None:
    """An envelope cut and pasted anywhere is accepted only unchanged in meaning, or refused in order."""
    message = exchange.message()
    tried = []
    with pytest.MonkeyPatch.context() as patch:
        decrypt, verify = unsealing.decrypt, unsealing.verify
        verified = []

        def watched_verify(*arguments: Any) -> Any:
            root = verify(*arguments)
            verified.append(True)
            return root

        def watched_decrypt(*arguments: Any) -> bytes:
            tried.append(bool(verified))
            return decrypt(*arguments)

        patch.setattr(unsealing, "verify", watched_verify)
        patch.setattr(unsealing, "decrypt", watched_decrypt)
        opened = exchange.open(mutated(exchange.seal(message), cuts))
    assert all(tried)
    if opened.outcome == "ACCEPTED":
        assert opened.message_xml == build_message(message)
    elif opened.outcome == "REJECTED":
        assert opened.findings
        assert check_receipt(parse(opened.receipt_xml)) == []
    else:
        assert opened.why_no_receipt
        assert opened.receipt_xhe is None


@SLOWLY
@given(cuts=mutations())
def test_mutated_messages(exchange: Any, cuts: list[tuple[float, float, bytes]]) -> None:
    """A message cut and pasted before sealing is judged; whatever is found gives a valid receipt or none."""
    message = exchange.message()
    opened = exchange.open(exchange.seal(message, xml=mutated(build_message(message), cuts)))
    if opened.receipt_xml is not None:
        assert check_receipt(parse(opened.receipt_xml)) == []
        assert opened.outcome in {"ACCEPTED", "REJECTED"}


@SLOWLY
@given(cuts=mutations())
def test_mutated_receipts(exchange: Any, receipt_xhe: bytes, cuts: list[tuple[float, float, bytes]]) -> None:
    """A receipt cut and pasted anywhere is refused with a sentence, or says what it said."""
    original = open_receipt(receipt_xhe, certificates=exchange.certificates)
    try:
        read = open_receipt(mutated(receipt_xhe, cuts), certificates=exchange.certificates)
    except ReceiptRefused:
        return
    assert read == original


@pytest.fixture(scope="session")
def receipt_xhe(exchange: Any) -> bytes:
    return exchange.open(exchange.seal()).receipt_xhe

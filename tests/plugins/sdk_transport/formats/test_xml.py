"""Reading XML from strangers."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from budkavle_sdk_transport.formats.xml import (
    MAX_DEPTH,
    MAX_TAGS,
    MalformedXml,
    blank_elements,
    parse,
    path_of,
    value,
)
from budkavle_sdk_transport.formats.xml_writer import UnfitText, Writer, attribute


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "börjar inte med ett element"),
        (b"text", "börjar inte med ett element"),
        (b"<a>", "ingen välformad"),
        (b"<a>&nothing;</a>", "ingen välformad"),
        (b"<a/><b/>", "ingen välformad"),
        (b"<a>\xe5</a>", "ingen välformad"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <a/> --><?p?>\r\n<!DOCTYPE a SYSTEM "file:///x"><a/>', "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>', "DOCTYPE"),
        (b"<!-- never ends <!DOCTYPE a><a/>", "mitt i en kommentar"),
        ('<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"), "börjar inte med ett element"),
        ("<a/>".encode("utf-16-le"), "ingen välformad"),
        ("<a/>".encode("utf-32"), "börjar inte med ett element"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe5</a>', "inte i UTF-8"),
        (b"<?xml version='1.0' encoding='utf-7'?><a/>", "inte i UTF-8"),
        (b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1), "nivåer"),
        (b"<a>" * 10_000 + b"</a>" * 9_000, "ingen välformad"),
        (b"<a>" + b"<b/>" * MAX_TAGS + b"</a>", "taggar"),
        (b'<a xmlns:b="urn:' + b"b" * 10_000_000 + b'">' + b"<b:c/>" * 9_000 + b"</a>", "namnrymd"),
        (b"<a><b xmlns='" + b"b" * 1_001 + b"'/></a>", "namnrymd"),
        (b"<a " + b" ".join(b'a%d=""' % number for number in range(200_001)) + b"/>", "attribut"),
    ],
    ids=str,
)
def test_hostile_documents_are_refused(data: bytes, reason: str) -> None:
    """DTDs, entities, other encodings, bombs of depth, tags and attributes end in one plain sentence."""
    with pytest.raises(MalformedXml, match=reason):
        parse(data)


def test_too_many_bytes_are_not_parsed() -> None:
    """The cap stands before the parse."""
    with pytest.raises(MalformedXml, match="har 10 byte; högst 9"):
        parse(b"<a>bcd</a>", max_bytes=9)


@pytest.mark.parametrize(
    "data", [b"\xef\xbb\xbf<a/>", b'<?xml version="1.0" encoding="utf-8"?><!-- <!DOCTYPE x> --><a/>', b" \n<a/> "]
)
def test_harmless_prologues_are_read(data: bytes) -> None:
    """A byte order mark, a declaration, comments and white space are no offence."""
    assert parse(data).tag == "a"


def test_a_doctype_in_text_is_text() -> None:
    """Only a real DOCTYPE is refused, not the word in a CDATA section."""
    assert parse(b"<a><![CDATA[<!DOCTYPE a>]]></a>").text == "<!DOCTYPE a>"


def test_a_text_of_more_than_ten_megabytes_is_read() -> None:
    """libxml2's own limit of 10 MB a text node does not bind."""
    assert len(parse(b"<a>" + b"QUJD" * 3_000_000 + b"</a>").text or "") == 12_000_000


def test_no_file_is_read(tmp_path: Path) -> None:
    """An external entity is refused before anything looks at it."""
    secret = tmp_path / "secret"
    secret.write_text("canary")
    with pytest.raises(MalformedXml) as caught:
        parse(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>'.encode())
    assert "canary" not in str(caught.value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<a>{text}</a>".encode("utf-8", "replace")))
def test_any_bytes_end_in_a_tree_or_a_sentence(data: bytes) -> None:
    """No bytes lead to another error than MalformedXml."""
    try:
        root = parse(data)
    except MalformedXml:
        return
    assert isinstance(root, etree._Element)


def test_paths_use_our_prefixes_and_positions() -> None:
    """A path can be read without the document's own prefixes."""
    root = parse(
        b'<m xmlns="urn:riv:infrastructure:messaging:MessageWithAttachments:3"><a/><b/><b><c xmlns=""/></b></m>'
    )
    assert path_of(root[2][0]) == "/sdk:m/sdk:b[2]/*:c"


def test_values_leave_comments_out() -> None:
    """A comment in the midst of an identifier neither hides nor cuts it."""
    assert value(parse(b"<a>0203:<!-- x -->habo.se<?y?></a>")) == "0203:habo.se"


@given(
    st.recursive(st.sampled_from([" ", "\n", "x", "\u00a0"]), lambda inner: st.lists(inner, max_size=3), max_leaves=12)
)
def test_blank_elements_are_those_of_xpath(tree: object) -> None:
    """Blankness is XPath's normalize-space, for every tree."""

    def xml(node: object) -> str:
        return f"<a>{''.join(xml(part) for part in node)}</a>" if isinstance(node, list) else f"{node}<!-- c -->"

    root = parse(f"<r>{xml(tree)}</r>".encode())
    assert list(blank_elements(root)) == root.xpath("descendant-or-self::*[not(normalize-space())]")


@given(st.text(max_size=50))
def test_what_is_written_is_canonical_and_comes_back(text: str) -> None:
    """Any text that XML can carry is written in canonical form and read back; the rest is refused by name."""
    writer = Writer()
    try:
        writer.leaf("a", text, attribute("b", text))
    except UnfitText:
        assert any(ord(sign) < 32 or "\ud800" <= sign <= "\udfff" or sign in "\ufffe\uffff" for sign in text)
        return
    root = parse(writer.bytes())
    assert (root.text or "", root.get("b")) == (text, text)
    assert etree.tostring(root, method="c14n") == writer.bytes()

"""Inputs made by rules: what has the right form by and by, with wrong words, in the wrong order or far too often."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import TypeAlias

Rules: TypeAlias = Mapping[str, Sequence[Sequence[str | bytes]]]
"""By a rule's name what it may become: bytes that stand as they are, and the names of other rules."""
DEEPEST = 30
MOST_PARTS = 3_000


def produced(chance: Random, rules: Rules, start: str = "start") -> bytes:
    """Return bytes that the rules make, the same for the same chance; beyond `DEEPEST` the first choice ends."""
    out = bytearray()
    waiting: list[tuple[str | bytes, int]] = [(start, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            break
        part, depth = waiting.pop()
        if isinstance(part, bytes):
            out += part
            continue
        choices = rules[part]
        choice = choices[0] if depth > DEEPEST else chance.choice(choices)
        waiting += [(each, depth + 1) for each in reversed(choice)]
    return bytes(out)


FORM: Rules = {
    "start": [
        ["type", b"\n", "bodies"],
        ["type", b"\n", "parts", b"--b--\r\n"],
        ["type", b"\n", b"a=1&", "pairs"],
    ],
    "type": [
        [b'multipart/form-data; boundary="b"'],
        [b"multipart/form-data; boundary=b"],
        [b"multipart/form-data"],
        [b"multipart/form-data; boundary=", "word"],
        [b"application/x-www-form-urlencoded"],
    ],
    "bodies": [["parts"], ["parts", b"--b--\r\n"], ["parts", b"--b--", "bodies"], ["word"]],
    "parts": [[], ["part"], ["part", "parts"], ["part", "parts"], ["part", "part", "parts"]],
    "part": [[b"--b\r\n", "heads", b"\r\n", "word", b"\r\n"], [b"--b\n", "heads", b"\n", "word", b"\n"]],
    "heads": [[], ["head", b"\r\n", "heads"], ["head", b"\r\n", "heads"], ["head", b"\r\n\r\n"]],
    "head": [
        [b'Content-Disposition: form-data; name="', "word", b'"'],
        [b'Content-Disposition: form-data; name="', "word", b'"; filename="', "word", b'"'],
        [b"Content-Disposition: form-data; filename*=utf-8''", "word"],
        [b"Content-Type: ", "word"],
        [b"Content-Length: ", "number"],
        [b"Content-Transfer-Encoding: base64"],
        ["word", b": ", "word"],
        ["word"],
    ],
    "pairs": [[], ["word", b"=", "word"], ["word", b"&", "pairs"], ["word", b"=", "word", b"&", "pairs"]],
    "number": [[b"0"], [b"-1"], [b"9" * 30], [b"1"]],
    "word": [[], [b"csrf"], [b"\xc3\xa5"], [b"\xff\x00"], [b"%00%zz"], [b"../x"], [b"--b"], [b"a" * 3_000], [b'"\\"']],
}
SEARCH: Rules = {
    "start": [["words"], ["words", b" ", "start"]],
    "words": [["word"], ["word", "joint", "words"], ["word", b" ", "words"]],
    "joint": [[b"-"], [b"/"], [b":"], [b"."], [b"@"], [b"\0"], [b"\xcc\x88"], [b"  "]],
    "word": [
        [b"a"],
        [b"och"],
        [b"KS 2026"],
        ["\u00e5ngstr\u00f6m".encode()],
        ["\u0130\u00df\ufb03\u1e9e".encode()],
        ["\u0e01\u0e33\u3042".encode()],
        ["\u0661\u0662\u00b2".encode()],
        [b"o\xcc\x88" * 50],
        [b"x" * 90],
        [b"\xed\xa0\x80"],
        [b"a\xe2\x80\x8bb"],
        [b"%_\\'"],
        ["word", "word"],
    ],
}
RECEIPT: Rules = {
    "start": [["json"], [b'{"data": {"attributes": ', "json", b"}}"], ["progress"], ["status"]],
    "json": [[b"null"], ["object"], ["list"], ["text"], ["number"], ["object"]],
    "object": [[b"{}"], [b"{", "members", b"}"]],
    "members": [["member"], ["member", b", ", "members"], ["member", b", ", "members"]],
    "member": [["name", b": ", "json"]],
    "list": [[b"[]"], [b"[", "json", b"]"], [b"[", "json", b", ", "json", b"]"]],
    "name": [
        [b'"messageStatus"'],
        [b'"events"'],
        [b'"event"'],
        [b'"eventIssues"'],
        [b'"typeCode"'],
        [b'"detail"'],
        ["text"],
    ],
    "text": [[b'"ACCEPTED"'], [b'"REJECTED"'], [b'"BV"'], [b'"\\ud800"'], [b'"\\u0000"'], [b'""'], [b'"FAILED"']],
    "number": [[b"0"], [b"-0.0"], [b"1e400"], [b"9" * 50]],
    "progress": [
        [b'{"stage": ', "stage", b', "remote_id": ', "text", b', "reason": ', "text", b', "pages": ', "number", b"}"],
        [b'{"stage": ', "stage", b', "remote_id": ', "text", b', "reason": "{\\"message\\": 1, \\"facts\\": []}"}'],
        [b'{"stage": ', "stage", b', "remote_id": "1", "reason": "{', "members", b'}"}'],
    ],
    "stage": [[b'"SENT"'], [b'"FAILED"'], [b'"RETRYING"'], [b'"WAITING"'], ["text"]],
    "status": [[b"ACKNOWLEDGED"], [b"NOT_FOUND"], [b"SEND_FAILURE"], [b"RECEIVED"], [b"\xff"], [b""]],
}

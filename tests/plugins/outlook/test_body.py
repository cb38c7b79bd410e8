"""A draft's HTML as a message: as Outlook and Word write it, and as somebody hostile might."""

import html
import random
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from budkavle.web.views.markdown import markdown
from budkavle_outlook.body import markdown_of

WORD = """\
<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!-- p.MsoNormal {margin:0cm;} --></style></head>
<body lang="SV" style="word-wrap:break-word"><div class="WordSection1">
<p class="MsoNormal">Hej Bo,<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">Här är <b>beslutet</b> och\r\n<i>bilagan</i>.<o:p></o:p></p>
<p class="MsoListParagraph" style="text-indent:-18.0pt;mso-list:l0 level1 lfo1"><![if !supportLists]><span
 style="mso-list:Ignore">1.<span style="font:7.0pt &quot;Times New Roman&quot;">&nbsp;&nbsp; </span></span
><![endif]>Först</p>
<p class="MsoListParagraph" style="mso-list:l0 level2 lfo1"><![if !supportLists]><span style="mso-list:Ignore">a)<span
 >&nbsp;</span></span><![endif]>Inre</p>
<p class="MsoListParagraph" style="mso-list:l0 level1 lfo1"><![if !supportLists]><span style="mso-list:Ignore">2.<span
 >&nbsp;</span></span><![endif]>Sedan</p>
<p class="MsoListParagraph" style="mso-list:l1 level1 lfo2"><![if !supportLists]><span style="mso-list:Ignore">·<span
 >&nbsp;</span></span><![endif]>Punkt</p>
<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal"><b>Från:</b>
 Bo Ek &lt;bo@exempel.example&gt; <br><b>Skickat:</b> den 3 mars<o:p></o:p></p></div></div>
<p class="MsoNormal">Gammal text</p></div></body></html>"""
WORD_TEXT = """\
Hej Bo,

Här är **beslutet** och *bilagan*.

1. Först
  - a) Inre
2. Sedan
- Punkt

---

**Från:** Bo Ek \\<bo@exempel.example>
**Skickat:** den 3 mars
Gammal text"""
WEB = """\
<div class="elementToProof" style="font-family: Aptos;">Hej!</div><div class="elementToProof"><br></div>
<div class="elementToProof">Rad ett</div><div class="elementToProof">Rad <b>två</b></div>
<div id="Signature"><p>Anna Ek<br>Handläggare</p><img src="cid:0f3c" alt="" data-outlook-trace="F:1"></div>
<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">
<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri"><b>Från:</b> Bo<br><b>Ämne:</b> Tid</font><div>&nbsp;</div></div>
<div>Gammal text</div>"""
WEB_TEXT = """\
Hej!

Rad ett
Rad **två**

Anna Ek
Handläggare

[Bild: vapen.png]

---

**Från:** Bo
**Ämne:** Tid

Gammal text"""


@pytest.mark.feature("C4")
@pytest.mark.parametrize(
    ("page", "text"),
    [
        (WORD, WORD_TEXT),
        (WEB, WEB_TEXT),
        ("Hej!<br><br><br><br>Vi ses.<br>", "Hej!\n\nVi ses."),
        ("fil_namn_2 och 2*3*4", "fil\\_namn\\_2 och 2\\*3\\*4"),
        ("<p># 4 är numret</p><p>1. Inte lista</p><p>- heller</p>", "\\# 4 är numret\n\n1\\. Inte lista\n\n\\- heller"),
        ("<p>Ta med:</p><ul><li>legitimation</li><li>underlaget</li></ul>", "Ta med:\n\n- legitimation\n- underlaget"),
        ("C:\\mapp", "C:\\\\mapp"),
        ("", ""),
        ("<h2>Mötet <b>igen</b></h2><p>Kom</p>", "## Mötet igen\n\nKom"),
        ("<ul><li>Ett<ul><li>Inre</li></ul></li><li>Två</li></ul>", "- Ett\n  - Inre\n- Två"),
        ("<ol start=3><li>Tre<p>mer</p></li><li>Fyra</li></ol>", "3. Tre\n\n   mer\n4. Fyra"),
        ("<ul><li><ol><li>a</li><li>b</li></ol></li></ul>", "- 1. a\n  2. b"),
        ("<p>Se <a href='https://exempel.example/a_b'>beslutet</a></p>", "Se beslutet (https://exempel.example/a\\_b)"),
        ("<a href='https://exempel.example/'>https://exempel.example/</a>", "https://exempel.example/"),
        ("<a href='mailto:bo@exempel.example'>Bo</a>", "Bo (bo@exempel.example)"),
        ("<a href='javascript:alert(1)'>klick</a>", "klick"),
        ("<p>Se <img src='cid:image001.png@01DC.4A' alt='En karta'></p>", "Se [Bild: image001.png]"),
        ("<img src='https://spy.example/x.gif' width=1 height=1 alt=x>Hej", "Hej"),
        ("<img src='https://exempel.example/v.png' alt='Kommunens vapen'>", "[Bild: Kommunens vapen]"),
        ("<blockquote><p>Citat</p></blockquote><p>Svar</p>", "Citat\n\nSvar"),
        ("<div style='display:none'>dolt</div>Synligt<script>x()</script>", "Synligt"),
        ("<span style='font-weight:bold'>Obs</span><b> nu </b>!", "**Obs nu** !"),
        ("o<b>rd</b>et, <b>(a)</b>b <i>x</i><b>y</b>", "o**rd**et, (a)b xy"),
        ("<pre>kod  två\nrader</pre>", "kod två\nrader"),
    ],
)
def test_a_draft_becomes_a_message(page: str, text: str) -> None:
    """Lines, lists, emphasis and headings stay; links, pictures, quotes and history become text."""
    assert markdown_of(page, {"0f3c": "vapen.png"}) == text


TABLE = "<table>{}</table>"
ROW = "<tr><td><p class=MsoNormal>{}</p></td><td><p class=MsoNormal>{}</p></td><td>{}</td></tr>"


@pytest.mark.feature("C4")
@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            ROW.format("Datum", "Belopp", "") + ROW.format("2026-01-01", "1 200<br>kr", "betald"),
            "- Datum: 2026-01-01; Belopp: 1 200 kr; betald",
        ),
        ("<tr><th>Namn<th>Tid</tr><tr><td>Bo<td>9.15</tr>", "- Namn: Bo; Tid: 9.15"),
        ("<tr><td><b>Namn</b><td><b>Tid</b></tr><tr><td>Bo<td></tr>", "- Namn: Bo"),
        ("<tr><td>Namn<td>Bo</tr><tr><td>Tid<td>9.15</tr>", "- Namn: Bo\n- Tid: 9.15"),
        (
            "<tr><td colspan=2>Mötet</tr><tr><td>Tid<td>9.15</tr><tr><td>Plats<td>A</tr>",
            "Mötet\n\n- Tid: 9.15\n- Plats: A",
        ),
        (
            "<tr><td><h2>Rubrik</h2><ul><li>a</ul><td>sidan</tr><tr><td>b<td>c</tr>",
            "## Rubrik\n\n- a\n\nsidan\n\nb\n\nc",
        ),
        (f"<tr><td>{TABLE.format('<tr><td>inre')}<td>b</tr><tr><td>c<td>d</tr>", "- inre: b\n- c: d"),
        ("<tr><td>1. a<td>#</tr><tr><td>- b<td></tr>", "- 1\\. a: #\n- \\- b"),
    ],
)
def test_a_table_is_read_row_by_row(page: str, text: str) -> None:
    """Each row of data is an item with the names of its columns; a table that places things is its contents."""
    assert markdown_of(TABLE.format(page)) == text


BITS: tuple[str, ...] = (
    "hej",
    "*",
    "_x_",
    "# r",
    "1. a",
    "- b",
    "+ c",
    "\\",
    "<",
    "&",
    "`k`",
    "[a](b)",
    "---",
    "===",
    "2) z",
    "a*b*c",
)
BITS += ("**", "~~", "|", "å ä", "!", "1.", "-", "<script>", "&amp;", "&#42;", "(", "\u00a0", "***", "a_b_", "</p>")
AROUND: tuple[str, ...] = (
    "<p>{}</p>",
    "<b>{}</b>",
    "<i>{}</i> ",
    "<ul><li>{}</li></ul>",
    "<h2>{}</h2>",
    "{}<br>",
    "<span>{}</span>",
)
AROUND += ("<ol><li>{}</li><li>x</li></ol>", "<div>{}</div>", "<b><i>{}</i></b>", "<pre>{}\ny</pre>", "<em>{}</em>")
AROUND += ("<ol start=7><li>{}</li></ol>", "<blockquote>{}</blockquote>", "<p class=MsoNormal>{}</p>", "<td>{}</td>")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags, self.attributes = "", set[str](), set[str]()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def text_of(page: str) -> str:
    """The text of a page without its blanks."""
    reader = _Text()
    reader.feed(page)
    reader.close()
    return re.sub(r"\s+", "", reader.text)


def nested(dice: random.Random, depth: int) -> str:
    """A piece of a mail: something around something, of signs that mean something in Markdown."""
    if depth == 0 or dice.random() < 0.4:
        return html.escape(dice.choice(BITS) + dice.choice(("", " ", "  ")) + dice.choice(BITS))
    inner = "".join(nested(dice, depth - 1) for _ in range(dice.randrange(1, 4)))
    return dice.choice(AROUND).format(inner)


@pytest.mark.feature("C4")
def test_no_word_is_lost_and_no_markup_is_made() -> None:
    """Two thousand mails are drawn as messages are: the same signs in the same order, and the subset's elements."""
    dice = random.Random(17)  # noqa: S311 - the same mails each time
    for _ in range(2_000):
        page = "".join(nested(dice, dice.randrange(4)) for _ in range(dice.randrange(1, 5)))
        drawn = str(markdown(markdown_of(page)))
        assert text_of(drawn) == text_of(page), page
        reader = _Text()
        reader.feed(drawn)
        assert reader.tags <= {"h2", "p", "br", "strong", "em", "ul", "ol", "li", "hr"}
        assert reader.attributes <= {"start"}


def test_rows_lose_no_word_either() -> None:
    """Tables, also inside of each other and of lists, whatever is wrong with them."""
    dice = random.Random(18)  # noqa: S311 - the same mails each time
    for _ in range(300):
        words = [f"ord{dice.randrange(10**9)}x" for _ in range(12)]
        pieces = [
            "<table>",
            "<tr>",
            "<td>",
            "<th>",
            "</table>",
            "<li>",
            "<p>",
            "</td>",
            "<b>",
            "<ol>",
            "</div>",
            "<h1>",
        ]
        page = "".join(f"{dice.choice(pieces)}{dice.choice(pieces)}{word}" for word in words)
        drawn = text_of(str(markdown(markdown_of(page))))
        assert [word for word in words if word not in drawn] == [], page


HOSTILE = {
    "deep": "<div>" * 100_000 + "x",
    "tables": "<table><tr><td>a<td>b" * 8_000,
    "lists": "<ul><li>x" * 20_000,
    "bold": "<b>x" * 100_000,
    "open": "<" * 100_000,
    "comments": "<!--" * 100_000,
    "links": "<a href=http://x>y" * 50_000,
    "signs": "*_\\" * 200_000,
    "rows": "<table>" + "<tr><td>a<td>b" * 8_000,
    "digits": "1" * 300_000 + ". x",
    "attribute": f"<p {'a=1 ' * 50_000}>x",
}


@pytest.mark.parametrize("page", HOSTILE.values(), ids=HOSTILE)
def test_nothing_takes_more_than_its_length(page: str) -> None:
    """What takes the square of its length would take minutes here, and a recursion would end."""
    assert isinstance(markdown_of(page), str)

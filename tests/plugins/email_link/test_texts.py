"""The mail that a message has come: what it says, what it never says, and how it is addressed."""

import re
from collections import defaultdict
from typing import Any

import pytest

from budkavle import Loa, Terms
from budkavle.accounts import write_settings
from budkavle.colours import contrast
from budkavle.organisation import InformationSettings
from budkavle.testing.acting import in_work

MARIA = "maria@exempel.example"
SECRET = "KANARIEFÅGEL"


@pytest.mark.feature("M8", "S1", "S14")
def test_one_mail_for_each_recipient(email_link: Any, handler: Any) -> None:
    """Nobody sees who else has got the message; each mail has a link, a Message-ID and a bounce address of its own."""
    message = email_link.write(MARIA, "bo@exempel.example")
    assert sorted(got.recipients for got in handler.got) == [["bo@exempel.example"], [MARIA]]
    for got in handler.got:
        assert got.message["To"] == got.recipients[0]
        assert (got.message["Cc"], got.message["Bcc"]) == (None, None)
    for fact in ("Message-ID",):
        assert len({got.message[fact] for got in handler.got}) == 2
    assert len({got.sender for got in handler.got}) == 2
    assert all(got.sender.startswith("bounce+") and got.sender.endswith("@habo.example") for got in handler.got)
    assert email_link.delivery(message).state == "WAITING_FOR_RECEIPT"
    assert email_link.delivery(message).notified_at is not None
    assert "NOTIFIED" in email_link.organisation.timeline(message.id)


@pytest.mark.feature("X6")
def test_it_says_who_until_when_and_how_to_check(email_link: Any, handler: Any) -> None:
    """The standard text, in both bodies and in the recipient's language."""
    email_link.write()
    (got,) = handler.got
    said = got.message
    assert said["Subject"] == "Håbo kommun har skickat dig ett säkert meddelande"
    assert str(said["From"]) == "Håbo kommun <no-reply@habo.example>"
    assert said["Auto-Submitted"] == "auto-generated"
    assert said["Message-ID"].endswith("@habo.example>")
    assert said["Content-Language"] == "sv"
    assert said.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        text = got.body(kind)
        for words in (
            "https://meddelande.habo.example/l/",
            "meddelande.habo.example",
            "till och med den",
            "Är det äkta?",
        ):
            assert words in text, (kind, words)
    assert 'lang="sv"' in got.body("html")


@pytest.mark.feature("E31")
def test_it_has_the_organisations_name_and_colour_and_no_picture(email_link: Any, handler: Any) -> None:
    """The colour is that of its pages; nothing is fetched, and nothing but two bodies comes along."""
    organisation = email_link.organisation
    in_work(organisation.platform, organisation.system, write_settings, InformationSettings, {"colour": "#c8102e"})
    email_link.write()
    (got,) = handler.got
    html = got.body("html")
    assert "background:#c8102e" in html
    assert ">Håbo kommun</p>" in html
    assert "#0b5566" not in html
    assert "<img" not in html
    assert [part.get_content_type() for part in got.message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("colour", ["", "#c8102e"])
def test_a_dark_mail_program_shows_it_dark(email_link: Any, handler: Any, colour: str) -> None:
    """Everything that is written can be read there; the button keeps the organisation's colour, and is seen."""
    organisation = email_link.organisation
    if colour:
        in_work(organisation.platform, organisation.system, write_settings, InformationSettings, {"colour": colour})
    email_link.write()
    (got,) = handler.got
    html = got.body("html")
    style = html.split("prefers-color-scheme: dark")[1].split("</style>")[0]
    dark: dict[str, dict[str, str]] = defaultdict(dict)
    for name, rule in re.findall(r"\.(\w+) {([^}]*)}", style):
        dark[name].update(re.findall(r"([\w-]+): #(\w+)", rule))
    # A quotation stands only where the sender has written something open.
    assert not [name for name in dark if f'class="{name}"' not in html and name != "quote"]
    paper, pane, act = (dark[name] for name in ("paper", "pane", "act"))
    assert re.search(r'class="pane" style="background:#ffffff;color:#\w{6};', html)
    filled = act.get("background", colour.lstrip("#"))
    assert contrast(act.get("color", "ffffff"), filled) >= 4.5
    assert contrast(act["border-color"], pane["background"]) >= 3
    assert contrast(dark["name"]["color"], pane["background"]) >= 4.5
    assert contrast(pane["color"], pane["background"]) >= 4.5  # a mail program may take the body away, with its colour
    assert contrast(dark["foot"]["color"], paper["background"]) >= 4.5
    assert f"background:#{filled};" in html if colour else "background" in act


def test_english_for_who_wants_english(email_link: Any, handler: Any) -> None:
    """The sender has chosen the recipient's language."""
    email_link.write(terms={MARIA: Terms(language="en")})
    (got,) = handler.got
    assert got.message["Content-Language"] == "en"
    assert "Read the message" in got.body("plain")
    assert 'lang="en"' in got.body("html")
    assert "Meddelandet" not in got.body("plain")


@pytest.mark.feature("X5")
def test_the_open_text_is_sent_as_the_senders_own(email_link: Any, handler: Any) -> None:
    """What the sender writes openly stands in the mail, marked as theirs and harmless as HTML."""
    email_link.write(open_text="Det gäller <b>torsdag</b>.\nRing gärna.")
    (got,) = handler.got
    assert "Det gäller <b>torsdag</b>.\nRing gärna." in got.body("plain").replace("\r\n", "\n")
    assert "Det gäller &lt;b&gt;torsdag&lt;/b&gt;." in got.body("html")
    assert "Avsändaren skriver:" in got.body("html")


def test_the_secure_message_is_never_in_it(email_link: Any, handler: Any) -> None:
    """Neither subject nor text, nor the name of the mailbox or its writer."""
    email_link.write(subject=f"{SECRET} ämne", body=f"{SECRET} text", loa=Loa.ONE)
    (got,) = handler.got
    whole = got.raw.decode() + got.body("plain") + got.body("html") + str(got.message["Subject"])
    assert SECRET not in whole
    assert "Anna Ek" not in whole


def test_the_link_is_not_in_the_database_in_clear(email_link: Any, handler: Any) -> None:
    """Who reads the table can open no link."""
    email_link.write()
    token = handler.got[0].body("plain").split("/l/")[1].split()[0]
    (row,) = email_link.organisation.rows("SELECT * FROM email_link_links")
    assert len(token) >= 43
    assert token.encode() not in bytes(row.sealed)
    assert token.encode() not in bytes(row.token_hash)


def test_an_address_with_a_swedish_domain(email_link: Any, handler: Any) -> None:
    """IDN: people write it, the mail system gets punycode."""
    email_link.write("maria@räksmörgås.example")
    assert handler.got[0].recipients == ["maria@xn--rksmrgs-5wao1o.example"]


NO_ADDRESSES: list[str] = [
    "maria",
    "maria@exempel",
    "<maria@exempel.example>",
    "åsa@exempel.example",
    "a@b\r\nBcc: x@y.example",
]


def test_what_is_no_address_is_said_at_the_recipient(email_link: Any) -> None:
    """Before anything is stored, and without a way to smuggle in headers."""
    from budkavle import Invalid

    for address in NO_ADDRESSES:
        with pytest.raises(Invalid) as caught:
            email_link.write(address)
        assert "recipients" in caught.value.fields, address

"""Whoever has chosen English meets no Swedish, but what people themselves have written."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from budkavle.model.mailboxes import FunctionMailbox
from budkavle.testing.organisations import SampleOrganisation, SampleUser

DATA = re.compile(
    r"Socialnämnden|Byggnadsnämnden|Vårdcentralen|Begäran om handling|Hej! Vi behöver handlingen|Region Jönköpings län"
    r"|Mullsjö|Svenska|Duvslag för|Låtsas\w*"
)
SWEDISH = re.compile(
    r"[åäöÅÄÖ]|\b(och|inte|att|som|ett|till|av|från|kan|ska|har|utan|eller|finns|Skriv|Skicka|Avbryt|Spara|Brevl\w*|Inkorg|Mina|Andras|Otilldelade|Kommandoraden)\b"
)
STYLE = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)


def spoken(html: str) -> list[str]:
    """Return the texts of a page, and the attributes that are read out."""
    bare = STYLE.sub("", html)
    aloud = re.findall(r"(?:title|alt|placeholder|aria-label|content)=\"([^\"]*)\"", bare)
    return [unescape(text).strip() for text in (*re.sub(r"<[^>]*>", "\n", bare).splitlines(), *aloud) if text.strip()]


def left(html: str) -> list[str]:
    """Return what is still Swedish on a page."""
    return [text for text in spoken(html) if SWEDISH.search(DATA.sub("", text))]


FORMS = ("/readers", "/forward", "/restrict", "/assign", "/due", "/tags", "/move")
"""Pages of a case that only show something, or ask."""


@pytest.mark.feature("Y1")
def test_no_page_has_swedish_left(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    mailbox_administrator: SampleUser,
    mailbox: FunctionMailbox,
    other_mailbox: FunctionMailbox,
    browse: Callable[..., Any],
) -> None:
    """Inboxes, a case from its arrival to the bin, writing, mailboxes, the account, health and what is refused."""
    organisation.arrive()
    admin, member, nobody = browse(administrator), browse(mailbox_administrator), browse(None)
    for one in (admin, member, nobody):
        one.cookie += "; language=en"
    box = f"/m/{mailbox.id}"
    pages = {
        member: [
            *(
                f"/m/{mailbox_administrator.personal_id}",
                "/",
                box,
                f"{box}?folder=closed",
                f"{box}?folder=trouble",
                f"{box}?folder=binned",
                f"{box}/sent",
            ),
            *(f"/mailboxes/{mailbox.id}", f"/mailboxes/{mailbox.id}/users", f"/compose?mailbox={mailbox.id}"),
            *("/search?q=habo", "/search?q=x", "/account", "/nowhere", f"/mailboxes/{other_mailbox.id}"),
            *("/search", "/search?q=habo&from=2100-01-01", "/account/sessions", "/account/notices", "/account/methods"),
            *("/drafts", f"{box}/due", f"{box}/links", "/help", "/help/tour", "/help/icons", "/help/inbox"),
        ],
        admin: [
            "/mailboxes",
            "/mailboxes/new",
            "/health",
            "/events",
            *(f"/mailboxes/{mailbox.id}/{tab}" for tab in ("delete", "settings", "systems", "api", "add")),
            "/mailboxes/deleted",
            "/mailboxes/import",
            *(f"/organisation{rest}" for rest in ("", "/information", "/users", "/users/new", "/users/import")),
            *(f"/organisation/{rest}" for rest in ("settings", "security", "licence", "processing")),
        ],
        nobody: ["/sign-in", "/sign-in/password"],
    }
    found = {}
    for browser, paths in pages.items():
        for path in paths:
            answer = browser.get(path)
            if answer.status_code != 303 and (swedish := left(answer.text)):
                found[path] = swedish
    inbox = member.get(box).text
    case = re.search(r"/c/([0-9a-f-]{36})", inbox)
    assert case, inbox
    for deed in ("", "/take", "/close", "/reopen", "/release", "/bin", "/restore", "/print", "/reply", *FORMS):
        path = f"/c/{case[1]}{deed}"
        answer = member.get(path) if deed in {"", "/print", "/reply", *FORMS} else member.post(path)
        shown = answer if answer.status_code != 303 else member.get(answer.headers["location"])
        if swedish := left(shown.text):
            found[path] = swedish
    assert not found


@pytest.mark.feature("Y1")
def test_an_address_that_nobody_has_is_said_to_be_so(
    mailbox_administrator: SampleUser, browse: Callable[..., Any]
) -> None:
    """The page is whole, in English, and as guarded as any other, though no route has taken the request."""
    member = browse(mailbox_administrator)
    member.cookie += "; language=en"
    answer = member.get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text
    assert "nonce-" in answer.headers["content-security-policy"]


@pytest.mark.feature("Y1")
def test_faults_at_fields_are_english(
    mailbox_administrator: SampleUser,
    administrator: SampleUser,
    mailbox: FunctionMailbox,
    browse: Callable[..., Any],
) -> None:
    """What a form has to say of itself is in the language of its page, also where a number stands in it."""
    member, admin = browse(mailbox_administrator), browse(administrator)
    member.cookie += "; language=en"
    admin.cookie += "; language=en"
    answers = [
        member.post("/account/password", old="wrong", new="short", again="short"),
        member.post("/account/password", old="wrong", new="short", again="other"),
        member.post("/account", name="", language="xx"),
        admin.post("/mailboxes/new", name="", language="xx"),
        admin.post("/mailboxes/new", name="Socialnämnden", language="sv"),
        member.post(
            f"/compose?mailbox={mailbox.id}", mailbox=str(mailbox.id), kind="fake", subject="x" * 999, send="1"
        ),
        member.post("/account", csrf="stale", name="x"),
    ]
    assert not {str(answer.url): swedish for answer in answers if (swedish := left(answer.text))}
    assert all(answer.status_code >= 400 for answer in answers), [(str(a.url), a.status_code) for a in answers]

"""Every way to ask the application that the plugins which come along have, with ids of things that are there."""

import re
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute

from budkavle.accounts import mailboxes
from budkavle.cases import attachments
from budkavle.cases.inbox import inbox
from budkavle.identification import administration, identities
from budkavle.model.mailboxes import FunctionMailbox
from budkavle.model.people import UserActor
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser

PLUGINS = ("addressbook", "sdk", "absence", "adviser", "eid", "email_link", "sms", "message_api", "proof", "economy")
PAGE = {"sec-fetch-site": "same-origin", "accept": "text/html"}
FORM = {**PAGE, "content-type": "application/x-www-form-urlencoded"}


class Ask(NamedTuple):
    """One way to ask the application: a method and a path with ids in it."""

    method: str
    path: str
    has_ids: bool


def ask(browser: Any, method: str, path: str, csrf: str | None = None, **headers: str) -> httpx.Response:
    """Open a page, or send a form in which nothing is wrong but perhaps its token."""
    fields = {"csrf": browser.csrf if csrf is None else csrf, "holder": str(uuid4()), "name": "Kim Ek"}
    body = (
        None
        if method in {"GET", "HEAD"}
        else urlencode(fields | {"email": "kim@habo.example", "phone": "0701234567"}).encode()
    )
    token = {} if csrf is not None else {"x-csrf": browser.csrf}
    return raw(browser, method, path, body, {**FORM, **token, **headers})


def raw(browser: Any, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> httpx.Response:
    """Send exactly these bytes with the browser's cookie."""
    browser.client.cookies.clear()
    own = {**headers, "cookie": f"budkavle={browser.cookie}"}
    answer: httpx.Response = browser.client.request(method, path, content=body, headers=own, follow_redirects=False)
    return answer


def all_asks(
    app: Litestar, organisation: SampleOrganisation, case_worker: SampleUser, mailbox: FunctionMailbox
) -> list[Ask]:
    """Return every method of every route, with the ids of things of the organisation, which are made."""
    ada = UserActor(organisation.id, case_worker.id, case_worker.name)
    system = system_actor(organisation.id)
    default = in_work(organisation.platform, system, mailboxes.create_mailbox, "Registrator", default=True)
    in_work(organisation.platform, system, mailboxes.add_members, default.id, [case_worker.id])
    organisation.arrive()
    (case,) = in_work(organisation.platform, ada, inbox, default.id).items
    file = attachments.store(organisation.platform, ada, "a.pdf", "application/pdf", [b"%PDF-1.7\n"])
    in_work(organisation.platform, system, administration.set_personnummer, case_worker.id, "199001012385")
    (identity,) = in_work(organisation.platform, ada, identities.linked)
    ids = {
        "mailbox_id": mailbox.id,
        "case_id": case.id,
        "attachment_id": file.id,
        "user_id": case_worker.id,
        "identity_id": identity.id,
    }
    asks = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue

        def value(match: re.Match[str]) -> str:
            name, kind = match.group(1), match.group(2)
            words = {"action_name": "take", "kind": "sdk"}
            if kind == "int":
                return "1"
            return str(ids.get(name, uuid4())) if kind == "uuid" else words.get(name, "x")

        path = re.sub(r"\{(\w+):(\w+)\}", value, route.path)
        asks += [Ask(method, path, ":uuid" in route.path) for method in sorted(route.methods - {"OPTIONS"})]
    return asks

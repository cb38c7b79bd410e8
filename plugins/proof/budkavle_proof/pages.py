"""The page with the delivery proofs of a case's messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from budkavle import Actor, Direction, Host, Message
from budkavle.messaging import read_case
from budkavle.web import Form, Visitor, plugin_page
from budkavle_proof.evidence_events import ADDRESS, WORDS, evidence_events
from budkavle_proof.export import UNREADABLE, export, happened, may_stamp, public_key
from budkavle_proof.proof_pdf import typeset_proof
from budkavle_proof.verification_script import source
from budkavle_proof.verify_proof import fingerprint

PATH = "/plugin/proof"


def router(host: Host) -> Router:
    """Return the routes of the page."""

    @get(f"{PATH}/c/{{case_id:uuid}}", sync_to_thread=True)
    def show(visitor: NamedDependency[Visitor], case_id: FromPath[UUID]) -> Response[str]:
        """List the messages of a case, each with its button."""
        with host.work(visitor.actor) as work:
            view = read_case(work, case_id)
        context = {
            "case": view.case,
            "messages": [
                {**_item(visitor, entry.message), "deliveries": [_evidence(visitor, track) for track in entry.tracks]}
                for entry in view.thread
                if entry.message.state not in UNREADABLE
            ],
            "fingerprint": fingerprint(public_key(host, visitor.actor.organisation_id)),
            "path": PATH,
            "stamps": may_stamp(host),
        }
        return plugin_page(visitor, "proof/proofs.html", context, mailbox_id=view.case.mailbox_id)

    @post(f"{PATH}/m/{{message_id:uuid}}", sync_to_thread=True, status_code=200)
    def fetch(
        visitor: NamedDependency[Visitor],
        form: NamedDependency[Form],
        message_id: FromPath[UUID],
    ) -> Response[bytes]:
        """Return the proof as a file."""
        content, kind = export(host, visitor.actor, message_id, at_once=bool(form.get("stamp"))), "json"
        if form.get("pdf"):
            content, kind = typeset_proof(content, visitor.say, visitor.language), "pdf"
        headers = {"content-disposition": f'attachment; filename="delivery-proof-{message_id}.{kind}"'}
        return Response(content, media_type=f"application/{kind}", headers=headers)

    @get(f"{PATH}/verify_proof.py", sync_to_thread=True)
    def script(visitor: NamedDependency[Visitor]) -> Response[bytes]:  # noqa: ARG001 - only for signed-in users
        """Return the program that verifies proofs."""
        headers = {"content-disposition": 'attachment; filename="verify_proof.py"'}
        return Response(source().encode(), media_type="application/octet-stream", headers=headers)

    return Router("", route_handlers=[show, fetch, script])


def _item(visitor: Visitor, message: Message) -> dict[str, Any]:
    out = message.direction is Direction.OUT
    who = ", ".join(str(recipient) for recipient in message.recipients) if out else str(message.sender)
    return {
        "id": str(message.id),
        "subject": message.subject or visitor.say("(utan ämne)"),
        "way": visitor.say("Till {who}", who=who) if out else visitor.say("Från {who}", who=who),
        "at": message.created_at,
    }


def _evidence(visitor: Visitor, track: Any) -> dict[str, Any]:
    """Return the events of a delivery, in words and by the names of EN 319 522-1."""
    language = 1 if visitor.language == "en" else 0
    steps = []
    for event in evidence_events(happened(track, "")):
        name = event["event"].removeprefix(ADDRESS)
        at = datetime.fromisoformat(event["at"])
        steps.append({"words": WORDS[name][language], "name": name, "at": at})
    return {"to": str(track.to.recipient), "steps": steps}


def action(actor: Actor, subject: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG001 - the same for all
    """Return the data of the button beside a message."""
    return {"url": f"{PATH}/c/{subject['case'].id}"}

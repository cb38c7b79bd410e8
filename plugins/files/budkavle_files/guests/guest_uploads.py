"""Files that a guest with the role author adds or replaces: by tus, or by a plain form."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from anyio import to_thread
from litestar import Response, Router, delete, get, head, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from budkavle import ActorScope, Host, Invalid, NotFound, Sentence, Work, record, translations
from budkavle.cases import OwnedFile, require_file_type
from budkavle.web import Guest, WebRequest, check_token
from budkavle_files.content import tus
from budkavle_files.content.pages import add_by_form
from budkavle_files.guests.guest_pages import entry_page, find_shared, here, is_for, reached, remember
from budkavle_files.guests.guest_shares import PATH, GuestShare, require_share
from budkavle_files.tree.guest_names import guest_mark
from budkavle_files.tree.things import GONE, AccessRole
from budkavle_files.tree.versions import FILES


def router(host: Host) -> Router:
    """Return the routes."""
    return Router(f"{PATH}/{{token:str}}", route_handlers=[_by_form(host), *_by_tus(host)])


def _by_form(host: Host) -> Any:
    @post("/add/{target_id:uuid}")
    async def add(
        request: WebRequest, token: FromPath[str], target_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[Any]:
        """Receive the files of a plain form."""
        shared = await to_thread.run_sync(find_shared, host, request, token)
        if guest is None or not is_for(shared, guest):
            return Redirect(here(token), status_code=303)
        try:
            await add_by_form(host, request, _sender(host, request, token, shared, guest), target_id)
        except Invalid as error:
            faults = error.fields or {"file": error.sentence}
            return await to_thread.run_sync(
                lambda: entry_page(host, request, token, (shared, guest), target_id, {"upload_faults": faults})
            )
        return Redirect(f"{here(token)}/e/{target_id}?said=added", status_code=303)

    return add


def _by_tus(host: Host) -> list[Any]:
    address = "/uploads/{upload_id:uuid}"

    @post("/uploads", sync_to_thread=True)
    def create(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> tus.Answer:
        """Create an upload."""
        return tus.make_place(host, request, _require_sender(host, request, token, guest))

    @get("/uploads", sync_to_thread=True)
    def own(request: WebRequest, token: FromPath[str], guest: NamedDependency[Guest | None]) -> tus.Answer:
        """Return the unfinished uploads with a fingerprint."""
        return tus.list_waiting(host, request, _require_sender(host, request, token, guest))

    @head(address, sync_to_thread=True)
    def ask(
        request: WebRequest, token: FromPath[str], upload_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[None]:
        """Return how many bytes have arrived."""
        return tus.tell_offset(host, _require_sender(host, request, token, guest), upload_id)

    @patch(address)
    async def add(
        request: WebRequest, token: FromPath[str], upload_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> tus.Answer:
        """Receive bytes; those that arrived are kept if the connection breaks."""
        sender = await to_thread.run_sync(_require_sender, host, request, token, guest)
        return await tus.take_bytes(host, request, sender, upload_id)

    @delete(address, sync_to_thread=True, status_code=204)
    def stop(
        request: WebRequest, token: FromPath[str], upload_id: FromPath[UUID], guest: NamedDependency[Guest | None]
    ) -> Response[None]:
        """End the upload."""
        return tus.give_up(host, request, _require_sender(host, request, token, guest), upload_id)

    return [create, own, ask, add, stop]


def _require_sender(host: Host, request: WebRequest, token: str, guest: Guest | None) -> tus.Sender:
    """Return the guest of a link as a sender.

    Raises:
        NotFound: The link is unknown, or the guest has not identified for it.
    """
    shared = find_shared(host, request, token)
    if guest is None or not is_for(shared, guest):
        raise NotFound(GONE)
    return _sender(host, request, token, shared, guest)


def _sender(host: Host, request: WebRequest, token: str, shared: GuestShare, guest: Guest) -> tus.Sender:
    def judge(work: Work, target_id: UUID, name: str, file: OwnedFile | None) -> None:
        """Check again each time: a share may end, and a level rise, during an upload."""
        now = replace(shared, share=require_share(host, work, shared.share.id))
        reached(host, work, now, guest, target_id, AccessRole.AUTHOR)
        if name:
            beginning = next(FILES.open(work, file.id), b"") if file and file.size else b""
            require_file_type(work, name, file.content_type if file else "", beginning)
        if file is not None:
            remember(host, work, now, guest)
            record(work, "files.guest-added", target_id, share=str(shared.share.id))

    return tus.Sender(
        host.system(shared.organisation_id, ActorScope.READ, ActorScope.WRITE, name=guest_mark(shared.share.id)),
        shared.share.id,
        f"{here(token)}/uploads",
        lambda form: check_token(form, guest.csrf, request.headers.get("x-csrf")),
        f"files guest {shared.share.id}",
        lambda sentence: _say(host, shared.details.language, sentence),
        judge,
        is_guest=True,
    )


def _say(host: Host, language: str, sentence: str) -> str:
    words, said = translations(language, dict(host.platform.plugins.folders("locale"))), Sentence(sentence)
    text = words.gettext(said.message)
    return text.format(**said.facts) if said.facts else text

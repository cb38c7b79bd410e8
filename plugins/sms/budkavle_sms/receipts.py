"""Delivery reports of gateways: over HTTP, or as SMPP receipts.

Over HTTP, a report arrives at a URL that only the gateway has: it contains the sealed id of the message. Over SMPP, a
receipt names the message by the operator's identifier, and may arrive before the answer that tells us the identifier.
So it is stored first, and matched when both are known.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from budkavle import BudkavleError, Host, NotFound
from budkavle.notices import NoticeState, find_notice, report_notice
from budkavle_sms.register import Register
from budkavle_sms.tables import receipts

PATH = "/plugin/sms/report"
KEPT = timedelta(days=3)
"""How long a receipt waits for its message."""
LONGEST_ID = 100
NOT_DELIVERED = "Operatören meddelar att det inte gick att leverera till telefonen."
UNKNOWN = "Adressen hör inte till något SMS."
_LABEL = "sms-report"


class Reports:
    """Reads reports on messages.

    Args:
        host: The plugin's host.
        register: Which gateway has which message.

    Attributes:
        take_older: Takes over an older version's messages of an organisation, so that a report finds them.
    """

    def __init__(self, host: Host, register: Register) -> None:
        self._host = host
        self._register = register
        self.take_older: Callable[[UUID], int] = lambda _: 0

    def url(self, organisation_id: UUID, message_id: UUID) -> str:
        """Return the URL where a gateway may report the outcome of a message."""
        sealed = self._host.vault.seal_installation(_LABEL, organisation_id.bytes + message_id.bytes)
        base = self._host.platform.settings.base_url.rstrip("/")
        return f"{base}{PATH}/{urlsafe_b64encode(sealed).decode().rstrip('=')}"

    def named(self, token: str) -> tuple[UUID, UUID]:
        """Return the organisation and the message that a report's URL names.

        Raises:
            NotFound: It is not one of our URLs.
        """
        try:
            sealed = urlsafe_b64decode(token + "=" * (-len(token) % 4))
            plain = self._host.vault.open_installation(_LABEL, sealed)
        except (ValueError, BudkavleError) as error:
            raise NotFound(UNKNOWN) from error
        return UUID(bytes=plain[:16]), UUID(bytes=plain[16:])

    def reported(self, token: str, state: NoticeState | None) -> None:
        """Record a report over HTTP; one that is repeated, late or without news changes nothing.

        Raises:
            NotFound: It is not one of our URLs.
        """
        organisation_id, message_id = self.named(token)
        if state is not None:
            self._end(organisation_id, message_id, state)

    def receipt(self, gateway: str, remote_id: str, state: NoticeState) -> None:
        """Store a receipt, and match it if its message is known."""
        if len(remote_id) > LONGEST_ID:
            return
        row = {"gateway": gateway, "remote_id": remote_id, "state": state.value, "received_at": func.now()}
        with self._host.transaction(None) as connection:
            connection.execute(insert(receipts).values(row).on_conflict_do_nothing())
        self.match(gateway, remote_id)

    def match(self, gateway: str, remote_id: str) -> None:
        """Apply the receipts of a message, if both have arrived; call it whenever one of them arrives."""
        mine = (receipts.c.gateway == gateway, receipts.c.remote_id == remote_id)
        with self._host.transaction(None) as connection:
            states = connection.execute(select(receipts.c.state).where(*mine)).scalars().all()
        found = self._register.find(gateway, remote_id) if states else None
        if found is None:
            return
        for state in states:
            self._end(*found, NoticeState(state))
        with self._host.transaction(None) as connection:
            connection.execute(delete(receipts).where(*mine))

    def sweep(self) -> int:
        """Delete receipts whose message is still unknown, and return the number."""
        with self._host.transaction(None) as connection:
            gone = connection.execute(delete(receipts).where(receipts.c.received_at < func.now() - KEPT)).rowcount
        if gone:
            self._host.log.warning("sms.receipts_unmatched", count=gone)
        return gone

    def _end(self, organisation_id: UUID, notice_id: UUID, state: NoticeState) -> None:
        failure = NOT_DELIVERED if state is NoticeState.FAILED else ""
        with self._host.work(self._host.system(organisation_id)) as work:
            is_ours = find_notice(work, notice_id) is not None
            if is_ours:
                report_notice(work, notice_id, state, failure)
        if not is_ours and self.take_older(organisation_id):
            self._end(organisation_id, notice_id, state)

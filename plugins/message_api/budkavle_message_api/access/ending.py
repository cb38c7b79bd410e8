"""Revokes access to the API after a restore."""

from uuid import UUID

from sqlalchemy import delete, func, update

from budkavle import Host, record
from budkavle_message_api.tables import clients, tokens


def end_access(host: Host, organisation_id: UUID) -> None:
    """Revoke all access tokens of an organisation, and block its clients until somebody unblocks them.

    A client that was removed, or whose key was changed, after the backup was made is restored with the backup.
    """
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            ended = connection.execute(delete(tokens).where(tokens.c.organisation_id == organisation_id)).rowcount
            let_in = (clients.c.organisation_id == organisation_id, clients.c.ended_at.is_(None))
            shut = connection.execute(update(clients).where(*let_in).values(ended_at=func.now())).rowcount
        if ended:
            record(work, "api.tokens-ended", None, count=ended)
        if shut:
            record(work, "api.clients-ended", None, count=shut)

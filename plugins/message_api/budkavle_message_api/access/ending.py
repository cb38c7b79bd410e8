"""Ending what the API lets in by, after a restore."""

from uuid import UUID

from sqlalchemy import delete

from budkavle import Host, record
from budkavle_message_api.tables import tokens


def end_tokens(host: Host, organisation_id: UUID) -> None:
    """End all access tokens of an organisation; its clients get new ones by their keys."""
    with host.work(host.system(organisation_id)) as work:
        with host.tables(work) as connection:
            ended = connection.execute(delete(tokens).where(tokens.c.organisation_id == organisation_id)).rowcount
        if ended:
            record(work, "api.tokens-ended", None, count=ended)

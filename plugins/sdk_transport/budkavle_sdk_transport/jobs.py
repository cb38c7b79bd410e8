"""The plugin's jobs: fetch parcels, ask for status, end what is overdue, prune the log, refresh certificates."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from budkavle import Host, Job
from budkavle_sdk_transport.incoming.receiving import SHARES
from budkavle_sdk_transport.network import certificate_refresh, network
from budkavle_sdk_transport.settings import SdkSettings


def jobs(host: Host) -> Iterable[Job]:
    """Return the jobs of one installation."""
    parts = network(host)
    settings: SdkSettings = host.settings
    poll = settings.soap.poll_seconds if settings.access_point == "soap" else settings.poll_seconds
    for share in range(SHARES):
        yield Job(f"fetch-{share + 1}", partial(parts.receiver.fetch, share, SHARES), timedelta(seconds=poll))
    yield Job("status", parts.status_polling.poll, timedelta(seconds=settings.status_seconds))
    yield Job("overdue", parts.status_polling.end_overdue, timedelta(minutes=1))
    yield Job("log", partial(_prune_log, host), timedelta(days=1))
    yield Job("certificates", certificate_refresh(host).refresh, timedelta(minutes=1))
    if settings.access_point_pushes:
        from budkavle_sdk_transport.access_points.domibus.push import EVERY, push_job

        yield Job("doorbell", push_job(host, parts.receiver.fetch, parts.status_polling.poll), EVERY)


def _prune_log(host: Host) -> int:
    from budkavle_sdk_transport.transfers.log import prune

    return prune(host, [membership.organisation_id for membership in network(host).memberships.all()])

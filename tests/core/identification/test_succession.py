"""Those whose inbox somebody read for them are told when that account is closed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from budkavle.accounts import delegate
from budkavle.host import host_of
from budkavle.identification import administration
from budkavle.model.notices import Notice, NoticeKind
from budkavle.plugins.registry import Plugins
from budkavle.settings import Settings
from budkavle.storage.platform import Platform, open_platform
from budkavle.testing import SampleOrganisation, SampleUser, do_job, in_work
from budkavle.testing.fakes import FakeNotifier
from budkavle.testing.plugins import offer, plugin_module


class Mailer(FakeNotifier):
    """Takes mails to any address but one."""

    refused = ""

    def check(self, notice: Notice) -> None:
        """Refuse the one address."""
        if notice.address != self.refused:
            return
        super().check(notice)


@pytest.fixture
def mailer() -> Mailer:
    return Mailer(kind=NoticeKind.MAIL)


@pytest.fixture
def platform(budkavle_settings: Settings, mailer: Mailer) -> Iterator[Platform]:
    """An installation with mail."""
    fake = plugin_module("fake", notifiers=lambda host: [mailer])
    settings = msgspec.structs.replace(budkavle_settings, enabled=("fake",))
    plugins = Plugins.load(settings, offer(fake=fake))
    with closing(open_platform(settings, plugins=plugins)) as opened:
        plugins.start(lambda plugin: host_of(plugin, settings, lambda: opened))
        yield opened


@pytest.fixture
def close(
    organisation: SampleOrganisation,
    administrator: SampleUser,
    case_worker: SampleUser,
    colleague: SampleUser,
    mailer: Mailer,
) -> Callable[[], list[Notice]]:
    """Close the account of the case worker, who reads a colleague's inbox; returns the mails that were sent."""
    until = datetime.now(UTC) + timedelta(days=30)
    in_work(organisation.platform, colleague, delegate, case_worker.id, until)

    def closed() -> list[Notice]:
        in_work(organisation.platform, administrator, administration.close, case_worker.id)
        do_job(organisation.platform, "outbox.notices.mail")
        return [attempt.notice for attempt in mailer.sent]

    return closed


@pytest.mark.feature("O2")
def test_the_owner_of_the_inbox_is_told(
    close: Callable[[], list[Notice]], case_worker: SampleUser, colleague: SampleUser
) -> None:
    """By mail, and nobody else is; only the owner chooses who reads the inbox next."""
    (mail,) = close()
    assert mail.address == colleague.email
    assert f"{case_worker.name} läser inte längre din personliga inkorg åt dig" in mail.text
    assert mail.link is not None
    assert mail.link.url.endswith("/account")


def test_an_address_that_no_mail_can_go_to_keeps_no_account_open(
    close: Callable[[], list[Notice]], organisation: SampleOrganisation, colleague: SampleUser, mailer: Mailer
) -> None:
    """The account is closed and the delegation ended all the same."""
    mailer.refused = colleague.email
    assert close() == []
    assert {"user.closed", "delegation.ended"} <= set(organisation.log_kinds())

"""The plugin is on unless the settings disable it; without it all else works."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Address, Conflict, Invalid, Platform
from budkavle.deliveries import recall
from budkavle.messaging import read_case, recipients
from budkavle.testing import in_work
from budkavle.testing.browsing import browsing


@pytest.mark.feature("PL1")
def test_it_is_on_where_no_settings_name_it(neighbours: Any) -> None:
    """A settings file from before the plugin has nothing to say of it, and messages go as before."""
    assert "local" in neighbours.platform.plugins.names
    neighbours.write()
    neighbours.deliver()
    (case,) = neighbours.inbox()
    assert case.subject == "Samtycke"


class TestSwitchedOff:
    @pytest.fixture
    def platform(self, budkavle_open: Callable[..., Platform]) -> Platform:
        """An installation whose settings disable it."""
        return budkavle_open(disabled=("local",))

    @pytest.mark.feature("PL1")
    def test_no_such_channel_is_offered(self, neighbours: Any) -> None:
        """Neither the kinds of message nor an address of an account has it; who tries is told why it cannot go."""
        assert "local" not in neighbours.platform.plugins.names
        assert recipients.kinds(neighbours.platform, neighbours.organisation.mailbox) == []
        for address in (Address("secure", neighbours.reader.email), neighbours.address()):
            with pytest.raises(Invalid) as refused:
                neighbours.write(address)
            assert "Det finns inget sätt att skicka till" in refused.value.fields["recipients"]

    @pytest.mark.feature("PL1")
    def test_the_page_that_writes_says_so(self, neighbours: Any) -> None:
        """The page answers, and says that nothing can be sent from here."""
        with browsing(neighbours.platform) as browser:
            page = browser(neighbours.writer.user).get("/compose")
        assert page.status_code == 200
        assert "Det finns inget sätt att skicka från den här brevlådan" in page.text


@pytest.mark.feature("PL1", "R3")
def test_what_was_sent_before_stays_and_goes_on(neighbours: Any, budkavle_open: Callable[..., Platform]) -> None:
    """Switched off, its messages are read and not recalled, and its queue waits; on again, all goes on."""
    with_it, without_it = neighbours.platform, budkavle_open(disabled=("local",))
    first = neighbours.write()
    neighbours.deliver()
    neighbours.open_with(without_it)
    with pytest.raises(Conflict, match="kan inte återkallas"):
        in_work(without_it, neighbours.writer, recall.recall, neighbours.delivery(first).id)
    (arrived,) = neighbours.inbox()
    assert in_work(without_it, neighbours.reader, read_case, arrived.id).thread[0].message.body == "Se nedan."
    assert neighbours.delivery(first).opened_at is None, "nobody was there to tell the sender"

    neighbours.open_with(with_it)
    second = neighbours.write()
    neighbours.open_with(without_it)
    neighbours.deliver()
    assert neighbours.delivery(second).state == "WAITING_FOR_RETRY"
    neighbours.open_with(with_it)
    neighbours.organisation.make_due()
    neighbours.deliver()
    assert neighbours.delivery(second).state == "WAITING_FOR_RECEIPT"
    in_work(with_it, neighbours.reader, read_case, arrived.id)
    assert neighbours.delivery(first).state == "ACKNOWLEDGED"

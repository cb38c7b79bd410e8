"""The plugin is on unless the settings disable it; without it all else works."""

from collections.abc import Callable
from typing import Any

import pytest

from budkavle import Address, Conflict, Draft, Invalid, Loa, Platform
from budkavle.deliveries import recall
from budkavle.messaging import read_case, recipients, send
from budkavle.testing import in_work
from budkavle.testing.browsing import browsing

BODY = "Se nedan."


def write(neighbours: Any, *addresses: Address) -> Any:
    draft = Draft(addresses, "Samtycke", BODY, loa=Loa.TWO)
    return in_work(neighbours.platform, neighbours.actor("anna"), send, neighbours.own("anna"), draft)


@pytest.mark.feature("PL1")
def test_it_is_on_where_no_settings_name_it(neighbours: Any) -> None:
    """A settings file from before the plugin has nothing to say of it, and messages go as before."""
    assert "local" in neighbours.platform.plugins.names
    write(neighbours, Address("secure", "eva@sjovik.se"))
    neighbours.deliver()
    (case,) = neighbours.inbox("eva")
    assert case.subject == "Samtycke"


@pytest.mark.feature("PL1")
def test_without_it_no_such_channel_is_offered(build_neighbours: Callable[..., Any]) -> None:
    """Neither the page that writes nor an address of an account offers it; who tries is told why it cannot go."""
    neighbours = build_neighbours(disabled=("local",))
    assert "local" not in neighbours.platform.plugins.names
    assert recipients.kinds(neighbours.platform, neighbours.mailboxes["Björkvik"]) == []
    for address in (Address("secure", "eva@sjovik.se"), neighbours.address("eva")):
        with pytest.raises(Invalid) as refused:
            write(neighbours, address)
        assert "Det finns inget sätt att skicka till" in refused.value.fields["recipients"]


@pytest.mark.feature("PL1")
def test_the_page_that_writes_says_so(build_neighbours: Callable[..., Any]) -> None:
    """The page answers, and says that nothing can be sent from here."""
    neighbours = build_neighbours(disabled=("local",))
    with browsing(neighbours.platform) as browser:
        page = browser(neighbours.people["anna"]).get("/compose")
    assert page.status_code == 200
    assert "Det finns inget sätt att skicka från den här brevlådan" in page.text


@pytest.mark.feature("PL1", "R3")
def test_what_was_sent_before_stays_and_goes_on(neighbours: Any, budkavle_open: Callable[..., Platform]) -> None:
    """Switched off, its messages are read and not recalled, and its queue waits; on again, all goes on."""
    with_it = neighbours.platform
    first = write(neighbours, Address("secure", "eva@sjovik.se"))
    neighbours.deliver()
    neighbours.platform = budkavle_open(disabled=("local",))
    (delivery,) = neighbours.deliveries(first)
    with pytest.raises(Conflict, match="kan inte återkallas"):
        in_work(neighbours.platform, neighbours.actor("anna"), recall.recall, delivery.id)
    (arrived,) = neighbours.inbox("eva")
    assert in_work(neighbours.platform, neighbours.actor("eva"), read_case, arrived.id).thread[0].message.body == BODY
    assert neighbours.deliveries(first)[0].opened_at is None, "nobody was there to tell the sender"

    neighbours.platform = with_it
    second = write(neighbours, Address("secure", "eva@sjovik.se"))
    neighbours.platform = budkavle_open(disabled=("local",))
    neighbours.deliver()
    assert neighbours.deliveries(second)[0].state == "WAITING_FOR_RETRY"
    neighbours.platform = with_it
    neighbours.make_due(second)
    neighbours.deliver()
    assert neighbours.deliveries(second)[0].state == "WAITING_FOR_RECEIPT"
    in_work(with_it, neighbours.actor("eva"), read_case, arrived.id)
    assert neighbours.deliveries(first)[0].state == "ACKNOWLEDGED"

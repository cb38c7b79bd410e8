"""A provider that opens accounts by their address: what it may do, what not, and what an organisation decides."""

from typing import Any

import pytest

from budkavle.accounts import organisations, users
from budkavle.identification import account_methods, flow, providers
from budkavle.identification.flow import Turn
from budkavle.model.errors import NotFound
from budkavle.model.loa import Loa
from budkavle.model.people import Identity
from budkavle.plugins.protocols.identity_provider import Failed, Prompt, ProviderTraits, Step
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser


class Book(FakeIdentityProvider):
    """A directory of people's addresses, which says who it is."""

    def __init__(self, traits: ProviderTraits) -> None:
        super().__init__(name="book", label="Katalogen", traits=traits)
        self.identity = Identity("book", "", Loa.TWO)

    def advance(self, state: Any, answers: Any) -> Step:
        return self.identity


@pytest.fixture
def ada(platform: Platform, administrator: SampleUser, case_worker: SampleUser) -> Any:
    return in_work(platform, administrator, users.user, case_worker.user_id)


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Book:
    """The directory, which may open accounts by their address, beside a provider that goes by what is linked."""
    book, fake = Book(ProviderTraits(Loa.TWO, opens_account_by_address=True)), FakeIdentityProvider()
    monkeypatch.setattr(providers, "providers", lambda platform: {"book": book, "fake": fake})
    return book


def sign_in(organisation: SampleOrganisation, book: Book, subject: str, email: str) -> Turn:
    book.identity = Identity("book", subject, Loa.THREE, {"email": email})
    begun = flow.begin(organisation.platform, "book", "b")
    assert isinstance(begun.step, Prompt)
    return flow.advance(organisation.platform, begun.flow, "b", {"code": "x"})


def test_it_opens_the_account_that_has_the_address_and_the_id(
    organisation: SampleOrganisation, colleague: SampleUser, ada: Any, book: Book
) -> None:
    """Address and id must be of the same account; the level is capped, and the log names the provider."""
    done = sign_in(organisation, book, str(ada.id), ada.email).signed_in
    assert done is not None
    assert (done.user.id, done.loa, done.provider) == (ada.id, Loa.TWO, "book")
    assert '"provider":"book"' in organisation.log_entries("user.signed-in")[-1].replace(" ", "")
    for subject, email in (
        (str(colleague.user_id), ada.email),
        (str(ada.id), "ingen@exempel.se"),
        (ada.email, ada.email),
    ):
        turn = sign_in(organisation, book, subject, email)
        assert isinstance(turn.step, Failed)
        assert turn.signed_in is None


def test_without_the_trait_an_address_opens_nothing(organisation: SampleOrganisation, ada: Any, book: Book) -> None:
    """The same words by a provider that goes by what is linked lead nowhere."""
    book.traits = ProviderTraits(Loa.TWO)
    assert sign_in(organisation, book, str(ada.id), ada.email).signed_in is None


def test_a_closed_account_stays_closed(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, ada: Any, book: Book
) -> None:
    """What is closed is opened by nobody's word."""
    in_work(platform, administrator, users.update_user, ada.id, active=False)
    assert sign_in(organisation, book, str(ada.id), ada.email).signed_in is None


def test_an_organisation_that_has_chosen_other_ways_is_not_opened(
    platform: Platform, organisation: SampleOrganisation, administrator: SampleUser, ada: Any, book: Book
) -> None:
    """An administrator who has not chosen it keeps it out of every account of the organisation."""
    in_work(platform, administrator, organisations.update_organisation, settings={"login_methods": ["fake"]})
    turn = sign_in(organisation, book, str(ada.id), ada.email)
    assert isinstance(turn.step, Failed)
    assert "Din organisation har valt andra sätt" in turn.step.message


def test_it_is_not_added_to_an_account(platform: Platform, case_worker: SampleUser, book: Book) -> None:
    """It opens the account as it is, so there is nothing to add; the flow for that is not begun."""
    reaching = in_work(platform, case_worker, account_methods.reaching)
    assert [provider.name for provider in reaching.linked] == ["book"]
    assert [provider.name for provider in reaching.addable] == ["fake"]
    with pytest.raises(NotFound, match="läggs inte till"):
        flow.begin(platform, "book", "b", actor=case_worker, link=True)


def test_only_a_form_that_begins_nothing_is_shown_before_it_is_chosen(platform: Platform, book: Book) -> None:
    """Opening the page of sign-in starts no provider but the one whose form starts nothing elsewhere."""
    assert flow.first_form(platform, book) is None
    book.traits = ProviderTraits(Loa.TWO, opens_account_by_address=True, asks_for_password=True)
    assert isinstance(flow.first_form(platform, book), Prompt)

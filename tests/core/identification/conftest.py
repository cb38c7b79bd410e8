"""An identity provider on another site, and an account with the number of a person whom it knows."""

from typing import Any

import pytest
from tests.core.identification.peers import ANNA, BERIT, Asking, Peer, email_of

from budkavle.accounts import users
from budkavle.identification import (
    administration,
    providers,
)
from budkavle.storage.platform import Platform
from budkavle.testing.acting import in_work
from budkavle.testing.actors import system_actor
from budkavle.testing.organisations import SampleOrganisation, SampleUser


@pytest.fixture
def peer(organisation: SampleOrganisation, colleague: SampleUser, monkeypatch: pytest.MonkeyPatch) -> Peer:
    """The provider, in addition to another one and the password."""
    own = providers.providers
    made = Peer()
    others = {"peer": made, "other": Peer("other", "Annan legitimation"), "asking": Asking()}
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), **others})
    made.knows("anna", name="Anna Testlind", personnummer=ANNA, email=email_of(organisation, colleague))
    made.knows("berit", name="Berit", personnummer=BERIT)
    return made


@pytest.fixture
def anna(
    platform: Platform, organisation: SampleOrganisation, case_worker: SampleUser, administrator: SampleUser
) -> Any:
    """Ada's account, which has Anna's number."""
    in_work(
        platform,
        system_actor(organisation.id),
        administration.set_personnummer,
        case_worker.user_id,
        "19900101-2385",
    )
    return in_work(platform, administrator, users.user, case_worker.user_id)

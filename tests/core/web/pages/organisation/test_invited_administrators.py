"""What the page of an invitation says to somebody who is to administer."""

from collections.abc import Callable

import pytest

from budkavle.accounts.core_settings import SignInSettings
from budkavle.accounts.stored_settings import write_settings
from budkavle.identification import flow, providers, sessions
from budkavle.identification.mail_links import invitations
from budkavle.model.loa import Loa
from budkavle.model.notices import Notice
from budkavle.plugins.protocols.identity_provider import ProviderTraits
from budkavle.testing.acting import in_work
from budkavle.testing.browsing import Browser
from budkavle.testing.fakes import FakeIdentityProvider
from budkavle.testing.organisations import SampleOrganisation, SampleUser

pytestmark = pytest.mark.filterwarnings("ignore:.*Inferred dependency")
SAID = "ett lösenord räcker inte"


@pytest.fixture
def invite(
    monkeypatch: pytest.MonkeyPatch,
    browse: Callable[..., Browser],
    organisation: SampleOrganisation,
    administrator: SampleUser,
) -> Callable[[str], str]:
    """Invite somebody with a role, where one can sign in at level 3; return the path of the invitation."""
    sent: list[Notice] = []
    monkeypatch.setattr(invitations, "can_invite", lambda platform: True)
    monkeypatch.setattr(invitations, "notify", lambda work, notice: sent.append(notice))
    sure = FakeIdentityProvider(name="eid", label="E-legitimation", traits=ProviderTraits(Loa.THREE))
    own = providers.providers
    monkeypatch.setattr(providers, "providers", lambda platform: {**own(platform), "eid": sure})
    root = browse(administrator)
    root.cookie = sessions.start(organisation.platform, flow.SignedIn(administrator.user, Loa.THREE, "eid", "/"))
    root.csrf = sessions.find(organisation.platform, root.cookie).csrf

    def one(role: str) -> str:
        typed = {"name": "Nina Ny", "email": f"{role}@habo.example", "language": "sv", "open": "invite"}
        root.post("/organisation/users/new", role=role, **typed)
        assert sent[-1].link is not None
        return "/invitation/" + sent[-1].link.url.rpartition("/")[2]

    return one


@pytest.mark.feature("O2")
def test_an_invited_administrator_is_told_that_a_password_is_too_little(
    invite: Callable[[str], str], browse: Callable[..., Browser], organisation: SampleOrganisation
) -> None:
    """Before it is chosen; others are not, and nobody where the organisation asks for no more."""
    admin, user = invite("admin"), invite("user")
    guest = browse(None)
    assert SAID not in guest.get(admin).text
    chosen = {"sure_administrators": True}
    in_work(organisation.platform, organisation.system, write_settings, SignInSettings, chosen)
    assert SAID in guest.get(admin).text
    assert SAID not in guest.get(user).text

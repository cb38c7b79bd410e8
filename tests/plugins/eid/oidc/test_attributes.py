"""What is believed of the person, by preset and settings."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.eid.oidc.signing_in import HINTS, LOA, asked, refused

from budkavle import Loa
from budkavle_eid.oidc.provider import OidcProvider

Connect = Callable[..., OidcProvider]
SigningIn = Callable[..., Any]


def test_personnummer_are_only_taken_where_they_are_believed(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """A generic provider's claim of a personnummer is left out until the installation believes it."""
    name = "https://id.oidc.se/claim/personalIdentityNumber"
    more = {"preset": "generic", "levels": {f"{LOA}loa3": 3}, "attributes": {"personnummer": name}}
    doubted, believed = connect(**more), connect(**more, personnummer=True)
    assert not doubted.traits.asserts_personnummer
    assert "personnummer" not in signing_in(doubted).attributes
    assert signing_in(believed).attributes["personnummer"] == "199001012385"


def test_userinfo_must_be_of_the_same_person(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """Attributes may come from userinfo, but the ID token's own win and the subject must be the same."""
    more = {"userinfo": True, "attributes": {"email": "email", "name": "name"}}
    op.userinfo = {"sub": "anna-subject", "email": "Anna@Habo.example", "name": "Någon annan"}
    step = signing_in(connect(**more))
    assert (step.attributes["email"], step.attributes["name"]) == ("anna@habo.example", "Anna Test")
    op.userinfo["sub"] = "olle"
    refused(signing_in(connect(**more)))


@pytest.mark.parametrize("verified", [True, False, None, "true", "0"])
def test_an_address_is_verified_only_where_the_provider_says_true(
    op: Any, connect: Connect, signing_in: SigningIn, *, verified: object
) -> None:
    """`email_verified` is "1" for the boolean true and else not there."""
    op.claims |= {"email": "anna@habo.example", "email_verified": verified}
    step = signing_in(connect(preset="generic", levels={f"{LOA}loa3": 2}))
    assert step.attributes.get("email_verified") == ("1" if verified is True else None)


def test_presets_read_their_providers_words(op: Any, connect: Connect, signing_in: SigningIn) -> None:
    """SITHS by Inera, Freja, Entra ID and AD FS each have their own claim for the level and the person."""
    op.claims |= {"acr": "http://id.sambi.se/loa/loa3", "employeeHsaId": "SE2321000016-1003"}
    step = signing_in(connect(preset="inera"))
    assert (step.subject, step.attributes["hsa_id"]) == ("SE2321000016-1003", "SE2321000016-1003")
    op.claims["employeeHsaId"] = None
    refused(signing_in(connect(preset="inera")))
    freja = "https://frejaeid.com/oidc/claims/"
    op.claims |= {f"{freja}loaLevel": "LOA3", f"{freja}personalIdentityNumber": "199001012385", "acr": None}
    step = signing_in(connect(preset="freja"))
    assert (step.loa, step.attributes["raw_acr"]) == (Loa.THREE, "LOA3")
    op.claims |= {f"{freja}loaLevel": "LOA3_NR"}
    refused(signing_in(connect(preset="freja")))
    op.claims |= {"acrs": ["c1", "c2"], "preferred_username": "anna@habo.example"}
    entra = connect(preset="entra", levels={"c2": 2})
    assert json.loads(asked(entra.start(Loa.TWO, HINTS))["claims"])["id_token"]["acrs"]["values"] == ["c2"]
    assert signing_in(entra).attributes["email"] == "anna@habo.example"
    op.claims["idp"] = "sbid"
    broker = connect(preset="generic", level_claim="idp", levels={"sbid": 3}, parameters={"acr_values": "idp:sbid"})
    query = asked(broker.start(Loa.THREE, HINTS))
    assert (query["acr_values"], "claims" in query) == ("idp:sbid", False)
    assert signing_in(broker).loa is Loa.THREE
    adfs = connect(preset="adfs", levels={"urn:x": 2})
    assert asked(adfs.start(Loa.TWO, HINTS))["acr_values"] == "urn:x"

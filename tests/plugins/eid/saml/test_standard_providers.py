"""What the plugin registers for the standards: ways, jobs, health; and that only what is named is loaded."""

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from budkavle import Host, Misconfigured, Platform
from budkavle_eid.settings import EidSettings
from budkavle_eid.single_use import OnceTable, eid_once


@pytest.fixture
def sections(idp: Any, tmp_path: Path) -> dict[str, Any]:
    """A connection of each kind."""
    (tmp_path / "idp.xml").write_bytes(idp.metadata())
    saml = {"key": str(idp.sp.key), "certificate": str(idp.sp.certificate)}
    remote = {"metadata": "http://127.0.0.1:9/md", "metadata_certificate": str(idp.pair.certificate)}
    oidc = {"client_id": "us", "client_auth": "client_secret_post", "client_secret": "x", "preset": "oidc_sweden"}
    card = {"url": "https://kort.example/plugin/eid/siths/siths_card", "authorities": [str(idp.pair.certificate)]}
    return {
        "oidc": [{"name": "op", "label": "Broker", "issuer": "http://127.0.0.1:9", **oidc}],
        "saml": [
            {"name": "near", "label": "Nära", "metadata": str(tmp_path / "idp.xml"), **saml},
            {"name": "far", "label": "Fjärran", **remote, **saml},
        ],
        "passkey": [{}],
        "siths": [card],
    }


def test_each_connection_is_a_way(budkavle_open: Callable[..., Platform], sections: dict[str, Any]) -> None:
    """Under its own name, for the audiences and organisations of its settings."""
    sections["oidc"][0] |= {"audiences": ["guest"], "organisations": ["habo-kommun"], "loa": 2}
    platform = budkavle_open(enabled=("eid",), base_url="https://budkavle.example", plugins={"eid": sections})
    ways: dict[str, Any] = dict(platform.plugins.identity_providers)
    assert set(ways) == {"password", "op", "near", "far", "passkey", "siths_card"}
    assert (ways["op"].traits.audiences, ways["op"].traits.organisations, ways["op"].traits.max_loa) == (
        {"guest"},
        {"habo-kommun"},
        2,
    )
    assert {name for name, way in ways.items() if way.traits.asserts_personnummer} == {
        "op",
        "near",
        "far",
        "siths_card",
    }


def test_jobs_go_on_where_one_provider_is_down(
    budkavle_open: Callable[..., Platform], sections: dict[str, Any]
) -> None:
    """Metadata that cannot be read are logged and tried again; it is no error of the worker's."""
    platform = budkavle_open(enabled=("eid",), base_url="https://budkavle.example", plugins={"eid": sections})
    jobs = {name.rpartition(".")[2]: job for name, job in platform.plugins.jobs.items()}
    assert set(jobs) == {"once", "metadata", "evidence"}
    assert [job.run() for job in jobs.values()] == [0, 0, 0]
    assert jobs["metadata"].every == dt.timedelta(hours=6)


def test_health_speaks_of_each(budkavle_open: Callable[..., Platform], sections: dict[str, Any]) -> None:
    """What is well and what is not, with a remedy; organisations have nothing of their own."""
    platform = budkavle_open(
        enabled=("eid",), base_url="https://budkavle.example", plugins={"eid": sections}, trusted_proxies=("127.0.0.1",)
    )
    checks: list[Any] = [platform.plugins.health_checks[f"eid.{name}"].check for name in ("standards", "cards")]
    answers = [health for check in checks for health in check(None)]
    said = {str(one): one for one in answers}
    assert "Broker går inte att använda (unreachable-ConnectError)." in said
    assert any(one.ok and text.startswith("Metadata för Nära lästes") for text, one in said.items())
    assert any(not one.ok and text.startswith("Metadata för Fjärran går inte") for text, one in said.items())
    assert "Passkeys hör till budkavle.example." in said
    assert "SITHS-kort: spärrade kort känns inte igen här." in said
    assert sum("certifikatet sp.crt" in text for text in said) == 2
    assert all(one.remedy for one in answers if not one.ok)
    other = uuid4()
    assert [health for check in checks for health in check(other)] == []


def test_there_is_one_section_of_passkeys(budkavle_open: Callable[..., Platform]) -> None:
    """Two would share the same name of the site."""
    with pytest.raises(Misconfigured):
        budkavle_open(enabled=("eid",), plugins={"eid": {"passkey": [{}, {"name": "other"}]}})


def test_what_may_be_used_once(budkavle_open: Callable[..., Platform], tmp_path: Path) -> None:
    """First, again, handed over, too late, and swept; what is kept is sealed."""
    platform = budkavle_open(enabled=("eid",))
    once = OnceTable(Host("eid", EidSettings(), tmp_path, lambda: platform))
    now = dt.datetime.now(dt.UTC)
    later, before = now + dt.timedelta(minutes=5), now - dt.timedelta(minutes=5)
    assert not once.is_used("a")
    assert [once.first("a", later), once.first("a", later), once.first("b", before)] == [True, False, True]
    assert once.is_used("a")
    once.put("c", b"199001012385", later)
    once.put("d", b"too late", before)
    with platform.database.transaction(None) as connection:
        rows = connection.execute(sa.select(eid_once.c.sealed)).scalars().all()
    assert not any(b"199001012385" in (row or b"") for row in rows)
    assert [once.take("c"), once.take("c"), once.take("d"), once.take("a")] == [b"199001012385", None, None, None]
    once.sweep()
    assert not once.first("b", before), "a host whose clock is behind takes it for valid"
    with platform.database.transaction(None) as connection:
        over = sa.update(eid_once).where(eid_once.c.expires_at < sa.func.now())
        connection.execute(over.values(expires_at=before - dt.timedelta(hours=1)))
    once.sweep()
    with platform.database.transaction(None) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(eid_once)).scalar_one() == 1


def test_only_what_is_named_is_loaded() -> None:
    """The libraries of SAML and passkeys take long to load: an installation without them does not wait for them."""
    code = "import sys, budkavle_eid.plugin; print([one for one in ('saml2', 'webauthn') if one in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"

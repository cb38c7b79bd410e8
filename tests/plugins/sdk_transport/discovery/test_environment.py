"""The environments in the package, against Digg's certificates where these are at hand."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from budkavle import Misconfigured
from budkavle_sdk_transport.discovery.environment import BUILT_IN, certificates, load
from budkavle_sdk_transport.discovery.service_metadata import check_publisher
from budkavle_sdk_transport.keys.certificates import CertificateRefused
from budkavle_sdk_transport.keys.key_pair import load_certificate

IN_TIME = datetime(2023, 6, 1, tzinfo=UTC)
"""When the copies of the publishers' certificates were valid; today's are others of the same name."""


def digg(shared: Path, name: str) -> x509.Certificate:
    return load_certificate((shared / "sdk-spec" / "certificates" / name).read_bytes())


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_environment_believes_its_own_publisher_only(name: str, shared: Path) -> None:
    """Digg's publishers each pass in their own environment, and in no other; and none does after its time."""
    trust = load(name).trust()
    for other in sorted(BUILT_IN):
        publisher = digg(shared, f"SMP0001-{other}.cer")
        if other == name:
            check_publisher(publisher, trust=trust, at=IN_TIME)
            with pytest.raises(CertificateRefused, match="expired"):
                check_publisher(publisher, trust=trust, at=datetime(2026, 1, 1, tzinfo=UTC))
        else:
            with pytest.raises(CertificateRefused):
                check_publisher(publisher, trust=trust, at=IN_TIME)


@pytest.mark.feature("SD14")
@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_an_environments_authorities_are_diggs(name: str, shared: Path) -> None:
    """Each certificate in the file is one that Digg publishes, byte for byte; access points' are not among them."""
    published = {digg(shared, file.name) for file in (shared / "sdk-spec" / "certificates").iterdir()}
    environment = load(name)
    assert set(certificates(environment.roots)) | set(certificates(environment.issuers)) <= published
    assert [one.name for one in environment.roots] == [f"Rot CA eDelivery SMP-{name.rpartition('-')[2]}"]
    assert environment.schemes == ("https",)
    assert not environment.redirects


@pytest.mark.feature("SD14")
def test_an_unknown_environment_is_named() -> None:
    """The error says which there are."""
    with pytest.raises(Misconfigured, match="OPEN-TEST, SDK-QA, SDK-PROD"):
        load("SDK-PRDO")

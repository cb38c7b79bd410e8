"""Whether health tells in time that the certificate of the web ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from budkavle.operations.health import check_all
from budkavle.settings import TlsSettings
from budkavle.storage.platform import Platform
from budkavle.testing.organisations import SampleOrganisation


def write_certificate(file: Path, life: timedelta, left: timedelta) -> None:
    """Write a certificate that has been valid for a while."""
    key, name, ends = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC) + left
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, ends - life, ends)
    file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


@pytest.mark.feature("ZS9")
def test_health_tells_before_the_certificate_of_the_web_ends(
    budkavle_open: Callable[..., Platform], tmp_path: Path
) -> None:
    """Of a year and of a day; one that is not there, or another organisation's page, says nothing."""
    file = tmp_path / "web.pem"
    platform = budkavle_open(tls=TlsSettings(file, file))
    organisation = SampleOrganisation.create(platform, "Habo")
    told = []
    for life, left in ((365, 15), (365, 13), (1, 0.25), (1, 0.15), (90, -1)):
        write_certificate(file, timedelta(days=life), timedelta(days=left))
        told.append([one.ok for one in check_all(platform, None) if one.name == "Webbens certifikat"])
    assert told == [[], [False], [], [False], [False]]
    assert "Webbens certifikat" not in {one.name for one in check_all(platform, organisation.id)}
    file.unlink()
    assert "Webbens certifikat" not in {one.name for one in check_all(platform, None)}

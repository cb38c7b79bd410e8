"""A private key from outside is tested when it comes, and what was tested and kept is not tested again."""

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable, load_key_pair
from budkavle_sdk_transport.simulator.federation import PARTICIPANTS, Federation


@pytest.fixture
def pair(federation: Federation) -> KeyPair:
    return federation.keys_of(PARTICIPANTS[0].participant)


@pytest.mark.feature("SD18")
def test_a_key_whose_numbers_do_not_fit_is_refused(pair: KeyPair) -> None:
    """Its public half is the certificate's, so nothing else would tell before it signs or opens wrongly."""
    good = pair.private_key.private_numbers()
    bad = RSAPrivateNumbers(good.p, good.q, good.d - 2, good.dmp1, good.dmq1, good.iqmp, good.public_numbers)
    key = bad.private_key(unsafe_skip_rsa_key_validation=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(KeyUnreadable, match="could not be read"):
        load_key_pair(pem + pair.certificate.public_bytes(Encoding.PEM))


def test_a_kept_key_is_read_as_it_was(pair: KeyPair) -> None:
    """Without the test it is the same key."""
    kept = load_key_pair(pair.to_pem(), tested=True)
    assert kept.private_key.private_numbers() == pair.private_key.private_numbers()
    assert kept.certificate == pair.certificate

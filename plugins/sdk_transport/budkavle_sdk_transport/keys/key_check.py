"""Trying a key before it is believed."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from budkavle_sdk_transport.keys.key_pair import KeyPair, KeyUnreadable


def check_key_pair(pair: KeyPair) -> None:
    """Sign and open something with a pair, to see that its key is at hand and is the certificate's.

    Raises:
        CertificatesUnavailable: The key's token is away.
        KeyUnreadable: The key does another thing than it should.
    """
    public = pair.private_key.public_key()
    oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)  # noqa: S303 - the profile's (XHE 3.4)
    try:
        signature = pair.private_key.sign(b"budkavle", padding.PKCS1v15(), hashes.SHA256())
        public.verify(signature, b"budkavle", padding.PKCS1v15(), hashes.SHA256())
        opened = pair.private_key.decrypt(public.encrypt(b"budkavle", oaep), oaep)
    except (InvalidSignature, ValueError) as error:
        raise KeyUnreadable("The key cannot sign and open as its certificate says.") from error
    if opened != b"budkavle":
        raise KeyUnreadable("The key opens to something else than was sealed.")

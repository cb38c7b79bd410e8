"""Signatures of any form, made by the owner of the key: digest and value are right, so only the form can be wrong."""

import base64
import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from budkavle_sdk_transport.envelope.canonical import C14N, canonical, feed_canonical
from budkavle_sdk_transport.envelope.signature import ENVELOPED, RSA_SHA256, SHA256
from budkavle_sdk_transport.formats.xml import parse
from budkavle_sdk_transport.keys.key_pair import KeyPair, base64_of

DS = "http://www.w3.org/2000/09/xmldsig#"
HERE = "@signature@"
METHOD = f'<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
TRANSFORM = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
FORM = (
    f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>{METHOD}<ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
    f'<ds:Reference URI=""><ds:Transforms>{TRANSFORM}</ds:Transforms><ds:DigestMethod Algorithm="{SHA256}"/>'
    "<ds:DigestValue>@digest@</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>@made@"
    "</ds:SignatureValue><ds:KeyInfo><ds:X509Data><ds:X509Certificate>@certificate@</ds:X509Certificate>"
    "</ds:X509Data></ds:KeyInfo></ds:Signature>"
)


def crafted(
    keys: KeyPair,
    document: str,
    *edits: tuple[str, str],
    method: tuple[str, list[str] | None] = (C14N, None),
    last: tuple[str, list[str] | None] = (C14N, None),
) -> bytes:
    """Return the document, signed where it says `@signature@`.

    Args:
        keys: Who signs.
        document: The whole of it.
        edits: What to replace in the form of the signature, before anything is hashed.
        method: How SignedInfo is made canonical, with the prefixes of the exclusive form.
        last: How the document is.
    """
    form = FORM.replace("@certificate@", base64_of(keys.certificate).decode())
    for old, new in edits:
        assert old in form, old
        form = form.replace(old, new)
    digest = hashlib.sha256()
    feed_canonical(parse(document.replace(HERE, "").encode()), digest.update, *last)
    whole = document.replace(HERE, form.replace("@digest@", base64.b64encode(digest.digest()).decode()))
    *_, info = parse(whole.encode()).iter(f"{{{DS}}}SignedInfo")
    made = keys.private_key.sign(canonical(info, *method), padding.PKCS1v15(), hashes.SHA256())
    return whole.replace("@made@", base64.b64encode(made).decode()).encode()

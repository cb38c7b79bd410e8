"""SAML 2: a signed request, and one signed assertion that answers it.

`provider` is the identity provider. `pysaml2` alone knows the library of that name; `xml_checks` checks documents
beside it, `xmlsec1` runs the program, and `metadata` reads the other side's metadata.
"""

"""SAML 2: a signed request, and one signed assertion that answers it.

`provider` is the identity provider. Only `pysaml2` uses the library of that name; `xml_checks` makes further checks of
the documents, `xmlsec1` runs the program, and `metadata` reads the provider's metadata.
"""

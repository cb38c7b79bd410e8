"""E-mail addresses as people type them, and as the mail system wants them."""

from email_validator import EmailNotValidError, validate_email


def plain(typed: str) -> str | None:
    """Return an address in small letters, its domain as people write it; None where it is none.

    Letters outside ASCII may stand in the domain (IDN), not before the @: hardly any mail server takes them there.
    """
    try:
        address = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return address.normalized.lower()


def ascii_form(address: str) -> str | None:
    """Return the address for the envelope and the header, the domain in punycode; None where it is none."""
    try:
        validated = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return validated.ascii_email


def masked(address: str) -> str:
    """Return enough of an address for its owner to know it: `m•••@exempel.se`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}"

"""E-mail addresses: parsed as people type them, and converted to the form that mail servers accept."""

from email_validator import EmailNotValidError, validate_email


def plain(typed: str) -> str | None:
    """Return an address in lower case, with its domain in Unicode; None if it is invalid.

    The domain may contain letters outside ASCII (IDN). The part before the @ may not, since hardly any mail server
    accepts that.
    """
    try:
        address = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return address.normalized.lower()


def ascii_form(address: str) -> str | None:
    """Return the address for the envelope and the headers, with the domain in punycode; None if it is invalid."""
    try:
        validated = validate_email(address.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return None
    return validated.ascii_email


def masked(address: str) -> str:
    """Return an address partly hidden, so that only its owner recognises it: `m•••@exempel.se`."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}"

"""A form that came too late: kept in a page, to be resent once its user has identified again.

Its values are in hidden fields. Secrets are sealed there, since a page may be saved, copied, or read by other code in
the browser. They can be opened for ten minutes, in the same browser, for the same address and organisation, and for
the same user if the session still exists. A form names its secrets itself (the macro `secret` of `forms.html`). If
they cannot be opened, the user gets the rest of the form back and enters only the secrets again.
"""

import base64
import time
from collections.abc import Iterable

import msgspec

from budkavle.model.errors import Damaged
from budkavle.storage.platform import Platform
from budkavle.web.http.cookies import cookie_name
from budkavle.web.http.forms import Form, SecretsGone, WebRequest

LIFETIME_SECONDS = 600
DROPPED = frozenset({"csrf", "password", "old", "again", "code"})
"""Fields that the user must enter again: no page keeps them, unless the form names them as secrets to keep."""
ALWAYS_SEALED = frozenset({"personnummer"})
NAMES = "secret_names"
"""The field in which a form names each of its secrets."""
LABELS = "secret_labels"
"""The field with the label of each secret on the page: its name, a space, and the label."""
SEALED = "sealed_secrets"
GONE = (
    "Det mesta av det du skrev finns kvar. Lösenord, personnummer och annat hemligt finns bara kvar en kort stund, och"
    " behöver skrivas igen. Ingenting har sparats än."
)
_OWN = frozenset({"csrf", NAMES, LABELS, SEALED})


class _Secrets(msgspec.Struct, frozen=True):
    until: float
    """Seconds since 1970."""
    person: str
    """The account that may send them; empty if the session had ended."""
    values: dict[str, list[str]]


def resume_token(request: WebRequest) -> str:
    """Return the token with which this browser may resend a form to this address after its session has ended.

    It is a keyed hash, and not valid in another browser or for another address.
    """
    browser = request.cookies.get(cookie_name(request, "browser"), "")
    return _platform(request).vault.subject_hash("resume", browser, request.url.path).hex() if browser else ""


def hidden_fields(request: WebRequest, form: Form, person: str = "") -> list[tuple[str, str]]:
    """Return the hidden fields for resending the form, with its secrets sealed.

    Args:
        request: The request that the form came with.
        form: The submitted form.
        person: The id of the account that may send it again; empty if the session has ended.
    """
    secret_names = ALWAYS_SEALED.union(form.all(NAMES)) - _OWN
    open_names = form.values.keys() - secret_names - DROPPED - {NAMES, LABELS}
    fields = [(name, value) for name, values in form.values.items() if name in open_names for value in values]
    if secrets := {name: values for name, values in form.values.items() if name in secret_names and any(values)}:
        content = msgspec.json.encode(_Secrets(time.time() + LIFETIME_SECONDS, person, secrets))
        sealed = _platform(request).vault.seal_installation(_label(request), content)
        fields.append((SEALED, base64.urlsafe_b64encode(sealed).decode()))
    for name, label in named_secrets(form).items() if SEALED in form.values else _labelled(form, secrets):
        fields += [(NAMES, name), (LABELS, f"{name} {label}")]
    return fields


def named_secrets(form: Form) -> dict[str, str]:
    """Return the labels of the secrets that a form names, by name; a label that the form does not give is empty."""
    return dict(_labelled(form, [name for name in form.all(NAMES) if name not in _OWN]))


def _labelled(form: Form, names: Iterable[str]) -> list[tuple[str, str]]:
    labels = {name: label for name, _, label in (text.partition(" ") for text in form.all(LABELS))}
    return [(name, labels.get(name, "")) for name in names]


def open_secrets(request: WebRequest, form: Form, person: str) -> None:
    """Open the sealed secrets of a resent form, and add them to its fields.

    Args:
        request: The request that it came with.
        form: The form, which gets the fields.
        person: The id of the account that sends it.

    Raises:
        SecretsGone: They have expired, or were sealed for another browser, address, organisation or person, or when
            the browser was already signed out.
    """
    opened = [_opened(request, text, person) for text in form.values.pop(SEALED, [])]
    if None in opened:  # the form goes back to the browser without any of them
        raise SecretsGone(GONE, form)
    for values in filter(None, opened):
        form.values |= values


def _opened(request: WebRequest, text: str, person: str) -> dict[str, list[str]] | None:
    try:
        sealed = base64.b64decode(text, altchars=b"-_", validate=True)
        content = _platform(request).vault.open_installation(_label(request), sealed)
    except (Damaged, ValueError):  # not base64, for example
        return None
    secrets = msgspec.json.decode(content, type=_Secrets)
    is_theirs = time.time() <= secrets.until and secrets.person in {"", person}
    return secrets.values if is_theirs else None


def _label(request: WebRequest) -> str:
    organisation = request.cookies.get(cookie_name(request), "").partition(".")[0]
    return f"kept-form:{organisation}:{resume_token(request)}"


def _platform(request: WebRequest) -> Platform:
    platform: Platform = request.app.state.platform
    return platform

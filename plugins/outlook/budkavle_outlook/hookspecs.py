"""The hooks that Outlook offers to other plugins. Implement them with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def outlook_guard(host: Host, organisation_id: UUID) -> Mapping[str, Any]:  # type: ignore[empty-body]
    """Define what the guard looks for in an ordinary mail before Outlook sends it.

    Called when Outlook fetches the guard's file. An implementation that raises is logged and skipped: its part is then
    left out. Outlook fetches the file without a session, so it must not contain personal data.

    Args:
        host: The plugin's own host.
        organisation_id: The organisation of the people who write the mail.

    Returns:
        `script`: JavaScript (ES2016, without the operator `?:`, modules and page) that declares `guardCheck(rules)`. It
        returns a function of a text and the year, which returns a list of `{name, words}`. `rules`: data for it.
        `sentences`: for each name of a finding the sentence shown to the writer, in Swedish, a key of the plugin's
        translations, with `{words}` as the placeholder of the words.

    Example:
        @hookimpl(optionalhook=True)
        def outlook_guard(organisation_id: UUID) -> dict[str, Any]:
            script = "function guardCheck(rules) { return () => [{name: 'bird', words: rules.words}]; }"
            return {"script": script, "rules": {"words": ["duva"]}, "sentences": {"bird": "Skicka en {words}."}}
    """  # pyright: ignore[reportReturnType]


@hookspec
def outlook_secure_recipients(host: Host, organisation_id: UUID, emails: Collection[str]) -> Collection[str]:  # type: ignore[empty-body]
    """Return the recipients of an ordinary mail who could get a secure message instead, other than by an account here.

    Called while Outlook waits to send a mail. An implementation that raises is logged and skipped.

    Args:
        host: The plugin's own host.
        organisation_id: The organisation of the people who write the mail.
        emails: The recipients' addresses, in lower case.

    Returns:
        The addresses of those who can.

    Example:
        @hookimpl(optionalhook=True)
        def outlook_secure_recipients(emails: Collection[str]) -> list[str]:
            return [email for email in emails if email.endswith("@duvslaget.example")]
    """  # pyright: ignore[reportReturnType]

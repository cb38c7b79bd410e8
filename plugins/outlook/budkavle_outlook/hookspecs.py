"""The hooks that Outlook offers to other plugins. Implement them with `@hookimpl(optionalhook=True)`."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from budkavle import Host, hookspec


@hookspec
def outlook_guard(host: Host, organisation_id: UUID) -> Mapping[str, Any]:  # type: ignore[empty-body]
    """Say what the guard looks for in an ordinary mail before Outlook sends it.

    Called when Outlook fetches the guard's file. One that raises is logged and passed over: its part is then left out.
    The file is fetched by Outlook without anybody's session, so nothing in it may be personal data.

    Args:
        host: The plugin's own host.
        organisation_id: Whose people write the mail.

    Returns:
        `script`: JavaScript (ES2016, without the operator `?:`, modules and page) that declares `guardCheck(rules)`. It
        returns a function of a text and the year, which returns a list of `{name, words}`. `rules`: data for it.
        `sentences`: by name of a finding the sentence that the writer reads, in Swedish, a key of the plugin's
        translations, with `{words}` where the words go in.

    Example:
        @hookimpl(optionalhook=True)
        def outlook_guard(organisation_id: UUID) -> dict[str, Any]:
            script = "function guardCheck(rules) { return () => [{name: 'bird', words: rules.words}]; }"
            return {"script": script, "rules": {"words": ["duva"]}, "sentences": {"bird": "Skicka en {words}."}}
    """  # pyright: ignore[reportReturnType]


@hookspec
def outlook_secure_recipients(host: Host, organisation_id: UUID, emails: Collection[str]) -> Collection[str]:  # type: ignore[empty-body]
    """Say which recipients of an ordinary mail could have a secure message instead, other than by an account here.

    Called while Outlook waits to send a mail. One that raises is logged and passed over.

    Args:
        host: The plugin's own host.
        organisation_id: Whose people write the mail.
        emails: The recipients' addresses, in lower case.

    Returns:
        Those of them that can.

    Example:
        @hookimpl(optionalhook=True)
        def outlook_secure_recipients(emails: Collection[str]) -> list[str]:
            return [email for email in emails if email.endswith("@duvslaget.example")]
    """  # pyright: ignore[reportReturnType]

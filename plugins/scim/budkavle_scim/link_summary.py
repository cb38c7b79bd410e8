"""The mail to administrators when the directory's users have been linked, instead of a mail to each user."""

from dataclasses import replace

from budkavle import Host, Invalid, Platform, Work, translations
from budkavle.identification import DirectoryAccounts
from budkavle.notices import Notice, NoticeKind, NoticeLink, notify
from budkavle_scim.rules.applying import SOURCE

TOPIC, PAGE = "scim.linked", "/plugin/scim"


def N_(sentence: str) -> str:  # noqa: N802 - as gettext calls it
    """Mark a sentence that is translated where it is shown."""
    return sentence


LINKED, UNLINKED = (
    N_("Katalogens användare loggar in med {way}"),
    N_("Katalogens användare är inte längre kopplade till något sätt att logga in"),
)
COUNT = N_("Kopplade användare: {linked}")
REFUSED = N_("Användare som inte kunde kopplas: {refused}. Händelseloggen säger varför.")
STRANGE = N_("Väntade du dig inte det här? Se efter i händelseloggen vem som ändrade valet.")
LINK = N_("Se katalogens inloggning")


def tell_administrators(host: Host, work: Work, way: str, linked: int, refused: int) -> None:
    """Mail each administrator of the organisation the result of linking the directory's users.

    Args:
        host: The plugin's host.
        work: The unit of work that linked the last of them.
        way: The display name of the sign-in method; empty if there is none any more.
        linked: How many users are linked.
        refused: How many could not be linked.
    """
    for administrator in DirectoryAccounts(work, SOURCE).administrators():
        notice = summary(host.platform, administrator.email, administrator.language, way, linked, refused)
        try:
            notify(work, replace(notice, about=administrator.id))
        except Invalid as error:  # mail is not available here, or an address is invalid
            host.log.warning("notice.refused", user=str(administrator.id), reason=error.message)


def summary(platform: Platform, address: str, language: str, way: str, linked: int, refused: int) -> Notice:
    """Return the mail to an administrator with this address and language; otherwise as for `tell_administrators`."""
    words = translations(language, dict(platform.plugins.folders("locale")))
    title = words.gettext(LINKED).format(way=words.gettext(way)) if way else words.gettext(UNLINKED)
    texts = [
        words.gettext(COUNT).format(linked=linked),
        *([words.gettext(REFUSED).format(refused=refused)] if refused else []),
        words.gettext(STRANGE),
    ]
    url = f"{platform.settings.base_url.rstrip('/')}{PAGE}"
    return Notice(
        NoticeKind.MAIL,
        address,
        TOPIC,
        title,
        "\n\n".join(texts),
        language,
        link=NoticeLink(words.gettext(LINK), url),
    )

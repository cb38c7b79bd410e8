"""The texts of the app package, which Teams shows in its list of apps: in Swedish and English."""

SHORT, SHORT_EN = "Säkra meddelanden", "Secure messages"
TAB, TAB_EN = "Inkorg", "Inbox"
TEXT = "Läs och skicka säkra meddelanden utan att lämna Teams."
TEXT_EN = "Read and send secure messages without leaving Teams."
FULL = (
    "Samma inkorg som i webbläsaren: funktionsbrevlådor, ärenden och säkra meddelanden. Innehållet stannar hos"
    " organisationens egen tjänst; Teams visar sidorna men läser dem inte."
)
FULL_EN = (
    "The same inbox as in the browser: function mailboxes, cases and secure messages. The contents stay with the"
    " organisation's own service; Teams shows the pages but does not read them."
)
ACTIVITY = "arrival"
"""The kind of activity notice; the manifest declares it."""
ACTIVITY_TEXT = "{news}"
"""In both languages: the text comes with each notice, in the person's own language."""
ACTIVITY_HELP, ACTIVITY_HELP_EN = "Något har kommit till en brevlåda", "Something has come to a mailbox"
SEND, SEND_EN = "Skicka säkert", "Send securely"
SEND_HELP = "Lägger meddelandets text i ett utkast till ett säkert meddelande."
SEND_HELP_EN = "Puts the message's text into a draft of a secure message."


def N_(sentence: str) -> str:  # noqa: N802 - as gettext marks a sentence
    """Mark a sentence for translation."""
    return sentence

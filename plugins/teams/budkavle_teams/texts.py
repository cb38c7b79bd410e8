"""The words of the app package, which Teams shows in its own list of apps: Swedish, and English beside it."""

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

"""The texts of the manifests, as Outlook shows them in its ribbon and list of add-ins: in Swedish and English."""

NAME, NAME_EN = "Säkra meddelanden", "Secure messages"
ENCRYPT, ENCRYPT_EN = "Kryptera meddelande", "Encrypt message"
ENCRYPT_TIP = "Skickar det du har skrivit som ett säkert meddelande. Utkastet tas bort ur Outlook."
ENCRYPT_TIP_EN = "Sends what you have written as a secure message. The draft is removed from Outlook."
OPEN, OPEN_EN = "Öppna meddelande", "Open message"
OPEN_TIP = "Läser det säkra meddelande som notisen gäller."
OPEN_TIP_EN = "Reads the secure message that the notice is about."
TEXT = "Skicka och läs säkra meddelanden i Outlook."
TEXT_EN = "Send and read secure messages in Outlook."
FULL = (
    "Skriv som vanligt i Outlook och skicka krypterat: mottagare, ämne, text och bilagor går till organisationens egen"
    " tjänst, och utkastet tas bort. Notiser om säkra meddelanden öppnas i en ruta bredvid."
)
FULL_EN = (
    "Write as usual in Outlook and send encrypted: recipients, subject, text and attachments go to the organisation's"
    " own service, and the draft is removed. Notices of secure messages open in a pane beside."
)

"""The message extension: "Skicka säkert" on a message in a chat puts its text into a draft of a secure message.

`calls` answers Microsoft's service for bots, `shared_texts` holds a text for minutes, sealed, and `pages` shows it to
its person, who makes the draft.
"""

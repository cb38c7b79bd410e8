"""The message extension: "Skicka säkert" on a chat message puts its text into a draft of a secure message.

`calls` handles calls from Microsoft's bot service, `shared_texts` stores a text sealed for some minutes, and `pages`
shows it to the person, who creates the draft.
"""

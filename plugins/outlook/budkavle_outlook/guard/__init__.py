"""The guard: what Outlook asks before it sends an ordinary mail.

`script` puts its file together for an organisation: the rules of other plugins (hook `outlook_guard`), the words of the
alert in both languages, and `launch.js`, which Outlook calls. `recipients` says who could have a secure message.
`decrypt.js` shows a message in place of its notice, where a setting asks for it.
"""

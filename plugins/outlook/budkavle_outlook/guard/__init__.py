"""The guard: checks that Outlook runs before it sends an ordinary mail.

`script` builds the guard's file for an organisation: other plugins' rules (hook `outlook_guard`), the alert's texts in
both languages, and `launch.js`, which Outlook calls. `recipients` finds recipients who could get a secure message.
`decrypt.js` shows a message in place of its notice, if a setting asks for it.
"""

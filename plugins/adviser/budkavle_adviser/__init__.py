"""The adviser: warns about personal numbers and sensitive words before a message is sent at too low a level.

`adviser` checks a draft with `detection`, which searches its text, and the organisation's `word_list`. Everything
happens on this server. `guard` gives the same rules as JavaScript to the add-in for Outlook, which checks ordinary
e-mail where it is written.
"""

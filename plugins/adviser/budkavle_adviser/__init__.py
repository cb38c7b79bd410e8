"""The adviser: warns a writer of personal numbers and sensitive words before they are sent on too low a level.

`adviser` judges a draft by what `detection` finds in its text (pure) and by the organisation's `word_list`. Everything
happens on this server. `guard` gives the same rules as JavaScript to the add-in in Outlook, which reads ordinary mails
where they are written.
"""

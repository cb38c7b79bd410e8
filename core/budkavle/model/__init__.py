"""Words and things that know nothing else: errors, states, levels, messages, mailboxes, people, receipts.

Pure: no database, no settings, no plugins. Everything may import it.
"""

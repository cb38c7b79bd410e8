"""Words and things that know nothing else: errors, states, levels, messages, mailboxes, people, rules of input.

Pure: no database, no settings, no plugins. Everything may import it.
"""

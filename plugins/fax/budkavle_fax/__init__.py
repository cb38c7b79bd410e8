"""Fax from and to function mailboxes, by modems, by e-mail, or by an HTTP service.

`plugin` registers the hooks, and `parts` builds the objects that the plugin consists of. `documents` reads foreign
documents, `carriers` sends faxes, `receiving` takes them in, and `numbers` knows who has which number.
"""

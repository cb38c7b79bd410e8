"""Fax from and to function mailboxes, by modems, by e-mail, or by an HTTP service.

What the plugin registers is in `plugin`; the objects that it is made of, in `parts`. Foreign documents are read in
`documents`, faxes leave through `carriers` and come in through `receiving`; whose number is whose stands in `numbers`.
"""

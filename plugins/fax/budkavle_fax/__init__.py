"""Fax: from and to function mailboxes, by HylaFAX and its modems, by e-mail, or by a service on the net."""

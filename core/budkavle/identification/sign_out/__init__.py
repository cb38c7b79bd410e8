"""How sessions end beside by time: the list of one's own, and signing out at an identity provider, there or here."""

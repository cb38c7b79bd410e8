"""Where meetings are held: the protocol of a meeting provider, and the providers that there are."""

"""The master key in a key service: the transit engine of HashiCorp Vault or OpenBao wraps the installation's keys."""

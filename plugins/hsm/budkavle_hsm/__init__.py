"""The master key in a hardware security module: it wraps the installation's keys by PKCS#11 and never leaves it."""

"""Streams the event log to a system for security monitoring (SIEM): syslog over TLS or HTTPS, losing nothing."""

"""Streams the event log to a security monitoring system (SIEM), over syslog with TLS or HTTPS, without losses."""

"""Metrics that a process counts about itself, for Prometheus; nothing is counted until `switch_on` (ADR 117)."""

"""What a process counts of itself, for Prometheus; nothing is counted until `switch_on` (ADR 117)."""

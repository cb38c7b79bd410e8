"""Moving an organisation to another installation of the same master key, while mail flows (ADR 131)."""

"""Moving an organisation to another installation with the same master key, while mail flows (ADR 131)."""

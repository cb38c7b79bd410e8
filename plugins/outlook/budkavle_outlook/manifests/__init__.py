"""Both manifests: JSON for Microsoft 365; XML for Mac, older Office, and Exchange on premises."""

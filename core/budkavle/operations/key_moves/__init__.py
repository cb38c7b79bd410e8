"""Moving the keys of an installation from one key provider to another, while web and workers run."""

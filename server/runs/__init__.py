"""Retraining runs: read one, follow its progress, cancel it."""

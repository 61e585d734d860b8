"""Feedback in the formats of others."""

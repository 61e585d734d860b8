"""Feedback as files: import and export over HTTP."""

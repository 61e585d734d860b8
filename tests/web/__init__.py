"""The pages, in a real Chromium, on the real API."""

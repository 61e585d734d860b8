"""Opinions of people about answers, from the wire into the log."""

"""Whole experiments made of the trainer's own methods, one command each."""

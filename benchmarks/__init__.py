"""Measurements kept beside the code. Each prints its figures and what they were measured on."""

"""A trial and how its evidence grew."""

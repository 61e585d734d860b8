"""Whether this process lives, whether chat can be served, and the numbers it exposes."""

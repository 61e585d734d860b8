"""A population with a taste plays the loop through the public API and measures what it learned."""

"""Several blind answers to one prompt, side by side."""

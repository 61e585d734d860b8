"""What `/metrics` shows: this process's own numbers, and the state all processes share in Redis."""

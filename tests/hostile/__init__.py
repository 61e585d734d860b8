"""Bad input of every kind: refused calmly, in OpenAI's shape, and leaving nothing behind."""

"""The page people chat on."""

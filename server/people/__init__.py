"""What a person may decide about what is theirs: consent and erasure."""

"""Which live versions are shown beside each other, apart from the usual ones."""

"""A version's page: what it was made of, how it was judged, what it says, what is risky."""

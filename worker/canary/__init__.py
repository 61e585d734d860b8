"""A version on trial: what people say of it beside the champion, and what comes of that."""

"""When to train, on what, is it better, publish: the Celery side. Loads no torch."""

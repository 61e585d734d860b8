"""Files in, adapter and report out. Knows no HTTP, Redis or Celery; runs alone from the shell."""

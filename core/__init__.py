"""Torch-free contracts shared by server, trainer, worker and cli. Imports nothing of ours."""

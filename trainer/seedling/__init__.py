"""The base model that ships: its generated world, its tokenizer, its training and its report.

`python -m trainer.seedling all --out DIR` makes it from nothing. The world (everything but
tokenizer, model, loop, sampler and ship) imports no torch.
"""

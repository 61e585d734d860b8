"""InstructGPT (Ouyang et al. 2022) in miniature: two bases on one text, SFT, rankings, a reward
model, PPO with and without KL and replay, DPO, and what people think of each.

`plan` says which stages there are and in which order; each is a child process that leaves files in
the output directory. `sizes`, `plan` and `tables` import no torch.
"""

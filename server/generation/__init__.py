"""One completion, whoever asked for it: what is asked, fitting it in, running it, recording it."""

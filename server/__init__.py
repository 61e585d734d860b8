"""The HTTP side: the API, the page, and what stands beside each vLLM."""

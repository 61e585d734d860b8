"""vLLM as a fleet: starting it, driving it to the wanted versions, routing to it."""

"""`jit` and `vmap`: functions that run as compiled programs."""

"""Native code: LLVM assembly, written and compiled for this machine."""

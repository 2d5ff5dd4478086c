"""GradBench's twelve evals, written with this engine; run as a module, it is the tool that answers."""

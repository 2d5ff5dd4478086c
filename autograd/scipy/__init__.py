"""What of SciPy can be differentiated here, under the names that HIPS autograd gives it."""

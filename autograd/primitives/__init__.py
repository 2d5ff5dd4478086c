"""What a primitive is, the table of all of them, and what they can be applied to."""

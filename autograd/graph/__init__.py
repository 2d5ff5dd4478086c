"""The eager engine: `Value`, `backward`, and what nodes remember of the place where they were made."""

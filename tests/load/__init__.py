"""Much at once, and for long: everything ends, nothing is left, and what is held does not grow."""

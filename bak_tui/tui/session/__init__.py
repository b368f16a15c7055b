"""How a session begins, which profiles it can open, and what it leaves behind for the next."""

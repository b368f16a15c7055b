"""`bak-tui`: the interactive session. It draws what the operations tell, and asks for what they need."""

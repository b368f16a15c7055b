"""What is installed and reached, and what killed runs have left behind."""

"""What keeps others out: TLS on both ends, secrets that stay where they are, roles that may do little."""

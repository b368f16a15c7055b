"""Backups that prove themselves: bytes hashed and decoded again, or restored aside and compared."""

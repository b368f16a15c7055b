"""One room per outside thing. Synchronous; never prints, never asks; no service imports another."""

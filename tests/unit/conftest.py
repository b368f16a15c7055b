"""Hypothesis without a deadline: the machine may be busy with something else."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("unit", deadline=None, max_examples=150)
settings.load_profile("unit")

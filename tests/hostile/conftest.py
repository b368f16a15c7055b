"""How many examples: few, the same ones every time; `--hypothesis-profile=many` for the sweep."""

from hypothesis import settings

settings.register_profile("many", settings.get_profile("default"), max_examples=3000, deadline=None)

"""Property tests draw the same examples in every run: a failure is there for everybody, or for nobody."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

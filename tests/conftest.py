"""Property tests draw the same examples in every run: a failure is there for everybody, or for nobody.

The processes that the tests start keep derivatives in a folder of their own.
"""

from __future__ import annotations

import os
import tempfile

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

# No test reads or fills the cache of the user who runs it; those of the cache name their own folder.
os.environ["HW2CHECK_CACHE_DIR"] = tempfile.mkdtemp(prefix="hw2check-cache-")

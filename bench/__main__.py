"""`python -m bench`: the speed of hw2check. `python -m bench.accuracy`: the accuracy of its verdicts."""

from __future__ import annotations

import sys

from bench.speed import main

sys.exit(main())

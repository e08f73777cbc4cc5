"""Answers that are made to be judged falsely, against an oracle in mpmath: `python -m bench.traps`."""

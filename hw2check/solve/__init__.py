"""Worked solutions: each quantity by its formula, with the numbers put in, and its value."""

"""Computation graphs as pictures."""

"""Kinds of layers, each a function from a table to nodes."""

"""Formulas: the tree, functions, names, numerals, infix notation, the graph of nodes."""

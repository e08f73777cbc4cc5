"""LaTeX becomes expression trees, and trees become LaTeX."""

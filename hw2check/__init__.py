"""hw2check verifies worked neural-network homework: forward passes and backpropagation."""

__version__ = "0.1.0"

"""Public documents by strangers, for measuring: which they are, and what proofreading says of them."""

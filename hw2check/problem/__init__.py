"""Files become problems."""

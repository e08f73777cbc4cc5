"""Files and texts as data, with positions."""

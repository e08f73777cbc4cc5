"""Equations in plain text: sentences, inline code, fenced text and cells of tables."""

"""A written document, judged step by step."""

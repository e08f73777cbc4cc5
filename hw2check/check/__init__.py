"""All answers to a problem, judged."""

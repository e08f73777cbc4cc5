"""One answer: verdicts, numbers, formulas, numbers put in, carried errors."""

"""What a wrong answer looks like."""

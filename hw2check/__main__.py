"""`python -m hw2check`."""

from hw2check.cli import main

if __name__ == "__main__":
    main()

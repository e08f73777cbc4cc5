"""Exit codes: for scripts and for CI."""

EXIT_OK, EXIT_WRONG, EXIT_ERROR, EXIT_FAULT, EXIT_INTERRUPTED = 0, 1, 2, 3, 130

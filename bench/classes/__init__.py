"""Classes made up, with what is true of them; how fast they are graded, and that nothing is lost."""

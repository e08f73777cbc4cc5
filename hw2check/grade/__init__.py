"""A class: submissions found, graded on any number of processes, and written down as a gradebook."""

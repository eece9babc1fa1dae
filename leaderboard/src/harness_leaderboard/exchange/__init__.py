"""A board with the runs behind it, to be taken to another machine: written here, and taken in there."""

"""A board as it stood on one day, for others to read and to repeat."""

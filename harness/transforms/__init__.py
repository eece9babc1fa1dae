"""Invertible maps from parameters inside their prior bounds to an unbounded space."""

"""Damaged and hostile inputs for every reader of the harness, and what became of each."""

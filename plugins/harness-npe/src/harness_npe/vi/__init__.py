"""Variational inference of single planets, many at once."""

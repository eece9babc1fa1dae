"""Challenges made from scratch: planets, their spectra and noise, and what a test set may hold in store."""

"""Unsupervised views of a challenge's spectra: what is in them before any method has learned from them."""

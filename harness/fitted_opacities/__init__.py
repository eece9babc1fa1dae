"""Cross-sections learned from the spectra of a challenge's own training planets."""

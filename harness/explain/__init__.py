"""What a fitted method looks at, what it does with spectra that are not as they were, and where it fails."""

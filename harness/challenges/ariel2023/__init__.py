"""The Ariel Data Challenge 2023: its directory, its grid and its forward model."""

"""Neural surrogates of a challenge's forward model."""

"""Neural posterior estimation for ariel-harness."""

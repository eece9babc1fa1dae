"""A board as static pages with everything in them: tables, pictures, and a page for each run."""

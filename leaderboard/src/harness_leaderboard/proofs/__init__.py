"""What stands behind an entry: predictions scored again, checks of records, and files of others."""

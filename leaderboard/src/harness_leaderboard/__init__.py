"""Every run on one board, ranked with uncertainties."""

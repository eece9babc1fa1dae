"""Files as they lie on disk: tensors, tables, numbers, spectra."""

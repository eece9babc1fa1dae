"""The package that `harness plugins new` writes; `$name`, `$module`, `$class_name` are filled in."""

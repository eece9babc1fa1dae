"""A repository where entries come as pull requests and are scored again before they are taken."""

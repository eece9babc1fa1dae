"""Many runs that differ in their options, and which options score best."""

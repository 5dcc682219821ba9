"""Commands of `raredisease` itself."""

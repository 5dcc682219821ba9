"""Tuning of settings: spaces, trials drawn from them, and successive halving over the jobs that every engine runs."""

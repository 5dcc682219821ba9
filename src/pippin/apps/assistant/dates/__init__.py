"""Dates and times in English: a grammar of intervals with grain, durations, and how they are said back."""

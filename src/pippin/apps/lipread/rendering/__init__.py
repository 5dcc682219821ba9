"""Rendered mouths: phonemes, visemes, and clips drawn by numpy alone."""

"""Rendered images that stand in for medical ones; none shows a patient."""

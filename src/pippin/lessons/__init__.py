"""Lessons: pages of Markdown whose tasks are conditions over the log of activity; names no application."""

"""Images of fruit and balls made by numpy alone: shapes, patterns, light and places."""

"""A lesson over HTTP: its pages for one reader, and for a class nicknames, queries, the teacher's board and the end."""

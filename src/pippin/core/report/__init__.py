"""Reports: figures, tables and scores, shown in a terminal, a browser, a notebook or as JSON."""

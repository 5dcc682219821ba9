"""The ontology of findings and the annotations of diseases: parsed once, then cached as arrays."""

"""Learning curves: measurements, scaling laws, findings and their figures."""

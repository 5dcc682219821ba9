"""Heads as the sample shows them: parametrised shapes, ray-marched in numpy."""

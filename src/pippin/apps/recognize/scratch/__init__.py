"""Networks trained from random weights, today's and historical ones."""

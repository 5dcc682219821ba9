"""Training of the networks on patients drawn from the tables, in torch."""

"""Hand-made image features and the classical learners on them."""

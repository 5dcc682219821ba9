"""The classical baseline: DCT features and hidden Markov models of words."""

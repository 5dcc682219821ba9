"""From network outputs to sentences: CTC, beam search, language model, grammar."""

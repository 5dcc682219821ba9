"""Interviews: what was answered, what is believed after it, and which question is worth asking next."""

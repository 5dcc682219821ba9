"""How well diseases explain findings: classical scores, a set encoder, a re-ranker."""

"""Training, in torch: simulated patients, the set encoder, the re-ranker."""

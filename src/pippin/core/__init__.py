"""The nouns of Pippin: application, dataset, learner, run, artifact, report, and what they are made of."""

"""The conformance suite: checks that every application passes."""

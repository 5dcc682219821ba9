"""Commands of `symptoms` beside the verbs."""

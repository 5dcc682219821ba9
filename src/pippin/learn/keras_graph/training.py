"""Commands of the TensorFlow process that train."""

COMMANDS = {}

"""The same small network in PyTorch and in TensorFlow, each in a process of its own, beside NumPy."""

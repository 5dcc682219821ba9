"""Neural networks: training loop, optimizer, checkpoints, ONNX."""

"""ONNX graphs as Keras models of ordinary layers, and back; TensorFlow runs in a process of its own (`worker`)."""

"""The ten lines that run an exported network without Pippin, for each format."""

from __future__ import annotations

_HEAD = '''"""Run {file} on an example: python example.py (needs {needs}; nothing of Pippin)."""

from pathlib import Path

{imports}
folder = Path(__file__).parent
example = np.load(folder / "example.npz")
given = {{name.removeprefix("input "): example[name] for name in example.files if name.startswith("input ")}}
'''
_TAIL = """for name, values in outputs.items():
    difference = np.abs(np.asarray(values, float) - example[f"output {name}"]).max()
    print(f"{name} {list(values.shape)}: differs from ONNX Runtime by {difference:.1e}")
"""
_PARTS = {
    "keras": (
        "model.keras",
        "Keras 3, TensorFlow, NumPy",
        "import keras\nimport numpy as np\n",
        'model = keras.models.load_model(folder / "model.keras")\noutputs = model(given)\n',
    ),
    "tensorflow": (
        "saved_model",
        "TensorFlow, NumPy",
        "import numpy as np\nimport tensorflow as tf\n",
        'model = tf.saved_model.load(str(folder / "saved_model"))\n'
        'outputs = model.signatures["serving_default"](**{name: tf.constant(one) for name, one in given.items()})\n',
    ),
    "litert": (
        "model.tflite",
        "ai-edge-litert, NumPy",
        "import numpy as np\nfrom ai_edge_litert.interpreter import Interpreter\n",
        'model = Interpreter(str(folder / "model.tflite"))\n'
        'outputs = model.get_signature_runner("serving_default")(**given)\n',
    ),
}


def example_program(format: str) -> str:
    """Return the program for a format."""
    file, needs, imports, run = _PARTS[format]
    return _HEAD.format(file=file, needs=needs, imports=imports) + run + _TAIL

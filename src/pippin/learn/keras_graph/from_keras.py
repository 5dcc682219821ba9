"""A Keras model as an ONNX graph: the way a network of a user's own comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from onnx import TensorProto, helper

from pippin.core.errors import PippinError
from pippin.learn.nn.onnx_builder import GraphBuilder, checked_model

TO_FIRST, TO_LAST = [0, 3, 1, 2], [0, 2, 3, 1]  # NHWC to NCHW and back
ACTIVATIONS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "elu": "Elu",
    "selu": "Selu",
    "softplus": "Softplus",
}
JOINED = {"Add": "Add", "Subtract": "Sub", "Multiply": "Mul", "Divide": "Div", "Maximum": "Max", "Minimum": "Min"}


class Writer(GraphBuilder):
    """Nodes of a Keras model's layers; values are named, and held as Keras has them."""

    def __init__(self) -> None:
        super().__init__()
        self.trainable: list[str] = []

    def weight(self, layer: Any, name: str, variable: Any, *, learned: bool = True) -> str:
        """Add a layer's weight as it is; returns its name."""
        return self._keep(f"{layer.name}.{name}", np.asarray(variable), learned and layer.trainable)

    def _keep(self, name: str, array: np.ndarray, learned: bool) -> str:
        if learned:
            self.trainable.append(name)
        return self.constant(name, np.ascontiguousarray(array))

    def kernel(self, layer: Any, variable: Any, order: tuple[int, ...]) -> str:
        """Add a convolution's kernel in ONNX's order; returns its name."""
        return self._keep(f"{layer.name}.kernel", np.asarray(variable).transpose(order), layer.trainable)

    def call(self, operation: Any) -> Callable[..., Any]:
        """Return a function from names of inputs to the name of the result."""
        kind = type(operation).__name__
        rule = RULES.get(kind)
        if rule is None:
            raise PippinError(
                f"The Keras layer {operation.name} ({kind}) cannot be converted to ONNX; use other layers, or "
                "write the network in PyTorch.",
                input=kind,
            )

        def apply(*names: Any, **settings: Any) -> str:
            given = names[0] if len(names) == 1 and isinstance(names[0], (list, tuple)) else names
            return str(rule(self, operation, *given))

        return apply


def to_onnx(model: Any, labels: int) -> tuple[bytes, list[str]]:
    """Return a graph from `pixels` [N,3,h,w] to `logits` [N,labels], and the names of what is learned.

    PippinError where the model takes or gives something else, or has a layer no rule knows.
    """
    functional = getattr(model, "_functional", None) or model
    if not hasattr(functional, "_run_through_graph"):
        raise PippinError(
            f"{type(model).__name__} is no functional or Sequential Keras model, so it cannot be converted."
        )
    shape = tuple(model.inputs[0].shape) if len(model.inputs) == 1 else ()
    if len(shape) != 4 or shape[3] != 3 or None in shape[1:]:
        raise PippinError(f"The network must take one image (None, side, side, 3), not {shape}.", input=str(shape))
    found = tuple(model.outputs[0].shape) if len(model.outputs) == 1 else ()
    if len(found) != 2 or found[1] != labels:
        raise PippinError(f"The network must give (None, {labels}), one number a label, not {found}.", input=str(found))
    writer = Writer()
    images = writer.node("Transpose", ["pixels"], perm=TO_LAST)
    # `_run_through_graph` calls each layer once, in order; here layers work on names.
    given = keras.tree.pack_sequence_as(functional._inputs_struct, [images])
    result = keras.tree.flatten(functional._run_through_graph(given, operation_fn=writer.call))[0]
    if _gives_probabilities(model):
        least = writer.constant("least", np.float32(1e-7))
        result = writer.node("Log", [writer.node("Max", [result, least])])
    writer.node("Identity", [result], "logits")
    pixels = helper.make_tensor_value_info("pixels", TensorProto.FLOAT, ["N", 3, shape[1], shape[2]])
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", labels])
    return checked_model(helper.make_graph(writer.nodes, "own", [pixels], [logits], writer.tensors)), writer.trainable


def _gives_probabilities(model: Any) -> bool:
    last = model.layers[-1]
    return type(last).__name__ == "Softmax" or _activation_name(last) == "softmax"


def _activation_name(layer: Any) -> str:
    function = getattr(layer, "activation", None)
    return getattr(function, "__name__", "") if function is not None else ""


def _activated(w: Writer, layer: Any, given: str) -> str:
    name = _activation_name(layer)
    if name in ("", "linear"):
        return given
    if name == "softmax":
        return w.node("Softmax", [given], axis=-1)
    if name in ("silu", "swish"):
        return w.node("Mul", [given, w.node("Sigmoid", [given])])
    if name == "gelu":
        half = w.constant(f"{layer.name}.root", np.float32(0.5**0.5))
        one = w.constant(f"{layer.name}.one", np.float32(1))
        inner = w.node("Add", [w.node("Erf", [w.node("Mul", [given, half])]), one])
        return w.node("Mul", [w.node("Mul", [given, inner]), w.constant(f"{layer.name}.half", np.float32(0.5))])
    if name not in ACTIVATIONS:
        raise PippinError(f"The activation {name!r} of layer {layer.name} cannot be converted to ONNX.", input=name)
    return w.node(ACTIVATIONS[name], [given])


def _pads(layer: Any, size: tuple[int, ...]) -> list[int]:
    """Return the padding before and after each axis, as TensorFlow's "same" and "valid" have it."""
    if layer.padding == "valid":
        return [0] * 4
    before, after = [], []
    dilations = getattr(layer, "dilation_rate", (1, 1))
    for axis, (side, step, dilation) in enumerate(zip(size, layer.strides, dilations, strict=True)):
        length = int(layer.input.shape[1 + axis])
        needed = max(0, (-(-length // step) - 1) * step + (side - 1) * dilation + 1 - length)
        before.append(needed // 2)
        after.append(needed - needed // 2)
    return [*before, *after]


def _conv(w: Writer, layer: Any, given: str) -> str:
    names = [w.kernel(layer, layer.kernel, (3, 2, 0, 1))]
    return _as_images(w, layer, given, "Conv", names, group=layer.groups)


def _depthwise(w: Writer, layer: Any, given: str) -> str:
    kernel = np.asarray(layer.kernel)  # [h,w,c,m] to [c*m,1,h,w]
    height, width, channels, times = kernel.shape
    turned = kernel.transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)
    names = [w._keep(f"{layer.name}.kernel", turned, layer.trainable)]
    return _as_images(w, layer, given, "Conv", names, group=channels)


def _as_images(w: Writer, layer: Any, given: str, operator: str, names: list[str], **more: Any) -> str:
    if layer.use_bias:
        names = [*names, w.weight(layer, "bias", layer.bias)]
    size = tuple(layer.kernel_size)
    settings: dict[str, Any] = {
        "strides": list(layer.strides),
        "dilations": list(layer.dilation_rate),
        "pads": _pads(layer, size),
    }
    turned = w.node("Transpose", [given], perm=TO_FIRST)
    result = w.node(operator, [turned, *names], kernel_shape=size, **settings, **more)
    return _activated(w, layer, w.node("Transpose", [result], perm=TO_LAST))


def _conv_transpose(w: Writer, layer: Any, given: str) -> str:
    size, strides = tuple(layer.kernel_size), tuple(layer.strides)
    if layer.padding == "same" and size != strides and any(k < s for k, s in zip(size, strides, strict=True)):
        raise PippinError(f"The layer {layer.name} has a kernel smaller than its stride, which cannot be converted.")
    names = [w.kernel(layer, layer.kernel, (3, 2, 0, 1))]
    if layer.use_bias:
        names.append(w.weight(layer, "bias", layer.bias))
    cut = [max(0, k - s) if layer.padding == "same" else 0 for k, s in zip(size, strides, strict=True)]
    pads = [one // 2 for one in cut] + [one - one // 2 for one in cut]
    turned = w.node("Transpose", [given], perm=TO_FIRST)
    result = w.node("ConvTranspose", [turned, *names], kernel_shape=size, strides=list(strides), pads=pads)
    return _activated(w, layer, w.node("Transpose", [result], perm=TO_LAST))


def _dense(w: Writer, layer: Any, given: str) -> str:
    result = w.node("MatMul", [given, w.weight(layer, "kernel", layer.kernel)])
    if layer.use_bias:
        result = w.node("Add", [result, w.weight(layer, "bias", layer.bias)])
    return _activated(w, layer, result)


def _batch_norm(w: Writer, layer: Any, given: str) -> str:
    width = int(layer.moving_mean.shape[0])
    ones, zeros = np.ones(width, np.float32), np.zeros(width, np.float32)
    names = [
        w.weight(layer, "gamma", layer.gamma) if layer.scale else w.constant(f"{layer.name}.gamma", ones),
        w.weight(layer, "beta", layer.beta) if layer.center else w.constant(f"{layer.name}.beta", zeros),
        w.weight(layer, "mean", layer.moving_mean, learned=False),
        w.weight(layer, "variance", layer.moving_variance, learned=False),
    ]
    rank = len(layer.input.shape)
    settings = {"epsilon": layer.epsilon, "momentum": layer.momentum}
    if rank == 2:
        return w.node("BatchNormalization", [given, *names], **settings)
    first, last = [0, rank - 1, *range(1, rank - 1)], [0, *range(2, rank), 1]
    turned = w.node("Transpose", [given], perm=first)
    return w.node("Transpose", [w.node("BatchNormalization", [turned, *names], **settings)], perm=last)


def _layer_norm(w: Writer, layer: Any, given: str) -> str:
    if not layer.scale or not layer.center:
        raise PippinError(f"The layer {layer.name} normalises without scale or centre, which cannot be converted.")
    names = [w.weight(layer, "gamma", layer.gamma), w.weight(layer, "beta", layer.beta)]
    return w.node("LayerNormalization", [given, *names], axis=-1, epsilon=layer.epsilon)


def _pool(operator: str) -> Callable[..., str]:
    def rule(w: Writer, layer: Any, given: str) -> str:
        size, pads = tuple(layer.pool_size), _pads(layer, tuple(layer.pool_size))
        turned = w.node("Transpose", [given], perm=TO_FIRST)
        result = w.node(operator, [turned], kernel_shape=size, strides=list(layer.strides), pads=pads)
        return w.node("Transpose", [result], perm=TO_LAST)

    return rule


def _global(operator: str) -> Callable[..., str]:
    def rule(w: Writer, layer: Any, given: str) -> str:
        axes = w.numbers(range(1, len(layer.input.shape) - 1))
        return w.node(operator, [given, axes], keepdims=int(layer.keepdims))

    return rule


def _joined(operator: str) -> Callable[..., str]:
    def rule(w: Writer, layer: Any, first: str, second: str, *rest: str) -> str:
        result = w.node(operator, [first, second])
        for one in rest:
            result = w.node(operator, [result, one])
        return result

    return rule


def _named(operator: str, **settings: Any) -> Callable[..., str]:
    return lambda w, layer, given: w.node(operator, [given], **settings)


def _rescaling(w: Writer, layer: Any, given: str) -> str:
    scale = w.constant(f"{layer.name}.scale", np.asarray(layer.scale, np.float32))
    offset = w.constant(f"{layer.name}.offset", np.asarray(layer.offset, np.float32))
    return w.node("Add", [w.node("Mul", [given, scale]), offset])


def _padding(w: Writer, layer: Any, given: str) -> str:
    (top, bottom), (left, right) = layer.padding
    return w.node("Pad", [given, w.numbers([0, top, left, 0, 0, bottom, right, 0])])


def _up(w: Writer, layer: Any, given: str) -> str:
    if layer.interpolation != "nearest":
        raise PippinError(f"The layer {layer.name} interpolates ({layer.interpolation}), which cannot be converted.")
    scales = w.constant(f"{layer.name}.scales", np.array([1, 1, *layer.size], np.float32))
    turned = w.node("Transpose", [given], perm=TO_FIRST)
    settings = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    return w.node("Transpose", [w.node("Resize", [turned, "", scales], **settings)], perm=TO_LAST)


def _concatenate(w: Writer, layer: Any, *names: str) -> str:
    return w.node("Concat", list(names), axis=layer.axis)


def _dropout(w: Writer, layer: Any, given: str) -> str:
    return w.node("Dropout", [given, w.constant(f"{layer.name}.ratio", np.float32(layer.rate))])


def _reshape(w: Writer, layer: Any, given: str) -> str:
    return w.node("Reshape", [given, w.numbers([0, *layer.target_shape])])


def _permute(w: Writer, layer: Any, given: str) -> str:
    return w.node("Transpose", [given], perm=[0, *layer.dims])


def _leaky(w: Writer, layer: Any, given: str) -> str:
    return w.node("LeakyRelu", [given], alpha=float(layer.negative_slope))


RULES: dict[str, Callable[..., str]] = {
    "InputLayer": lambda w, layer, given: given,
    "Conv2D": _conv,
    "DepthwiseConv2D": _depthwise,
    "Conv2DTranspose": _conv_transpose,
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "MaxPooling2D": _pool("MaxPool"),
    "AveragePooling2D": _pool("AveragePool"),
    "GlobalAveragePooling2D": _global("ReduceMean"),
    "GlobalMaxPooling2D": _global("ReduceMax"),
    "GlobalAveragePooling1D": _global("ReduceMean"),
    "Activation": _activated,
    "ReLU": _named("Relu"),
    "LeakyReLU": _leaky,
    "Softmax": _named("Softmax", axis=-1),
    "Flatten": _named("Flatten", axis=1),
    "Identity": _named("Identity"),
    "Dropout": _dropout,
    "Rescaling": _rescaling,
    "ZeroPadding2D": _padding,
    "UpSampling2D": _up,
    "Concatenate": _concatenate,
    "Reshape": _reshape,
    "Permute": _permute,
    **{name: _joined(operator) for name, operator in JOINED.items()},
}

"""Images held in memory (PIL, NumPy, torch) as PNG bytes, so that they are known by their content as files are."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from pippin.core.errors import PippinError

if TYPE_CHECKING:
    import numpy as np

CHANNELS = (1, 3, 4)


def is_image_like(argument: Any) -> bool:
    """Return whether `argument` is an image or an array in memory, by its methods, without importing a library."""
    return _is_pil(argument) or _is_tensor(argument) or hasattr(argument, "__array_interface__")


def encode_png(argument: Any) -> bytes:
    """Return PNG bytes of a PIL image, or of an array or tensor of 8-bit levels or of floats from 0 to 1.

    Arrays are [H,W], [H,W,C] or [C,H,W] with 1, 3 or 4 channels; where both could be meant, a tensor is [C,H,W] and an
    array [H,W,C]. A PIL image is turned upright by its EXIF orientation. PippinError says what else is wrong.
    """
    from PIL import Image

    image = _upright(argument) if _is_pil(argument) else Image.fromarray(_levels(argument))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _is_pil(argument: Any) -> bool:
    return all(hasattr(argument, name) for name in ("mode", "size", "getbands", "convert"))


def _is_tensor(argument: Any) -> bool:
    return hasattr(argument, "detach") and hasattr(argument, "shape")


def _upright(image: Any) -> Any:
    """Return a copy as PNG can hold it, without what belongs to a file (its EXIF data, its colour profile)."""
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image).copy()
    transparency = upright.info.get("transparency")
    upright.info = {} if transparency is None else {"transparency": transparency}
    if upright.mode == "F":
        from PIL import Image

        return Image.fromarray(_levels(upright))
    plain = upright.mode in ("1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA")
    return upright if plain else upright.convert("RGBA" if upright.mode in ("RGBa", "La", "PA") else "RGB")


def _levels(argument: Any) -> np.ndarray:
    """Return levels uint8 [H,W] or [H,W,C]."""
    import numpy as np

    array = np.asarray(argument.detach().cpu() if _is_tensor(argument) else argument)
    if array.ndim not in (2, 3) or not array.size:
        raise PippinError(f"An array of shape {list(array.shape)} is not an image; give [H,W,C] or [C,H,W].")
    if array.ndim == 3:
        first, last = array.shape[0] in CHANNELS, array.shape[2] in CHANNELS
        if not (first or last):
            channels = "1, 3 or 4 channels"
            raise PippinError(f"An array of shape {list(array.shape)} is not an image; give [H,W,C] with {channels}.")
        array = np.moveaxis(array, 0, 2) if first and (_is_tensor(argument) or not last) else array
        array = array[:, :, 0] if array.shape[2] == 1 else array
    return np.ascontiguousarray(_eight_bit(array))


def _eight_bit(array: np.ndarray) -> np.ndarray:
    import numpy as np

    if array.dtype == np.bool_:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return (array / 257).round().astype(np.uint8)
    if array.dtype.kind not in "uif":
        raise PippinError(f"An array of {array.dtype} is not an image; give 8-bit levels, or floats from 0 to 1.")
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (np.isfinite(low) and np.isfinite(high)) or low < 0 or high > 255:
            message = f"An image of floats from {low:.3g} to {high:.3g} has no levels; give floats from 0 to 1"
            raise PippinError(f"{message} (undo a normalisation by mean and deviation).")
        return (array * (255 if high <= 1 else 1)).round().astype(np.uint8)
    if array.min() < 0 or array.max() > 255:
        raise PippinError(f"An image of whole numbers from {array.min()} to {array.max()} is not of 8 bits.")
    return array.astype(np.uint8)

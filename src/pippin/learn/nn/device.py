"""Where tensors are computed: the processor, or a graphics card if there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pippin.core.errors import PippinError, missing_extra

if TYPE_CHECKING:
    import torch


def choose(name: str) -> torch.device:
    """Return the device called `name`: "cpu", "cuda", "mps", or "auto" for the fastest of these that is here.

    PippinError if torch is not installed, the name is unknown, or this machine has no such device.
    """
    try:
        import torch
    except ImportError as problem:
        raise missing_extra("torch", "train", "Training") from problem
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    found = next(device for device, here in present.items() if here) if name == "auto" else name
    if found not in present:
        raise PippinError(f"{name!r} is not a device; choose auto, {', '.join(present)}.", input=name)
    if not present[found]:
        raise PippinError(f"This machine has no {found} device that torch can use; choose cpu or auto.", input=name)
    return torch.device(found)

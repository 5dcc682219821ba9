"""Single DICOM images as 8-bit pixels; tags that name a person are read to group images, and never kept or shown."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PilImage

from pippin.core.errors import PippinError, missing_extra
from pippin.core.inputs import Image

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

MAX_PIXELS = 178_000_000
WHOLE_SLIDE = "1.2.840.10008.5.1.4.1.1.77.1.6"  # VL Whole Slide Microscopy Image Storage (PS3.4, B.5)
OFTEN_BURNED_IN = ("US", "SC", "XC", "ES", "OT")  # modalities whose images often show text, where no tag says so
BURNED_IN = "Text may be burned into these pixels (a name, a date): look before you share them."


@dataclass(frozen=True)
class DicomPixels:
    """An upright 8-bit RGB image, the patient it is of ("" where no tag says), and whether text may be burned in."""

    image: PilImage.Image
    patient: str
    is_burned_in: bool


class DicomImage(Image):
    """A DICOM file, which everything else sees as a PNG of its pixels: no tag leaves the file."""

    def read(self) -> bytes:
        """Return the pixels as PNG; PippinError where there are none that can be shown."""
        buffer = io.BytesIO()
        self.decode().image.save(buffer, "PNG", compress_level=1)
        return buffer.getvalue()

    def decode(self) -> DicomPixels:
        """Return the pixels, with what of the tags is needed to keep patients together."""
        return decode(self.read_file(), self.name)

    def read_file(self) -> bytes:
        """Return the file's bytes, tags and all."""
        return super().read()


def is_dicom(start: bytes) -> bool:
    """Return whether the first 132 bytes of a file begin a DICOM file (PS3.10, 7.1)."""
    return start[128:132] == b"DICM"


def decode(content: bytes, name: str) -> DicomPixels:
    """Return the pixels of a DICOM file; PippinError where it has none, several frames, or is damaged."""
    try:
        from pydicom import dcmread
    except ImportError as problem:
        raise missing_extra("pydicom", "pathology", "Reading DICOM") from problem
    try:
        dataset = dcmread(io.BytesIO(content))
        _check(dataset, name)
        image = _to_rgb(dataset)
    except PippinError:
        raise
    except Exception as problem:  # a damaged file may break any step of any decoder; to a user it is one fact
        raise PippinError(f"{name} is damaged, or compressed in a way that is not read ({_why(problem)}).") from problem
    return DicomPixels(image, _patient(dataset), _is_burned_in(dataset))


def _why(problem: Exception) -> str:
    """Return what kind of problem it was; its words may hold values of tags."""
    return type(problem).__name__


def _check(dataset: FileDataset, name: str) -> None:
    """Raise PippinError for a DICOM file that is no single image of a size that memory holds."""
    if "PixelData" not in dataset:
        raise PippinError(f"{name} is a DICOM file without pixels; give one that holds an image.", input=name)
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        is_slide = dataset.get("SOPClassUID") == WHOLE_SLIDE
        what = "give a slide to `pippin pathology slide`" if is_slide else "save the frame you mean as PNG"
        raise PippinError(f"{name} holds {frames} frames, and one image is read at a time; {what}.", input=name)
    if int(dataset.Rows) * int(dataset.Columns) > MAX_PIXELS:
        raise PippinError(f"{name} has {dataset.Columns} x {dataset.Rows} pixels: more than is read.", input=name)


def _to_rgb(dataset: FileDataset) -> PilImage.Image:
    """Return the image as a viewer shows it: rescaled, windowed, white on black (PS3.3, C.7.6.3 and C.11)."""
    from pydicom.pixels.processing import apply_color_lut, apply_modality_lut

    levels = np.asarray(dataset.pixel_array)
    kind = str(dataset.PhotometricInterpretation)
    if kind == "PALETTE COLOR":
        return PilImage.fromarray(_stretch(np.asarray(apply_color_lut(levels, dataset), np.float64), ()))
    if levels.ndim == 3:
        return PilImage.fromarray(levels if levels.dtype == np.uint8 else _stretch(levels.astype(np.float64), ()))
    grey = _stretch(np.asarray(apply_modality_lut(levels, dataset), np.float64), _window(dataset))
    return PilImage.fromarray(255 - grey if kind == "MONOCHROME1" else grey).convert("RGB")


def _window(dataset: FileDataset) -> tuple[float, ...]:
    """Return the lowest and highest level that are told apart, where the file says so."""
    center, width = (_first(dataset.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if center is None or width is None or width < 1:
        return ()
    return center - 0.5 - (width - 1) / 2, center - 0.5 + (width - 1) / 2


def _first(value: Any) -> float | None:
    """Return the first of one or several numbers."""
    if value is None or value == "":
        return None
    return float(value[0] if hasattr(value, "__len__") and not isinstance(value, str) else value)


def _stretch(levels: NDArray[np.float64], window: tuple[float, ...]) -> NDArray[np.uint8]:
    """Return levels as 0..255 between the limits of a window, or the lowest and highest of them."""
    low, high = window or (float(levels.min()), float(levels.max()))
    return (((levels - low) / max(high - low, 1e-9)).clip(0, 1) * 255).round().astype(np.uint8)


def _patient(dataset: FileDataset) -> str:
    """Return what tells patients apart: the id, else name and date of birth."""
    parts = [str(dataset.get(tag) or "").strip() for tag in ("PatientID", "PatientName", "PatientBirthDate")]
    return parts[0] or " ".join(filter(None, parts[1:]))


def _is_burned_in(dataset: FileDataset) -> bool:
    """Return whether the file says that text is burned into its pixels, or does not say and often has some."""
    said = str(dataset.get("BurnedInAnnotation") or "").upper()
    return said == "YES" or (not said and str(dataset.get("Modality") or "") in OFTEN_BURNED_IN)

"""DICOM files that tests write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

NAME, NUMBER = "Rosalind^Franklin", "PATIENT-0815"


def write_dicom(path: Path, levels: np.ndarray | None, **tags: Any) -> Path:
    """Write a DICOM file of grey levels (None: without pixels), with tags of our own."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    found = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    found.PatientName, found.PatientID, found.Modality = NAME, NUMBER, "CR"
    found.SOPClassUID, found.SOPInstanceUID = SecondaryCaptureImageStorage, "1.2.3"
    if levels is not None:
        found.Rows, found.Columns = levels.shape[-2:]
        found.SamplesPerPixel, found.PhotometricInterpretation = 1, "MONOCHROME2"
        found.BitsAllocated = found.BitsStored = 8 * levels.dtype.itemsize
        found.HighBit, found.PixelRepresentation = found.BitsStored - 1, 0
        found.PixelData = levels.tobytes()
    for tag, value in tags.items():
        setattr(found, tag, value)
    found.save_as(path, enforce_file_format=True)
    return path

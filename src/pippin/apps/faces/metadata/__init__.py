"""Names in photographs as other programs know them: regions of MWG and Microsoft in XMP."""

from pippin.apps.faces.metadata.files import (
    Removal,
    read_regions,
    remove_embedded_regions,
    remove_regions,
    sidecar_path,
    write_embedded,
    write_sidecar,
)
from pippin.apps.faces.metadata.regions import Region

__all__ = [
    "Region",
    "Removal",
    "read_regions",
    "remove_embedded_regions",
    "remove_regions",
    "sidecar_path",
    "write_embedded",
    "write_sidecar",
]

"""Medical images: files, DICOM, MedMNIST, and which of them are twins."""

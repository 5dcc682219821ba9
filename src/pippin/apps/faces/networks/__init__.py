"""The two networks: one finds faces and five points, the other turns a face into 128 numbers."""

"""What sees the images: small networks learned from them alone, or a pretrained backbone."""

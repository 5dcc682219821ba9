"""Explanations: occlusion, Grad-CAM, feature visualization, maps of labels and examples."""

"""The few-shot learner on a pretrained backbone, and its fine-tuning."""

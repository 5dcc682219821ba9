"""The skill `shop`."""

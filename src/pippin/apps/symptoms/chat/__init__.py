"""One step of a chat: what is believed, what is asked next and why, red flags, answers that do not fit."""

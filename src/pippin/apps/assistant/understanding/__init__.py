"""What a sentence asks for: its intent, its slots, and whether it is anything the assistant knows."""

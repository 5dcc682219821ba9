"""Text: WordPiece tokens and sentence embeddings."""

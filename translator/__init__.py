"""The product: protocol text in, scored plain sentences out."""

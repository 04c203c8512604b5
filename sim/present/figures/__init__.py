"""Pictures: one file a picture, each prepared, drawn and described."""

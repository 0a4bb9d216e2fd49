"""The pages about who belongs where."""

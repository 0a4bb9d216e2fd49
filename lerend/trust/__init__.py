"""The pages that say what people may count on: who reads what, privacy, accessibility and help."""

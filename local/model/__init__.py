"""An OpenAI-compatible endpoint with a rule-based stand-in for the model."""

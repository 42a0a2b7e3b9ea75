"""Whether what people said is remembered, and found: ./dev bench quality."""

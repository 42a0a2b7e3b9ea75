"""What the memory of conversations costs: ./dev bench cost."""

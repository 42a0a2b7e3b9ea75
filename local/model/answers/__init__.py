"""What the stand-in answers, one module for each purpose that a schema name stands for."""

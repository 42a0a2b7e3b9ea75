"""A package whose name the worker protocol uses too."""

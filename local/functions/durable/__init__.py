"""Durable Task: orchestration state, its clients, and the bridge to the app's functions."""

"""Queries and the rows they must have, by topic. Sources are named where the rows come from one."""

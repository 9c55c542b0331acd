"""Columns: what lies in a block becomes arrays and rows, and what the user has becomes binds.

This room knows the memory of both sides and no driver, no connection and no statement.
"""

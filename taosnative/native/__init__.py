"""Handles over a driver: a connection, its results, its statements. One C pointer, one owner.

Everything here is Cython, releases the GIL where a call can wait, and raises by the driver's codes. What users see is
made of it a room higher. What it offers upward is small, so that another transport can stand beside it: connect, query,
fields, the next block into a decoder, stop, close.
"""

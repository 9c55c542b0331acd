"""Finds and opens a driver, holds the table of its functions, and turns its codes into exceptions.

`search` knows the places, `advice` and `binary` what to say where nothing opens, `_library` the open library and what
it does to the process.
"""

"""A Cython-accelerated native binding to taosc, the C client of TDengine."""

__version__ = "0.1.0"

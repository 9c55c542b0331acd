from taosnative.taosc cimport TAOS
from taosnative.native._handle cimport Handle


cdef class ConnectionHandle(Handle):
    cdef TAOS *_taos_ptr
    cdef public object timeout  # None, or seconds

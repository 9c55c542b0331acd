"""Results as Arrow: blocks into Arrow's buffers, and the capsules by which any Arrow library takes them.

Arrow's structs are filled here by hand, over memory of our own; no Arrow library is needed.  Schemas and arrays are
released without the GIL, on any thread.  A stream fetches when it is asked, so its `get_next` and its end take it.
"""

cimport cython
from cpython.bytes cimport PyBytes_AsString
from cpython.exc cimport PyErr_CheckSignals, PyErr_Fetch, PyErr_Restore
from cpython.mem cimport PyMem_Calloc, PyMem_Free
from cpython.object cimport PyObject
from cpython.pycapsule cimport PyCapsule_GetPointer, PyCapsule_New
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.errno cimport EIO, ENOMEM
from libc.stdlib cimport calloc

from taosnative.columns._block cimport TAOSNATIVE_SOUND, taosnative_block_open, taosnative_block_take
from taosnative.columns._decode cimport refusal, set_layout
from taosnative.columns._memory cimport memory_functions

from taosnative.columns._decode import ERRORS, NULLS, one_of
from taosnative.columns.arrow_schema import children
from taosnative.errors import InterfaceError
from taosnative.types import PRECISIONS, Kind

ARROW_STRINGS = ("object", "bytes")

# When text of a column has so many bytes, its next block begins another batch: offsets end at 2 GiB.
MOST_BYTES = 1 << 30
# How large the batches of a stream become, in rows and in bytes of a column of text.
STREAM_ROWS = 1 << 16
STREAM_BYTES = 1 << 26


cdef int form_of(info, bint as_bytes):
    """Which buffers a type has."""
    if info.kind == Kind.DECIMAL:
        return TAOSNATIVE_ARROW_DECIMAL
    if info.kind == Kind.FIXED:
        return TAOSNATIVE_ARROW_BITS if info.dtype == "?" else TAOSNATIVE_ARROW_FIXED
    if info.ucs4:
        return TAOSNATIVE_ARROW_UCS4
    return TAOSNATIVE_ARROW_UTF8 if info.text and not as_bytes else TAOSNATIVE_ARROW_BYTES


@cython.final
cdef class ArrowDecoder(Sink):
    """Arrow arrays out of blocks: make it for a result's fields, add its blocks, and finish.

    Parameters
    ----------
    fields, precision
        Of the result, as `Decoder` takes them.
    zone : str
        In which times are to be shown: a name, or an offset ("+08:00").
    nulls : {"numpy", "masked", "raise"}
        "raise": a NULL raises DataError. Else it is Arrow's null.
    strings : {"object", "bytes"}
        Whether text is utf8 or binary.
    errors : {"strict", "replace", "surrogateescape"}
        What becomes of text that is no text. Arrow's utf8 has no escapes: "surrogateescape" is strict here.
    only : container of int, optional
        The columns that are wanted, by their number.
    most_bytes : int
        Bytes of a column of variable width after which another batch begins.

    Notes
    -----
    After an error it has no rows. One thread uses it at a time; another gets an InterfaceError.
    """

    def __cinit__(self, fields, int precision, zone="UTC", *, nulls="numpy", strings="object", errors="strict",
                  only=None, int64_t most_bytes=MOST_BYTES):
        one_of("nulls", nulls, NULLS)
        one_of("strings", strings, ARROW_STRINGS)
        one_of("errors", errors, ERRORS)
        one_of("precision", precision, range(len(PRECISIONS)))
        self.fields = tuple(fields)
        self.children = children(self.fields, precision, zone, as_bytes=strings == "bytes", only=only)
        self._full = []
        self._most_bytes = most_bytes
        self._n_columns = len(self.fields)
        self._columns = <taosnative_arrow_column *> PyMem_Calloc(self._n_columns, sizeof(taosnative_arrow_column))
        self._segments = <taosnative_segment *> PyMem_Calloc(self._n_columns, sizeof(taosnative_segment))
        if self._columns is NULL or self._segments is NULL:
            raise MemoryError
        self._set_columns(precision, nulls, strings, errors, only)

    cdef int _set_columns(self, precision, nulls, strings, errors, only) except -1:
        cdef taosnative_arrow_column *column
        for i, field in enumerate(self.fields):
            column = &self._columns[<int> i]
            set_layout(&column.layout, field)
            is_wanted = only is None or i in only
            column.form = form_of(field.info, strings == "bytes") if is_wanted else TAOSNATIVE_ARROW_NONE
            column.scale = field.scale
            column.replaces = errors == "replace"
            column.refuses_null = nulls == "raise"
        return 0

    @property
    def n_rows(self):
        """Rows of the batch that is being filled."""
        return self._batch.n_rows if self._batch is not NULL else 0

    @property
    def n_bytes(self):
        """Bytes of its largest column of variable width."""
        cdef int64_t most = 0
        cdef int i
        if self._batch is not NULL:
            for i in range(self._n_columns):
                most = max(most, self._batch.columns[i].n_bytes)
        return most

    cdef int add(self, const char *block_ptr, Py_ssize_t n_bytes, int n_rows) except -1:
        cdef taosnative_block block
        cdef taosnative_fault fault
        cdef int code
        self._enter()
        try:
            if self.n_bytes >= self._most_bytes:
                self._cut()
            if self._batch is NULL:
                self._batch = taosnative_arrow_batch_new(self._n_columns, memory_functions())
            if self._batch is NULL:
                raise MemoryError
            with nogil:
                code = taosnative_block_open(&block, block_ptr, n_bytes, n_rows, self._n_columns, &fault)
                if code == TAOSNATIVE_SOUND:
                    code = self._decode(&block, &fault)
            if code == TAOSNATIVE_SOUND:
                self._batch.n_rows += block.n_rows
                return 0
            error = MemoryError() if code == TAOSNATIVE_NO_MEMORY else refusal(
                self.fields, &fault, self._n_before + self._batch.n_rows)
            taosnative_arrow_batch_let_go(self._batch)
            self._batch = NULL
            raise error
        finally:
            self._is_busy = False

    cdef int _enter(self) except -1:
        with cython.critical_section(self):
            if self._is_busy:
                raise InterfaceError("this decoder is in use by another thread")
            self._is_busy = True
        return 0

    cdef int _decode(self, taosnative_block *block, taosnative_fault *fault) noexcept nogil:
        cdef int code, i
        for i in range(self._n_columns):
            code = taosnative_block_take(block, i, &self._columns[i].layout, &self._segments[i], fault)
            if code != TAOSNATIVE_SOUND:
                return code
        for i in range(self._n_columns):
            if self._columns[i].form == TAOSNATIVE_ARROW_NONE:
                continue
            code = taosnative_arrow_decode(&self._columns[i], &self._segments[i], i, self._batch.n_rows, block.n_rows,
                                           &self._batch.columns[i], self._batch.memory, fault)
            if code != TAOSNATIVE_SOUND:
                return code
        return TAOSNATIVE_SOUND

    cdef int _cut(self) except -1:
        """End the batch that is being filled."""
        cdef ArrowBatch batch = ArrowBatch.__new__(ArrowBatch)
        if self._batch is NULL:
            self._batch = taosnative_arrow_batch_new(self._n_columns, memory_functions())
            if self._batch is NULL:
                raise MemoryError
        taosnative_arrow_batch_fit(self._batch, self._columns)
        self._n_before += self._batch.n_rows
        batch._decoder = self
        batch._batch = self._batch
        self._batch = NULL
        self._full.append(batch)
        return 0

    def finish(self):
        """Give what was added, and start anew.

        Returns
        -------
        list of ArrowBatch
            One at least, which may have no rows; more where text is long.
        """
        self._enter()
        try:
            if self._batch is not NULL or not self._full:
                self._cut()
            batches, self._full = self._full, []
            return batches
        finally:
            self._is_busy = False

    cdef int describe(self, ArrowSchema *out) except -1:
        """Write the schema, which its taker releases."""
        if taosnative_arrow_schema(b"+s", b"", NULL, 0, len(self.children), out) != 0:
            raise MemoryError
        for name, form, metadata in self.children:
            if taosnative_arrow_add_child(out, form, name, metadata, len(metadata)) != 0:
                raise MemoryError
        return 0

    def __arrow_c_schema__(self):
        """The schema as a capsule."""
        cdef ArrowSchema *schema = <ArrowSchema *> allocate(sizeof(ArrowSchema))
        capsule = PyCapsule_New(schema, b"arrow_schema", drop_schema)
        self.describe(schema)
        return capsule

    def __dealloc__(self):
        taosnative_arrow_batch_let_go(self._batch)
        PyMem_Free(self._columns)
        PyMem_Free(self._segments)


@cython.final
cdef class ArrowBatch:
    """Rows in Arrow's buffers."""

    cdef ArrowDecoder _decoder  # knows the columns
    cdef taosnative_arrow_batch *_batch

    def __len__(self):
        return self._batch.n_rows

    cdef int give(self, ArrowArray *out) except -1:
        """Write the array, which its taker releases."""
        if taosnative_arrow_batch_array(self._batch, self._decoder._columns, out) != 0:
            raise MemoryError
        return 0

    def __arrow_c_schema__(self):
        """The schema as a capsule."""
        return self._decoder.__arrow_c_schema__()

    def __arrow_c_array__(self, requested_schema=None):
        """Schema and array as capsules; of `requested_schema` nothing is heeded."""
        cdef ArrowArray *array = <ArrowArray *> allocate(sizeof(ArrowArray))
        capsule = PyCapsule_New(array, b"arrow_array", drop_array)
        self.give(array)
        return self.__arrow_c_schema__(), capsule

    def __dealloc__(self):
        taosnative_arrow_batch_let_go(self._batch)


cdef void *allocate(size_t n_bytes) except NULL:
    """Memory for a struct of a capsule, all 0."""
    cdef void *memory = calloc(1, n_bytes)
    if memory is NULL:
        raise MemoryError
    return memory


cdef void drop_schema(object capsule) noexcept:
    taosnative_arrow_drop_schema(<ArrowSchema *> PyCapsule_GetPointer(capsule, b"arrow_schema"))


cdef void drop_array(object capsule) noexcept:
    taosnative_arrow_drop_array(<ArrowArray *> PyCapsule_GetPointer(capsule, b"arrow_array"))


cdef void drop_stream(object capsule) noexcept:
    taosnative_arrow_drop_stream(<ArrowArrayStream *> PyCapsule_GetPointer(capsule, b"arrow_array_stream"))


# ---- streams ---------------------------------------------------------------------------------------------------------


@cython.final
cdef class Stream:
    """Blocks as a stream of Arrow batches, which is read once.

    Parameters
    ----------
    decoder : ArrowDecoder
        For the blocks.
    fetch : callable
        Feeds a block to the decoder; gives its number of rows, or 0 at the end. Where it feeds all there are, None.
    close : callable
        Called when the stream is at its end, failed, or is not wanted any more.
    rows : int, optional
        Rows after which a batch is handed out; all that there are by default.

    Attributes
    ----------
    error : BaseException or None
        What ended the stream, of which Arrow passes on the text alone.
    """

    cdef ArrowDecoder _decoder
    cdef object _fetch
    cdef object _close
    cdef object _rows
    cdef list _ready
    cdef bytes _message
    cdef bint _is_at_end
    cdef bint _is_taken
    cdef readonly object error

    def __cinit__(self, ArrowDecoder decoder not None, fetch, close, rows=None):
        self._decoder = decoder
        self._fetch = fetch
        self._close = close
        self._rows = rows
        self._ready = []

    def __arrow_c_schema__(self):
        """The schema as a capsule; nothing is read for it."""
        return self._decoder.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        """The stream as a capsule, once; of `requested_schema` nothing is heeded."""
        cdef ArrowArrayStream *stream
        if self._is_taken:
            raise InterfaceError("this stream was taken before: a result is read once")
        stream = <ArrowArrayStream *> allocate(sizeof(ArrowArrayStream))
        capsule = PyCapsule_New(stream, b"arrow_array_stream", drop_stream)
        self._is_taken = True
        Py_INCREF(self)
        stream[0] = ArrowArrayStream(
            get_schema=stream_schema, get_next=stream_next, get_last_error=stream_error, release=stream_release,
            private_data=<PyObject *> self)
        return capsule

    cdef int fill(self) except -1:
        """Fetch until a batch is full or the data ends."""
        while not self._is_at_end:
            if not self._fetch(self._decoder):
                self._is_at_end = True
                self._close()
            PyErr_CheckSignals()
            if self._rows is not None and (
                    self._decoder.n_rows >= self._rows or self._decoder.n_bytes >= STREAM_BYTES):
                break
        if self._decoder.n_rows or self._decoder._full:
            self._ready = self._decoder.finish()
        return 0

    cdef int next(self, ArrowArray *out) except -1:
        """Write the next array, or one that is released at the end."""
        out.release = NULL
        if not self._ready:
            self.fill()
        if self._ready:
            (<ArrowBatch> self._ready.pop(0)).give(out)
        return 0

    cdef int fail(self, error) noexcept:
        """Keep what went wrong; gives its number for Arrow."""
        self.error = error
        self._is_at_end = True
        try:
            self._message = f"{type(error).__name__}: {error}".encode("utf-8", "replace")
            self._close()
        except BaseException as another:
            another.__context__ = error
            self.error = another
        return ENOMEM if isinstance(error, MemoryError) else EIO


cdef int stream_schema(ArrowArrayStream *stream, ArrowSchema *out) noexcept with gil:
    cdef Stream self = <Stream> <PyObject *> stream.private_data
    try:
        return self._decoder.describe(out)
    except BaseException as error:
        return self.fail(error)


cdef int stream_next(ArrowArrayStream *stream, ArrowArray *out) noexcept with gil:
    cdef Stream self = <Stream> <PyObject *> stream.private_data
    if self.error is not None:
        return EIO
    try:
        return self.next(out)
    except BaseException as error:
        return self.fail(error)


cdef const char *stream_error(ArrowArrayStream *stream) noexcept nogil:
    """Borrowed: it lives until the next call."""
    return error_text(stream.private_data)


cdef const char *error_text(void *private_data) noexcept with gil:
    cdef Stream self = <Stream> <PyObject *> private_data
    return NULL if self._message is None else PyBytes_AsString(self._message)


cdef void stream_release(ArrowArrayStream *stream) noexcept with gil:
    """The end of a stream: what is not fetched is stopped. On any thread."""
    cdef PyObject *self_ptr = <PyObject *> stream.private_data
    cdef PyObject *kind_ptr
    cdef PyObject *error_ptr
    cdef PyObject *trace_ptr
    stream.release = NULL
    PyErr_Fetch(&kind_ptr, &error_ptr, &trace_ptr)  # a consumer may let go while it raises
    end_stream(<Stream> self_ptr)
    Py_DECREF(<object> self_ptr)
    PyErr_Restore(kind_ptr, error_ptr, trace_ptr)


cdef void end_stream(Stream self) noexcept:
    try:
        self._close()
    except BaseException as error:
        self.error = error

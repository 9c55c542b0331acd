/* taosc's names, exported: each finds the engine, which is Python's, and calls its function there.
 *
 * The library may be opened as a driver before Python has imported it as a module, or as a copy of the module's file
 * under another name: at the first call the module is imported and its capsule gives the functions.  Where that cannot
 * be, because no interpreter runs in this process, or none any more, every function gives an error and none crashes. */
#include <Python.h>

#include "codes.h"
#include "engine.h"

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

enum { ABSENCE_TEXT = 512 };

static embedded_engine *found_engine;
static char absence[ABSENCE_TEXT] = "the embedded engine needs a running Python interpreter";

/* Keep why the import failed, for taos_errstr, and clear the error. */
static void keep_absence(void)
{
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyObject *shown = value != NULL ? PyObject_Str(value) : NULL;
    PyObject *encoded = shown != NULL ? PyUnicode_AsUTF8String(shown) : NULL;
    const char *text = encoded != NULL ? PyBytes_AsString(encoded) : "";
    PyOS_snprintf(absence, sizeof absence, ENGINE_MODULE " cannot be imported: %s", text);
    Py_XDECREF(encoded);
    Py_XDECREF(shown);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    PyErr_Clear();
}

static void import_engine(void)
{
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *type, *value, *trace;
    PyErr_Fetch(&type, &value, &trace); /* a caller that holds the GIL may have an exception under way */
    PyObject *module = PyImport_ImportModule(ENGINE_MODULE);
    PyObject *capsule = module != NULL ? PyObject_GetAttrString(module, ENGINE_ATTRIBUTE) : NULL;
    if (capsule != NULL) found_engine = (embedded_engine *)PyCapsule_GetPointer(capsule, ENGINE_CAPSULE);
    if (found_engine == NULL) keep_absence();
    Py_XDECREF(capsule);
    Py_XDECREF(module);
    PyErr_Restore(type, value, trace);
    PyGILState_Release(state);
}

/* The engine, whose call is to be left; or NULL. */
static embedded_engine *enter(void)
{
    if (!Py_IsInitialized()) return NULL;
    if (found_engine == NULL) import_engine();
    if (found_engine == NULL || !engine_enter(found_engine, PyThread_get_thread_ident())) return NULL;
    return found_engine;
}

/* End the call. Ctrl-C is passed on only here, where no Python of the engine's is left that it could be raised in. */
static void leave(embedded_engine *self)
{
    if (self->take_interrupt()) PyErr_SetInterrupt();
    engine_leave(self);
}

static int fail_unsupported(const embedded_engine *self)
{
    return self->fail(CODE_NOT_SUPPORTED, "Operation not supported");
}

/* What a function of a result type gives where there is no engine, and where the engine has no such function. */
#define ABSENT(result) \
    (result) _Generic((result)0, const char *: absence, char *: absence, int: (int)CODE_NOT_SUPPORTED, \
                      int64_t: (int64_t)(int)CODE_NOT_SUPPORTED, bool: false, default: NULL)
#define UNSUPPORTED(result, self) \
    (fail_unsupported(self), (result) _Generic((result)0, int: (int)CODE_NOT_SUPPORTED, \
                                               int64_t: (int64_t)(int)CODE_NOT_SUPPORTED, bool: false, default: NULL))

#define EXPORT_VALUE(result, name, parameters, arguments, since, group) \
    EXPORTED result name parameters \
    { \
        embedded_engine *self = enter(); \
        if (self == NULL) return ABSENT(result); \
        bool is_there = self->functions.name != NULL; \
        result answer = is_there ? self->functions.name arguments : UNSUPPORTED(result, self); \
        leave(self); \
        return answer; \
    }
#define EXPORT_VOID(name, parameters, arguments, since, group) \
    EXPORTED void name parameters \
    { \
        embedded_engine *self = enter(); \
        if (self == NULL) return; \
        if (self->functions.name != NULL) \
            self->functions.name arguments; \
        else \
            fail_unsupported(self); \
        leave(self); \
    }

TAOSC_FUNCTIONS(EXPORT_VALUE, EXPORT_VOID)

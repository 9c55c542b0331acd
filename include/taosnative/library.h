/* Shared libraries: open one, look a name up, tell what the system said.
 *
 * A library is opened with its names kept to itself, so that several drivers live side by side, and with every symbol
 * resolved at once, so that what is missing shows at the opening and not in the middle of a query.  A bare name goes to
 * the system's own search; a path is taken as it is.  Nothing here looks into the current directory. */
#ifndef TAOSNATIVE_LIBRARY_H
#define TAOSNATIVE_LIBRARY_H

#if !defined(_WIN32) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE 1 /* dladdr */
#endif

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

/* `message` gets what the system says against it, where NULL is returned. */
static void *taosnative_open_library(const char *path, int is_bare, char *message, size_t size) {
    wchar_t wide[32768];
    HMODULE module = NULL;
    if (MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, 32768) != 0) {
        /* A path's own folder is searched for what the library needs; PATH and the current directory never are. */
        DWORD flags = LOAD_LIBRARY_SEARCH_DEFAULT_DIRS | (is_bare ? 0 : LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR);
        module = LoadLibraryExW(wide, NULL, flags);
    }
    if (module == NULL) {
        DWORD error = GetLastError();
        int n = snprintf(message, size, "error %lu: ", (unsigned long)error);
        wchar_t text[512];
        if (n > 0 && (size_t)n < size &&
            FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, error, 0, text, 512, NULL) &&
            WideCharToMultiByte(CP_UTF8, 0, text, -1, message + n, (int)(size - (size_t)n), NULL, NULL) == 0)
            message[n] = 0;
    }
    return (void *)module;
}

static void *taosnative_find_symbol(void *library, const char *name) {
    return (void *)GetProcAddress((HMODULE)library, name);
}

static void taosnative_close_library(void *library) { FreeLibrary((HMODULE)library); }

/* The file of an open library, in UTF-8; 0 where the system does not tell. */
static int taosnative_library_file(void *library, void *symbol, char *path, size_t size) {
    wchar_t wide[32768];
    DWORD n = GetModuleFileNameW((HMODULE)library, wide, 32768);
    (void)symbol;
    return n != 0 && n < 32768 && WideCharToMultiByte(CP_UTF8, 0, wide, -1, path, (int)size, NULL, NULL) != 0;
}

#else
#include <dlfcn.h>

static void *taosnative_open_library(const char *path, int is_bare, char *message, size_t size) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    (void)is_bare;
    if (library == NULL) {
        const char *said = dlerror();
        snprintf(message, size, "%s", said != NULL ? said : "the loader gives no reason");
    }
    return library;
}

static void *taosnative_find_symbol(void *library, const char *name) { return dlsym(library, name); }

static void taosnative_close_library(void *library) { dlclose(library); }

static int taosnative_library_file(void *library, void *symbol, char *path, size_t size) {
    Dl_info info;
    (void)library;
    if (dladdr(symbol, &info) == 0 || info.dli_fname == NULL || strlen(info.dli_fname) >= size) return 0;
    memcpy(path, info.dli_fname, strlen(info.dli_fname) + 1);
    return 1;
}

#endif
#endif

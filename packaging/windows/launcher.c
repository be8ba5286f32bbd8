/* Starts Python from the DLL beside this program, with start.py beside it and the arguments that were given.

   One source makes all three programs: with -mwindows the app, without it the worker and the command line.
   PYTHON_DLL is the name of Python's DLL, as L"python313.dll". */

#define UNICODE
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <shellapi.h>

#define LONGEST_PATH 32768
#define CONSOLE_PROGRAM 1
#define WINDOW_PROGRAM 2

typedef int (*python_main)(int, wchar_t **);
typedef void (*app_type_setter)(int);

static wchar_t program[LONGEST_PATH];
static wchar_t path[LONGEST_PATH];

static int fail(const wchar_t *sentence)
{
#ifdef WINDOW
    MessageBoxW(NULL, sentence, L"Rivers Desktop", MB_ICONERROR);
#else
    DWORD written;
    HANDLE errors = GetStdHandle(STD_ERROR_HANDLE);
    if (!WriteConsoleW(errors, sentence, lstrlenW(sentence), &written, NULL)) {
        char narrow[512];
        int length = WideCharToMultiByte(CP_UTF8, 0, sentence, -1, narrow, sizeof narrow, NULL, NULL);
        if (length > 1)
            WriteFile(errors, narrow, length - 1, &written, NULL);
    }
#endif
    return 3;
}

/* Put the path of a file in this program's folder into `path`; FALSE where that is too long. */
static BOOL beside_program(const wchar_t *name)
{
    wchar_t *end;
    if (lstrlenW(program) + lstrlenW(name) + 2 > LONGEST_PATH)
        return FALSE;
    lstrcpyW(path, program);
    for (end = path + lstrlenW(path); end > path && end[-1] != L'\\'; end--)
        ;
    lstrcpyW(end, name);
    return TRUE;
}

/* Python's C library asks what kind of program it is in: only in a console program does it tell the system when
   a standard stream is replaced, which is how subprocesses learn of it. */
static void tell_program_type(void)
{
    HMODULE library = GetModuleHandleW(L"ucrtbase.dll");
    app_type_setter set = library ? (app_type_setter)(void *)GetProcAddress(library, "_set_app_type") : NULL;
    if (set != NULL) {
#ifdef WINDOW
        set(WINDOW_PROGRAM);
#else
        set(CONSOLE_PROGRAM);
#endif
    }
}

int main(void)
{
    int given, at;
    wchar_t **words, **arguments;
    HMODULE library;
    python_main run;
    DWORD length = GetModuleFileNameW(NULL, program, LONGEST_PATH);

    if (length == 0 || length >= LONGEST_PATH || !beside_program(PYTHON_DLL))
        return fail(L"Rivers Desktop lies in a folder whose name is too long. Install it again.\r\n");
    library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    run = library ? (python_main)(void *)GetProcAddress(library, "Py_Main") : NULL;
    if (run == NULL || !beside_program(L"start.py"))
        return fail(L"A part of Rivers Desktop is missing or damaged. Install it again.\r\n");
    tell_program_type();

    words = CommandLineToArgvW(GetCommandLineW(), &given);
    arguments = HeapAlloc(GetProcessHeap(), 0, (given + 3) * sizeof *arguments);
    if (words == NULL || arguments == NULL)
        return fail(L"There is not enough memory.\r\n");
    arguments[0] = program;
    arguments[1] = path;
    for (at = 1; at < given; at++)
        arguments[at + 1] = words[at];
    arguments[given + 1] = NULL;
    return run(given + 1, arguments);
}

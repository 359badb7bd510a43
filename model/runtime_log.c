#include "runtime_log.h"

#include <stdint.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
static SRWLOCK lock = SRWLOCK_INIT;
static void acquire(void) { AcquireSRWLockExclusive(&lock); }
static void release(void) { ReleaseSRWLockExclusive(&lock); }
static void *symbol(const char *library, const char *name) {
	wchar_t path[32768]; // the longest path of Windows
	if (!MultiByteToWideChar(CP_UTF8, 0, library, -1, path, sizeof path / sizeof *path))
		return NULL;
	HMODULE m = LoadLibraryW(path);
	return m ? (void *)GetProcAddress(m, name) : NULL;
}
#else
#include <dlfcn.h>
#include <pthread.h>
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void acquire(void) { pthread_mutex_lock(&lock); }
static void release(void) { pthread_mutex_unlock(&lock); }
static void *symbol(const char *library, const char *name) {
	void *m = dlopen(library, RTLD_LAZY | RTLD_LOCAL);
	return m ? dlsym(m, name) : NULL;
}
#endif

static segmetry_log_entry entries[segmetry_log_kinds];
static size_t used;

static void keep(char *dst, const char *text) {
	strncpy(dst, text ? text : "", segmetry_log_text - 1);
}

static void sink(void *param, int severity, const char *category, const char *id, const char *place, const char *message) {
	(void)param, (void)category, (void)id;
	char kind[segmetry_log_text] = {0};
	keep(kind, place);
	acquire();
	size_t i = 0;
	while (i < used && (entries[i].severity != severity || strcmp(entries[i].place, kind) != 0))
		i++;
	if (i == segmetry_log_kinds) {
		i--; // the last one stands for all further kinds
	} else if (i == used) {
		used++;
		entries[i].severity = severity;
		keep(entries[i].place, place);
		keep(entries[i].first, message);
	}
	entries[i].count++;
	release();
}

// The beginning of ONNX Runtime's table of functions (onnxruntime_c_api.h), whose places never change.
enum { get_error_message = 2, create_env_with_custom_logger = 4 };
typedef struct {
	const void *const *(*get_api)(uint32_t version);
	const char *(*version)(void);
} api_base;
typedef const char *(*message_function)(const void *status);
typedef void *(*create_function)(void *logger, void *param, int severity, const char *id, void **env);

const char *segmetry_log_start(const char *library) {
	const api_base *(*base)(void) = (const api_base *(*)(void))symbol(library, "OrtGetApiBase");
	if (!base)
		return "the library has no OrtGetApiBase";
	const void *const *api = base()->get_api(16);
	if (!api)
		return "the library's C API is older than 16";
	static void *env; // kept: the binding's reference may go before a thread of the library's
	void *status = ((create_function)api[create_env_with_custom_logger])((void *)sink, NULL, 2, "segmetry", &env);
	return status ? ((message_function)api[get_error_message])(status) : NULL;
}

int segmetry_log_read(size_t i, segmetry_log_entry *out) {
	acquire();
	int ok = i < used;
	if (ok)
		*out = entries[i];
	release();
	return ok;
}

// What ONNX Runtime logs, by kind: see runtime_log.go.
#include <stddef.h>

enum { segmetry_log_kinds = 64, segmetry_log_text = 512 };

typedef struct {
	int severity; // 2 warning, 3 error, 4 fatal
	long long count;
	char first[segmetry_log_text]; // the first message, cut off
	char place[segmetry_log_text]; // where in ONNX Runtime's source it was written: messages of one place are of one kind
} segmetry_log_entry;

// segmetry_log_start makes the process's ONNX Runtime environment with our sink, before anyone else makes it. It returns
// what went wrong, or NULL.
const char *segmetry_log_start(const char *library);

// segmetry_log_read copies an entry; 0 where there is none.
int segmetry_log_read(size_t i, segmetry_log_entry *out);

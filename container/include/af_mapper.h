/* af_mapper.h - a map function in C, C++ or anything that makes a shared object: language: native.
 *
 * Build     cc -O2 -shared -fPIC -I container/include -o mapper.so mapper.c      (c++ for C++)
 * Job       map: {language: native, script: mapper.so, arguments: [...]}
 * Export    const af_mapper *af_mapper_v1(void): the functions below, in memory that stays.
 * Process   each worker is a process that loads the object and calls init once, then map for record after record, in
 *           the order of its batches, then finish. Nothing is called from two threads. A crash ends the job with
 *           CHILD_SIGNAL and says at which record; exit() ends it with CHILD_EXIT. The process has no input, and what
 *           it writes to stdout or stderr goes to the log.
 * Version   fields are only ever added at the end of a struct; `size` says how long the one is that the other side
 *           knows. What changes otherwise changes AF_MAPPER_ABI and the name of the exported function.
 *
 * container/examples/os-count-native has one in C++ and one in C.
 */
#ifndef AF_MAPPER_H
#define AF_MAPPER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AF_MAPPER_ABI 1

/* Bytes, not ended by NUL. */
typedef struct af_text {
    const char *data;
    size_t size;
} af_text;

/* One record; valid during the call, and so is what it points to. */
typedef struct af_record {
    size_t size;   /* of this struct */
    af_text file;  /* the object it comes from, as the user would name it */
    af_text uuid;  /* before the first TAB (uuid-json, tsv), else empty */
    af_text value; /* behind it: the JSON (uuid-json); else the whole line. JSON was found valid. Then comes '\n'. */
} af_record;

/* What a function may say. `context` is handed back with each call. */
typedef struct af_output {
    size_t size; /* of this struct */
    void *context;
    /* One pair of the record in hand: it counts only if map returns 0. 0, or -1 and nothing is taken: a key with a TAB
     * or a newline, a value with a newline. */
    int (*emit)(void *context, const char *key, size_t key_size, const char *value, size_t value_size);
    /* Adds to a counter of the manifest; counts if the object does. */
    void (*count)(void *context, const char *group, const char *name, int64_t amount);
    /* Why map or init is about to return other than success; kept up to 1 KiB. */
    void (*error)(void *context, const char *text, size_t size);
} af_output;

typedef struct af_mapper {
    size_t size;  /* of this struct: sizeof(af_mapper) */
    uint32_t abi; /* AF_MAPPER_ABI */
    /* The arguments of the job, argv[argc] is NULL. The state for the other calls goes to *state. Not 0: the job ends,
     * with what was given to error. May be NULL. */
    int (*init)(int argc, const char *const *argv, const af_output *out, void **state);
    /* One record. Not 0: the record is bad (kind "mapper"), with what was given to error as the reason. */
    int (*map)(void *state, const af_record *record, const af_output *out);
    /* Before the process ends well. Not 0: the job ends. Nothing can be emitted any more. May be NULL. */
    int (*finish)(void *state, const af_output *out);
} af_mapper;

/* What the shared object exports. */
const af_mapper *af_mapper_v1(void);

#ifdef __cplusplus
}
#endif

#endif

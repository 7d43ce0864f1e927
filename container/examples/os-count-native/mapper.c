/* Counts pings by operating system. Finds "OS": "..." in the text instead of parsing it: what is before it in a ping is
 * known to hold no such text. */
#define _GNU_SOURCE
#include <af_mapper.h>
#include <string.h>

static int map(void *state, const af_record *record, const af_output *out) {
    static const char kField[] = "\"OS\": \"";
    const size_t field_size = sizeof kField - 1;
    const char *end = record->value.data + record->value.size;
    const char *at = memmem(record->value.data, record->value.size, kField, field_size);
    const char *quote = at ? memchr(at + field_size, '"', (size_t)(end - at) - field_size) : NULL;
    (void)state;
    if (!quote) {
        out->error(out->context, "no OS", 5);
        return 1;
    }
    at += field_size;
    return out->emit(out->context, at, (size_t)(quote - at), "1", 1);
}

const af_mapper *af_mapper_v1(void) {
    static const af_mapper mapper = {sizeof(af_mapper), AF_MAPPER_ABI, NULL, map, NULL};
    return &mapper;
}
